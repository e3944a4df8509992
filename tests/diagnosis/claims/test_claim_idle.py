import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from storagetui.model.workloads import Deployment, Job
from tests.build import build, claim, pod, stateful_set, storage_class
from tests.diagnosis.world import after, codes, only

IMMEDIATE = storage_class(binding="Immediate")
ASKED = claim("shop/data-db-0", phase="Pending", age=30)
VOLUMES = {"template": {"spec": {"volumes": [{"name": "x", "persistentVolumeClaim": {"claimName": "data-db-0"}}]}}}


def test_nothing_asks_for_the_claim() -> None:
    finding = only(ASKED, IMMEDIATE)
    assert finding.code == "pvc-idle-namespace"
    assert (finding.severity, finding.certainty) == (Severity.INFO, Certainty.CONFIRMED)
    assert finding.next_step == ""
    assert codes(ASKED, IMMEDIATE, at=after(-0.001)) == []


@pytest.mark.parametrize(
    "user",
    [
        pod("shop/db-0", phase="Pending", node="", claims=("data-db-0",)),
        stateful_set("shop/db", replicas=0),
        build(Deployment, "shop/web", {"spec": VOLUMES}, {}),
        build(Job, "shop/load", {"spec": VOLUMES}, {}),
        stateful_set("shop/web", templates=("x",), spec=VOLUMES),
    ],
)
def test_what_names_the_claim_asks_for_it(user: Record) -> None:
    assert codes(ASKED, IMMEDIATE, user) == ["claim-pending"]


@pytest.mark.parametrize("kind", [Kind.POD, Kind.STATEFUL_SET, Kind.DEPLOYMENT, Kind.JOB, Kind.EVENT])
def test_it_does_not_guess(kind: Kind) -> None:
    assert codes(ASKED, IMMEDIATE, blind=(kind,)) == ["claim-pending"]


def test_a_claim_that_waits_for_its_first_pod_is_idle_after_a_day() -> None:
    old = claim("shop/data", phase="Pending", age=86400)
    assert codes(old, storage_class(), at=after(-0.001)) == ["pvc-wait-for-first-consumer"]
    assert codes(old, storage_class()) == ["pvc-wait-for-first-consumer", "pvc-idle-namespace"]


def test_a_claim_without_a_class_that_nobody_has_asked_for_in_a_day_is_no_trouble() -> None:
    old = claim("shop/data", phase="Pending", age=86400)
    assert codes(old, storage_class("other"), at=after(-0.001)) == ["pvc-storageclass-missing"]
    finding = only(old, storage_class("other"))
    assert (finding.code, finding.severity) == ("pvc-idle-namespace", Severity.INFO)
    assert "There is no class fast, and no free volume fits" in finding.explanation
    waiting = pod("shop/db-0", phase="Pending", node="", claims=("data",), age=40)
    assert codes(old, storage_class("other"), waiting) == ["pvc-storageclass-missing"]
