"""The tables, in the order of their screens."""

from typing import Any

from storagetui.view.attachments_table import ATTACHMENTS
from storagetui.view.claims_table import CLAIMS
from storagetui.view.column import Table
from storagetui.view.pods_table import PODS
from storagetui.view.sets_table import SETS
from storagetui.view.volumes_table import VOLUMES

TABLES: tuple[Table[Any], ...] = (SETS, CLAIMS, VOLUMES, PODS, ATTACHMENTS)


def table(id_: str) -> Table[Any]:
    """The table of that id; raises KeyError."""
    return {one.id: one for one in TABLES}[id_]
