from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.classes import VolumeAttributesClass
from storagetui.model.keys import Key, Kind
from tests.build import Json, build, claim, event, volume
from tests.diagnosis.resize.test_controller_refuses import condition
from tests.diagnosis.world import codes, found, only

VOLUME = volume("pv-data", claim="shop/data")


def attributes(name: str, driver: str = "disk.csi.example") -> Record:
    return build(VolumeAttributesClass, name, {"driverName": driver, "parameters": {"iops": "9000"}}, {})


def modified(state: str, *conditions: Json, wanted: str = "gold", current: str = "silver") -> Record:
    status: Json = {"currentVolumeAttributesClassName": current, "conditions": list(conditions)}
    if state:
        status["modifyVolumeStatus"] = {"status": state, "targetVolumeAttributesClassName": wanted}
    return claim("shop/data", spec={"volumeAttributesClassName": wanted}, status=status)


def test_vac_missing() -> None:
    finding = only(modified("Pending"), VOLUME)
    assert (finding.code, finding.certainty) == ("vac-missing", Certainty.CONFIRMED)
    assert finding.title == "VolumeAttributesClass gold does not exist"
    assert "The volume has the attributes of silver. The change is Pending." in finding.explanation
    assert finding.causes == (Key(Kind.VOLUME_ATTRIBUTES_CLASS, "", "gold"),)
    assert codes(modified("Pending"), VOLUME, attributes("gold")) == []


def test_where_classes_cannot_be_read_only_what_is_said_counts() -> None:
    blind = (Kind.VOLUME_ATTRIBUTES_CLASS,)
    about = modified("Pending")
    finding = only(about, VOLUME, blind=blind)
    assert (finding.code, finding.certainty) == ("vac-missing", Certainty.INFERRED)
    assert finding.title == "Change to the attributes of gold has to wait"
    assert "Cannot tell whether the class exists now, because" in finding.explanation
    told = only(about, event(about, "VolumeModifyFailed", 'VAC "gold" does not exist.'), VOLUME, blind=blind)
    assert (told.code, told.certainty) == ("vac-missing", Certainty.INFERRED)
    assert "does not exist, by the driver's word" in told.title
    changing = modified("InProgress", condition("ModifyingVolume"))
    assert codes(changing, VOLUME, blind=blind) == ["vac-in-progress"]


def test_a_server_that_has_the_classes_in_another_version_is_not_taken_to_lack_them() -> None:
    assert codes(modified("InProgress", condition("ModifyingVolume")), VOLUME) == ["vac-in-progress"]
    about = modified("InProgress", condition("ModifyingVolume", ago=5))
    told = event(about, "VolumeModifyFailed", 'VAC "gold" does not exist.')
    assert codes(about, told, VOLUME) == ["vac-missing"]


def test_a_class_of_another_driver_is_as_good_as_none() -> None:
    finding = only(modified("Pending"), VOLUME, attributes("gold", "other.example"))
    assert finding.code == "vac-missing"
    assert "is for driver other.example, and the volume is of disk.csi.example" in finding.title


def test_a_new_claim_waits_for_its_class_too() -> None:
    pending = claim("shop/data", phase="Pending", spec={"volumeAttributesClassName": "gold"})
    text = 'volumeattributesclasses.storage.k8s.io "gold" not found'
    told = event(pending, "ProvisioningFailed", text)
    (finding,) = [one for one in found(pending, told) if one.code == "vac-missing"]
    assert "vac-missing" not in codes(pending)
    assert "The volume is not made before it exists." in finding.explanation


def test_vac_failed() -> None:
    error = {**condition("ModifyVolumeError", "rpc error: code = InvalidArgument desc = bad iops")}
    error["reason"] = "InvalidArgument"
    finding = only(modified("Infeasible", condition("ModifyingVolume"), error), VOLUME, attributes("gold"))
    assert (finding.code, finding.severity, finding.certainty) == ("vac-failed", Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title.endswith("attributes of gold: InvalidArgument")
    for part in ("it will not be tried again", "bad iops", "gold asks for iops=9000."):
        assert part in finding.explanation
    assert finding.next_step.startswith("Set the claim back to silver")
    assert "it is tried again" in only(modified("InProgress", error), VOLUME, attributes("gold")).explanation


def test_vac_failed_by_its_event_while_that_is_newer_than_the_change() -> None:
    about = modified("InProgress", condition("ModifyingVolume", ago=100))
    failed = event(about, "VolumeModifyFailed", "rpc error: code = Internal desc = busy", ago=100)
    assert only(about, failed, VOLUME, attributes("gold")).certainty is Certainty.INFERRED
    old = event(about, "VolumeModifyFailed", "rpc error: code = Internal desc = busy", ago=101)
    assert codes(about, old, VOLUME, attributes("gold")) == ["vac-in-progress"]


def test_vac_in_progress() -> None:
    finding = only(modified("InProgress", condition("ModifyingVolume")), VOLUME, attributes("gold"))
    assert (finding.code, finding.severity) == ("vac-in-progress", Severity.INFO)
    assert codes(modified("", wanted="gold", current="gold"), VOLUME, attributes("gold")) == []
    assert codes(modified("", wanted="gold", current="silver"), VOLUME, attributes("gold")) == []
