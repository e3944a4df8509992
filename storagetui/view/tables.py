"""The tables, in the order of their screens."""

from typing import Any

from storagetui.view.claims_table import CLAIMS
from storagetui.view.column import Table

TABLES: tuple[Table[Any], ...] = (CLAIMS,)


def table(id_: str) -> Table[Any]:
    """The table of that id; raises KeyError."""
    return {one.id: one for one in TABLES}[id_]
