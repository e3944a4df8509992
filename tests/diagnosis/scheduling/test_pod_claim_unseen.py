import pytest

from storagetui.diagnosis.finding import Certainty
from storagetui.model.keys import Key, Kind
from tests.build import pod
from tests.diagnosis.world import after, codes, only, unscheduled

BLIND = (Kind.PERSISTENT_VOLUME_CLAIM,)


@pytest.mark.parametrize(
    ("text", "code", "title"),
    [
        ('persistentvolumeclaim "data" not found', "sched-pvc-not-found", "Claim data does not exist"),
        ('persistentvolumeclaim "data" is being deleted', "sched-pvc-deleting", "Claim data is being deleted"),
        (
            'persistentvolumeclaim "data" bound to non-existent persistentvolume "pv-1"',
            "sched-pvc-lost",
            "Claim data is Lost",
        ),
        ("pod has unbound immediate PersistentVolumeClaims", "sched-unbound-immediate", "Claim data has no volume yet"),
    ],
)
def test_the_scheduler_stands_in_for_claims_that_cannot_be_read(text: str, code: str, title: str) -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(text, 30))
    finding = only(waiting, blind=BLIND)
    assert (finding.code, finding.title, finding.certainty) == (code, title, Certainty.INFERRED)
    assert "Cannot tell how the claim is by now, because claims cannot be listed." in finding.explanation
    assert finding.causes == (Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data"),)
    assert codes(waiting, blind=BLIND, at=after(-0.001)) == []


def test_of_several_claims_it_does_not_say_which() -> None:
    status = unscheduled("pod has unbound immediate PersistentVolumeClaims", 40)
    waiting = pod("shop/web", phase="Pending", node="", claims=("data", "logs"), status=status)
    finding = only(waiting, blind=BLIND)
    assert (finding.title, finding.causes) == ("One of claims data and logs has no volume yet", ())


def test_what_is_said_of_other_claims_is_left_alone() -> None:
    status = unscheduled('persistentvolumeclaim "other" not found', 40)
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status=status)
    assert codes(waiting, blind=BLIND) == ["pod-pending"]
