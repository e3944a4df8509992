from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from tests.build import claim, feed_health, live_feeds, pod, storage_class, volume
from tests.diagnosis.world import after, codes, found, only

IMMEDIATE = storage_class(binding="Immediate")


def test_a_claim_is_pending_and_nothing_says_why() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",))
    finding = only(claim("shop/data", phase="Pending", age=40), IMMEDIATE, waiting)
    assert finding.code == "claim-pending"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.victims == (waiting.key,)


def test_it_is_reported_from_the_threshold_on() -> None:
    waiting = pod("shop/web", phase="Pending", node="", claims=("data",), status={"conditions": None}, age=5)
    young = claim("shop/data", phase="Pending", age=30)
    assert codes(young, IMMEDIATE, waiting, at=after(-0.001)) == []
    assert codes(young, IMMEDIATE, waiting) == ["claim-pending"]


def test_a_bound_claim_and_one_that_is_to_go_are_not_pending() -> None:
    going = claim("shop/data", phase="Pending", metadata={"deletionTimestamp": "2026-01-15T14:00:00Z"})
    assert codes(going, IMMEDIATE) == []
    assert codes(claim("shop/data"), volume("pv-data", claim="shop/data"), IMMEDIATE) == []


def test_it_says_what_became_of_the_volume_that_it_names() -> None:
    named = claim("shop/data", phase="Pending", volume="pv-7")
    taken = volume("pv-7")
    assert "It names volume pv-7, which is Available." in only(named, IMMEDIATE, taken).explanation
    blind = only(named, IMMEDIATE, taken, blind=(Kind.PERSISTENT_VOLUME,))
    assert "because volumes cannot be listed" in blind.explanation


def test_it_says_who_was_asked_and_how_far_it_is() -> None:
    notes = {"annotations": {"volume.kubernetes.io/storage-provisioner": "ebs.csi.aws.com"}}
    asked = claim("shop/data", phase="Pending", age=40, metadata=notes)
    finding = only(asked, storage_class(binding="Immediate", provisioner="ebs.csi.aws.com"))
    assert "ebs.csi.aws.com was asked to make the volume; no event tells how far it is." in finding.explanation
    assert "ebs-csi-controller" in finding.explanation


def test_it_weighs_less_the_less_is_known() -> None:
    waiting = claim("shop/data", phase="Pending")
    assert only(waiting, IMMEDIATE, blind=(Kind.EVENT,)).severity is Severity.LOW
    loading = live_feeds(feed_health(Kind.STORAGE_CLASS, FeedState.LISTING))
    (finding,) = found(waiting, feeds=loading)
    assert finding.severity is Severity.INFO
    assert "classes have not been listed yet" in finding.explanation


def test_what_holds_a_pod_back_is_no_small_matter_though_little_is_known() -> None:
    about, waiting = claim("shop/data", phase="Pending", age=40), pod("shop/web", phase="Pending", claims=("data",))
    unread = (Kind.STORAGE_CLASS,)
    assert only(about, blind=unread).severity is Severity.LOW
    held = [one for one in found(about, waiting, blind=unread) if one.code == "claim-pending"]
    assert [one.severity for one in held] == [Severity.MEDIUM]
