"""What the common drivers need to be told apart for: a table from a driver's name to advice, by topic.

The names are those of CSI drivers and of provisioners in classes; those of the plugins that were once part of
Kubernetes, and which CSI drivers stand in for now, count too. What is said comes from the drivers' own documentation.
To add a driver, add a row to one of the two tables; to add a topic, add it to Topic and to the rows whose advice
differs.
"""

from storagetui.diagnosis.cloud_drivers import CLOUD_DRIVERS
from storagetui.diagnosis.cluster_drivers import CLUSTER_DRIVERS
from storagetui.diagnosis.driver_row import Driver, Topic

DRIVERS = (*CLOUD_DRIVERS, *CLUSTER_DRIVERS)

_BY_NAME = {name: row for row in DRIVERS for name in row.names if not name.startswith(".")}
_BY_END = {name: row for row in DRIVERS for name in row.names if name.startswith(".")}


def hint(driver: str, topic: Topic) -> str:
    """What is to be said of a driver on a topic, in sentences; empty when nothing particular is."""
    row = _row(driver)
    return row.hints.get(topic, "") if row is not None else ""


def product(driver: str) -> str:
    """What people call a driver, `Amazon EBS`; empty for one that the table does not have."""
    row = _row(driver)
    return row.product if row is not None else ""


def _row(driver: str) -> Driver | None:
    found = _BY_NAME.get(driver)
    if found is None:
        found = next((row for end, row in _BY_END.items() if driver.endswith(end)), None)
    return found
