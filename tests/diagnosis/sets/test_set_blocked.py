from typing import Any

import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from tests.build import stamp, stateful_set
from tests.diagnosis.sets.crew import crew, member
from tests.diagnosis.world import after, codes, only

WEB = stateful_set("shop/web", replicas=3, ready=1)
CRASHING = {
    "containerStatuses": [
        {"name": "db", "ready": False, "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    ]
}


def broken(ago: float = 61, revision: str = "") -> Pod:
    return member("web-1", ready=False, ago=ago, revision=revision, status=CRASHING)


def test_the_pod_that_is_not_ready_and_those_that_wait_for_it_are_named() -> None:
    finding = only(WEB, *crew("web", 1), broken())
    assert finding.code == "sts-ordered-blocked"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Pod web-1 is not Ready and blocks #2"
    assert "Its container db waits: CrashLoopBackOff." in finding.explanation
    assert "Ordinal #2 waits for it." in finding.explanation
    assert [key.name for key in finding.victims] == ["web-2"]
    assert [key.name for key in finding.causes] == ["web-1"]


def test_a_pod_that_says_what_is_wrong_counts_after_a_minute_and_one_that_starts_after_five() -> None:
    assert codes(WEB, *crew("web", 1), broken(60), at=after(-0.001)) == []
    assert codes(WEB, *crew("web", 1), broken(60)) == ["sts-ordered-blocked"]
    starting = member("web-1", ready=False, ago=300)
    assert codes(WEB, *crew("web", 1), starting, at=after(-0.001)) == []
    assert codes(WEB, *crew("web", 1), starting) == ["sts-ordered-blocked"]


def test_a_pod_that_is_not_made_blocks_too() -> None:
    first = member("web-0", ago=60)
    finding = only(WEB, first)
    assert finding.title == "Pod web-1 does not exist and blocks #2"
    assert codes(WEB, first, at=after(-0.001)) == []


@pytest.mark.parametrize(
    "over",
    [
        {"spec": {"podManagementPolicy": "Parallel"}},
        {"metadata": {"deletionTimestamp": stamp(5)}},
        {"spec": {"replicas": 2}},
        {"spec": {"volumeClaimTemplates": None}},
    ],
    ids=["parallel", "to go", "nobody waits", "no claims"],
)
def test_where_nothing_waits_nothing_is_told(over: dict[str, Any]) -> None:
    assert codes(stateful_set("shop/web", replicas=3, ready=1, **over), *crew("web", 1), broken()) == []


def test_a_healthy_set_is_no_trouble() -> None:
    assert codes(WEB, *crew("web", 3)) == []


def test_without_pods_in_view_nothing_is_told() -> None:
    assert codes(WEB, blind=(Kind.POD,)) == []


def revisions(update: str, **spec: Any) -> dict[str, Any]:
    return {"status": {"currentRevision": "web-a", "updateRevision": update}, "spec": spec}


def test_a_broken_pod_of_a_revision_that_nobody_wants_any_more_is_not_replaced() -> None:
    owner = stateful_set("shop/web", replicas=2, ready=1, **revisions("web-a"))
    finding = only(owner, member("web-0", revision="web-a"), broken(revision="web-b"))
    assert finding.code == "sts-forced-rollback"
    assert "Pod web-1 is of revision web-b and not Ready" in finding.explanation
    assert "The set wants web-a" in finding.explanation
    assert finding.next_step == "If the template is good now, delete pod web-1: it is made again from it."
    assert [key.name for key in finding.victims] == ["web-1"]
    assert codes(owner, member("web-0", revision="web-a"), broken(59, revision="web-b")) == []


@pytest.mark.parametrize(
    ("update", "spec", "revision"),
    [
        ("web-b", {}, "web-b"),
        ("web-a", {"updateStrategy": {"type": "OnDelete"}}, "web-b"),
        ("web-a", {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}, "web-b"),
    ],
    ids=["the rollout itself is broken", "by hand", "held back"],
)
def test_a_broken_pod_that_is_as_wanted_is_no_forced_rollback(update: str, spec: dict[str, Any], revision: str) -> None:
    owner = stateful_set("shop/web", replicas=2, ready=1, **revisions(update, **spec))
    assert "sts-forced-rollback" not in codes(owner, member("web-0", revision="web-a"), broken(revision=revision))
