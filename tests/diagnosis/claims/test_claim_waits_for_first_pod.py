import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from tests.build import claim, event, feed_health, live_feeds, pod, stateful_set, storage_class
from tests.diagnosis.world import codes, found, only

NAMED = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}


@pytest.mark.parametrize("age", [0, 30, 1_000_000])
def test_without_a_pod_it_is_calm_for_as_long_as_it_takes(age: float) -> None:
    used = stateful_set("shop/db", replicas=0, templates=("x",), spec={"template": {"spec": {"volumes": [NAMED]}}})
    finding = only(claim("shop/data", phase="Pending", age=age), storage_class("fast"), used)
    assert finding.code == "pvc-wait-for-first-consumer"
    assert (finding.severity, finding.certainty) == (Severity.INFO, Certainty.CONFIRMED)
    assert finding.next_step == ""
    assert "as it should" in finding.explanation


def test_a_pod_that_has_run_to_its_end_wants_nothing() -> None:
    over = pod("shop/job", phase="Succeeded", claims=("data",))
    assert codes(claim("shop/data", phase="Pending"), storage_class("fast"), over) == ["pvc-wait-for-first-consumer"]


def test_it_is_something_else_once_a_pod_uses_the_claim() -> None:
    young = pod("shop/web", phase="Pending", node="", claims=("data",), age=5)
    assert codes(claim("shop/data", phase="Pending"), storage_class("fast"), young) == []


def test_it_is_something_else_once_a_node_was_chosen_or_the_class_binds_at_once() -> None:
    chosen = {"annotations": {"volume.kubernetes.io/selected-node": "node-a"}}
    at_once = storage_class(binding="Immediate")
    assert codes(claim("shop/data", phase="Pending", metadata=chosen), storage_class("fast")) == [
        "pvc-selected-node-gone"
    ]
    assert codes(claim("shop/data", phase="Pending"), at_once) == ["pvc-idle-namespace"]


@pytest.mark.parametrize("state", [FeedState.FORBIDDEN, FeedState.LISTING])
def test_it_does_not_guess_about_pods_that_cannot_be_seen(state: FeedState) -> None:
    feeds = live_feeds(feed_health(Kind.POD, state))
    (finding,) = found(claim("shop/data", phase="Pending"), storage_class("fast"), feeds=feeds)
    assert (finding.severity, finding.certainty) == (Severity.INFO, Certainty.INFERRED)
    assert "Cannot tell whether a pod uses it, because pods" in finding.explanation


def test_the_controllers_word_stands_in_for_a_class_that_cannot_be_read() -> None:
    waiting = claim("shop/data", phase="Pending")
    said = event(waiting, "WaitForFirstConsumer", "waiting for first consumer to be created", warning=False)
    finding = only(waiting, said, blind=(Kind.STORAGE_CLASS,))
    assert finding.code == "pvc-wait-for-first-consumer"
    assert (finding.severity, finding.certainty) == (Severity.INFO, Certainty.INFERRED)
    assert finding.events == (said.key,)
