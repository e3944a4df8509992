"""Claims that somebody was asked to make a volume for, and what was answered."""

from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from tests.build import claim, event, storage_class

IMMEDIATE = storage_class(binding="Immediate")
PARAMETERS = storage_class(binding="Immediate", parameters={"type": "gp7", "clusterID": "ceph-a", "kmsKeyId": "k-1"})
RPC = "rpc error: code = "


def asked(age: float = 60, driver: str = "disk.csi.example", chosen: str = "") -> PersistentVolumeClaim:
    """A Pending claim of class `fast` that a driver was asked for, with the chosen node if one is given."""
    notes = {"volume.kubernetes.io/storage-provisioner": driver}
    notes |= {"volume.kubernetes.io/selected-node": chosen} if chosen else {}
    return claim("shop/data", phase="Pending", age=age, metadata={"annotations": notes})


def failure(about: PersistentVolumeClaim, text: str, ago: float = 10, count: int = 3) -> Event:
    """What the driver reported of it."""
    return event(about, "ProvisioningFailed", text, source="disk.csi.example_pod-1", ago=ago, count=count)
