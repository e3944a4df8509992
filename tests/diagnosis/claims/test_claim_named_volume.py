import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import Json, claim, pod, stamp, storage_class, volume
from tests.diagnosis.world import after, codes, only

NAMED = claim("shop/data", phase="Pending", volume="pv-7", age=30)


def test_the_volume_does_not_exist() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",))
    finding = only(NAMED, waiting)
    assert finding.code == "pvc-volumename-missing"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Volume pv-7 does not exist"
    assert finding.victims == (waiting.key,)
    assert codes(NAMED, at=after(-0.001)) == []


@pytest.mark.parametrize(
    ("over", "title"),
    [
        ({"spec": {"capacity": {"storage": "5Gi"}}}, "it has 5Gi"),
        ({"spec": {"storageClassName": "slow"}}, "it is of class slow"),
        ({"spec": {"volumeMode": "Block"}}, "it is of volume mode Block"),
        ({"spec": {"accessModes": ["ReadOnlyMany"]}}, "it offers ROX alone"),
        ({"spec": {"volumeAttributesClassName": "gold"}}, "it has attributes class gold"),
        ({"metadata": {"deletionTimestamp": stamp(5)}}, "it is being deleted"),
    ],
)
def test_the_volume_does_not_fit(over: Json, title: str) -> None:
    finding = only(NAMED, volume("pv-7", **over))
    assert finding.code == "pvc-volumename-mismatch"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == f"Volume pv-7 does not fit: {title}"
    assert "asks for 10Gi RWO class fast" in finding.explanation
    assert codes(NAMED, volume("pv-7", **over), at=after(-0.001)) == []


def test_a_volume_of_the_size_that_is_asked_for_fits() -> None:
    fits = volume("pv-7", size="10240Mi")
    assert codes(NAMED, storage_class("fast"), fits) == ["claim-pending"]


def test_the_volume_belongs_to_another_claim() -> None:
    taken = volume("pv-7", claim="shop/other")
    finding = only(NAMED, taken)
    assert finding.code == "pvc-volumename-claimed"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Volume pv-7 belongs to shop/other"
    assert "It is Bound." in finding.explanation
    assert codes(NAMED, taken, at=after(-0.001)) == []


def test_a_released_volume_still_holds_the_data_of_its_claim() -> None:
    left = {"claimRef": {"uid": "before"}, "persistentVolumeReclaimPolicy": "Retain"}
    kept = volume("pv-7", claim="shop/data", phase="Released", spec=left)
    finding = only(NAMED, kept)
    assert finding.title == "Volume pv-7 belongs to an earlier claim of this name"
    assert "It is Released. The data of shop/data is on it, kept by policy Retain." in finding.explanation
    assert "take the claimRef off" in finding.next_step


def test_a_claim_that_was_bound_once_is_another_story() -> None:
    bound = {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}
    once = claim("shop/data", phase="Pending", volume="pv-7", metadata=bound)
    assert "pvc-volumename-missing" not in codes(once)


def test_it_does_not_guess_about_volumes_that_cannot_be_listed() -> None:
    finding = only(NAMED, blind=(Kind.PERSISTENT_VOLUME,))
    assert finding.code == "claim-pending"
    assert "Cannot tell whether volume pv-7" in finding.explanation
