from typing import Any

import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.workloads import StatefulSet
from tests.build import claim, event, stateful_set
from tests.diagnosis.sets.crew import crew
from tests.diagnosis.world import after, codes, found

CODE = "sts-stale-claim-owner"
SET_UID = "uid-statefulset-shop/web"


def owner(deleted: str = "Retain", scaled: str = "Retain") -> StatefulSet:
    policy = {"whenDeleted": deleted, "whenScaled": scaled}
    return stateful_set("shop/web", replicas=1, spec={"persistentVolumeClaimRetentionPolicy": policy})


def owned(kind: str, name: str, uid: str, *, controller: bool = False, age: float = 3600) -> PersistentVolumeClaim:
    reference = {"kind": kind, "name": name, "uid": uid, "controller": controller}
    return claim("shop/data-web-0", age=age, metadata={"ownerReferences": [reference]})


def told(*records: Any, **how: Any) -> list[str]:
    return [code for code in codes(*records, **how) if code == CODE]


@pytest.mark.parametrize(
    ("made", "reference", "words"),
    [
        (owner(), ("StatefulSet", "web", SET_UID), "whose policy is to retain claims"),
        (owner("Delete"), ("StatefulSet", "web", "uid-of-before"), "a StatefulSet web that no longer exists"),
        (owner(), ("Pod", "web-0", "uid-pod-shop/web-0"), "although claims are to be retained"),
        (owner("Delete", "Delete"), ("Pod", "web-0", "uid-of-before"), "a pod web-0 that no longer exists"),
    ],
)
def test_an_owner_that_the_policy_does_not_make_is_told(
    made: StatefulSet, reference: tuple[str, str, str], words: str
) -> None:
    finding = next(one for one in found(owned(*reference), made, *crew("web", 1)) if one.code == CODE)
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert words in finding.explanation


def test_another_controller_takes_the_policy_away() -> None:
    said = event(
        owner(),
        "ConflictingController",
        "PersistentVolumeClaim data-web-0 has a conflicting OwnerReference that acts as a manging controller",
    )
    claimed = owned("Operator", "db", "uid-db", controller=True)
    finding = next(one for one in found(claimed, owner(), *crew("web", 1), said) if one.code == CODE)
    assert "it is owned by Operator db as its controller" in finding.explanation
    assert "The controller says: PersistentVolumeClaim data-web-0" in finding.explanation


@pytest.mark.parametrize(
    ("made", "reference"),
    [
        (owner("Delete"), ("StatefulSet", "web", SET_UID)),
        (owner("Delete", "Delete"), ("Pod", "web-0", "uid-pod-shop/web-0")),
        (owner(), ("Backup", "nightly", "uid-backup")),
    ],
)
def test_the_owners_of_the_policy_and_plain_ones_are_no_trouble(
    made: StatefulSet, reference: tuple[str, str, str]
) -> None:
    assert told(owned(*reference), made, *crew("web", 1)) == []


def test_a_claim_that_belongs_to_no_set_is_left_alone() -> None:
    assert told(owned("StatefulSet", "web", "uid-of-before")) == []


def test_the_controller_is_given_a_minute() -> None:
    young = owned("StatefulSet", "web", SET_UID, age=60)
    assert told(young, owner(), at=after(-0.001)) == []
    assert told(young, owner()) == [CODE]


def test_without_sets_in_view_nothing_is_told() -> None:
    assert told(owned("StatefulSet", "web", SET_UID), owner(), blind=(Kind.STATEFUL_SET,)) == []
