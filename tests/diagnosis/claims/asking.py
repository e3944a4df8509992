"""Claims that somebody was asked to make a volume for, and what was answered."""

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from tests.build import claim, event, storage_class
from tests.diagnosis.world import after, codes, only

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


def check_told(text: str, code: str, particular: str) -> None:
    """A driver's answer is told as that state, with a particular, from the threshold on and for that text alone."""
    finding = only(asked(30), PARAMETERS, failure(asked(30), text))
    assert finding.code == code
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert particular in finding.explanation
    assert "10Gi RWO class fast" in finding.explanation
    assert finding.next_step.endswith(".")
    assert code not in codes(asked(30), PARAMETERS, failure(asked(30), text), at=after(-0.001))
    assert code not in codes(asked(30), PARAMETERS, failure(asked(30), "something else"))


def check_advice(driver: str, text: str, advice: str) -> None:
    """The advice is given for that driver and for no other."""
    claimed = asked(driver=driver)
    made_by = storage_class(binding="Immediate", provisioner=driver)
    assert advice in only(claimed, made_by, failure(claimed, text)).explanation
    assert advice not in only(asked(), IMMEDIATE, failure(asked(), text)).explanation
