import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from tests.build import Json, claim, pod, storage_class, volume
from tests.diagnosis.world import after, codes, found, only

BY_HAND = storage_class("manual", binding="Immediate", provisioner="kubernetes.io/no-provisioner")
LOCAL = storage_class("local", provisioner="kubernetes.io/no-provisioner")
ASKED = claim("shop/data", phase="Pending", size="100Gi", age=30, spec={"storageClassName": "manual"})
MANUAL = {"storageClassName": "manual"}


def stock(name: str, size: str = "100Gi", **over: object) -> Record:
    made: Record = volume(name, size=size, **({"spec": MANUAL} | over))  # type: ignore[arg-type]  # parts of the object
    return made


def test_it_says_what_is_nearest_and_what_it_lacks() -> None:
    small = stock("pv-7", "50Gi")
    kept = volume("pv-9", claim="shop/old", phase="Released", size="200Gi", spec=MANUAL)
    finding = only(ASKED, BY_HAND, small, kept)
    assert finding.code == "pvc-no-matching-pv"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.explanation.startswith("The claim asks for 100Gi RWO class manual.")
    assert "Nearest: pv-7 has 50Gi, pv-9 is Released (kept for shop/old)." in finding.explanation
    assert codes(ASKED, BY_HAND, small, kept, at=after(-0.001)) == []


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"spec": MANUAL | {"volumeMode": "Block"}}, "pv-7 is of volume mode Block"),
        ({"spec": MANUAL | {"accessModes": ["ReadWriteMany"]}}, "pv-7 offers RWX alone"),
        ({"spec": MANUAL | {"claimRef": {"namespace": "x", "name": "y"}}}, "pv-7 is reserved for x/y"),
        ({"status": {"phase": "Failed"}}, "pv-7 is Failed"),
        ({"spec": {"storageClassName": "other"}}, "pv-7 is of class other"),
    ],
)
def test_each_check_of_the_controller_is_done_again(over: Json, words: str) -> None:
    finding = only(ASKED, BY_HAND, stock("pv-7", **over))
    assert finding.code == "pvc-no-matching-pv"
    assert f"Nearest: {words}." in finding.explanation


def test_a_volume_that_fits_is_awaited() -> None:
    finding = only(ASKED, BY_HAND, stock("pv-7"))
    assert finding.code == "claim-pending"
    assert "Free and fitting: pv-7" in finding.explanation


def test_labels_are_compared() -> None:
    selector = {"matchLabels": {"tier": "gold"}, "matchExpressions": [{"key": "rack", "operator": "Exists"}]}
    picky = claim("shop/data", phase="Pending", spec=MANUAL | {"selector": selector})
    silver = stock("pv-7", metadata={"labels": {"tier": "silver"}})
    text = only(picky, BY_HAND, silver).explanation
    assert "with labels tier=gold and rack Exists" in text
    assert "pv-7 lacks label tier=gold and label rack Exists" in text
    assert codes(picky, BY_HAND, stock("pv-7", metadata={"labels": {"tier": "gold", "rack": "3"}})) == ["claim-pending"]


def test_a_class_name_needs_no_class_where_volumes_bear_it() -> None:
    finding = only(ASKED, stock("pv-7", "50Gi"))
    assert finding.code == "pvc-no-matching-pv"
    assert "There is no StorageClass manual" in finding.explanation
    assert codes(ASKED) == ["pvc-storageclass-missing"]


def test_it_does_not_guess_about_volumes_that_cannot_be_listed() -> None:
    finding = only(ASKED, BY_HAND, blind=(Kind.PERSISTENT_VOLUME,))
    assert finding.code == "claim-pending"
    assert "because volumes cannot be listed" in finding.explanation


def local(*records: Record, age: float = 30) -> list[str]:
    claimed = claim("shop/data", phase="Pending", age=age, spec={"storageClassName": "local"})
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), age=age, status={"conditions": None})
    return codes(claimed, LOCAL, waiting, *records)


def test_a_local_class_without_any_volume_was_not_discovered() -> None:
    claimed = claim("shop/data", phase="Pending", age=30, spec={"storageClassName": "local"})
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), age=30, status={"conditions": None})
    finding = only(claimed, LOCAL, waiting)
    assert finding.code == "local-pv-not-discovered"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.victims == (waiting.key,)
    assert finding.causes == (Key(Kind.STORAGE_CLASS, "", "local"),)
    assert local(age=29.9) == []


def test_a_taken_volume_shows_that_the_discovery_works() -> None:
    taken = volume("local-pv-1", claim="shop/other", spec={"storageClassName": "local"})
    assert local(taken) == ["claim-pending"]
    made = {"annotations": {"pv.kubernetes.io/provisioned-by": "local-volume-provisioner-node-a-1"}}
    assert local(volume("local-pv-1", claim="shop/other", spec={"storageClassName": "local"}, metadata=made)) == [
        "claim-pending"
    ]


def test_a_local_claim_that_no_pod_uses_is_calm() -> None:
    claimed = claim("shop/data", phase="Pending", age=60, spec={"storageClassName": "local"})
    assert [one.code for one in found(claimed, LOCAL)] == ["pvc-wait-for-first-consumer"]
