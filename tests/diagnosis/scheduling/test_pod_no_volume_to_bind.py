from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, node, pod, storage_class, volume
from tests.diagnosis.world import after, codes, only, unscheduled

NOTHING = "0/8 nodes are available: 8 node(s) didn't find available persistent volumes to bind."
STATIC = storage_class("fast", provisioner="kubernetes.io/no-provisioner")
PENDING = claim("shop/data", phase="Pending", size="100Gi")
WAITING = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NOTHING, 40))


def test_no_volume_is_free() -> None:
    finding = only(WAITING, PENDING, STATIC, volume("pv-taken", claim="shop/other"))
    assert finding.code == "sched-no-matching-pv"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "No volume fits claim data"
    assert "Claim data asks for 100Gi RWO class fast, which makes no volumes." in finding.explanation
    assert "There is no unbound volume of class fast." in finding.explanation


def test_the_volumes_that_do_not_fit_are_named() -> None:
    small = volume("pv-7", size="50Gi")
    assert "Nearest: pv-7 has 50Gi." in only(WAITING, PENDING, STATIC, small).explanation


def test_a_volume_that_fits_where_the_pod_may_not_run_is_told_with_its_nodes() -> None:
    fits = volume("pv-7", size="100Gi", zone="b")
    there = node("node-b", zone="b", spec={"unschedulable": True})
    text = only(WAITING, PENDING, STATIC, fits, there).explanation
    assert "pv-7 fits and is within reach of node-b (cordoned) alone." in text
    assert "where no node is" in only(WAITING, PENDING, STATIC, fits, node("node-a")).explanation


def test_a_class_with_a_provisioner_may_be_kept_to_places() -> None:
    terms = [{"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": ["c"]}]}]
    kept = storage_class(allowedTopologies=terms)
    finding = only(WAITING, PENDING, kept, node("node-a"))
    text = finding.explanation
    assert finding.next_step.startswith("Let the pod run where class fast makes volumes")
    assert "Class fast makes volumes in topology.kubernetes.io/zone=c alone: no node is there." in text
    there = node("node-c", zone="c", ready="False")
    assert "alone, where node-c (not Ready) is." in only(WAITING, PENDING, kept, there).explanation


def test_the_claim_only_follows() -> None:
    follower = only(PENDING, WAITING, STATIC, volume("pv-7", size="50Gi"))
    assert follower.code == "pvc-wait-for-pod-scheduled"
    assert follower.causes == (WAITING.key,)
    assert "binds" in follower.explanation


def test_the_pod_follows_where_no_local_volume_was_discovered() -> None:
    assert only(PENDING, WAITING, STATIC).code == "local-pv-not-discovered"
    assert only(WAITING, PENDING, STATIC).causes == (PENDING.key,)
    assert only(WAITING, PENDING, STATIC, volume("pv-7", size="50Gi")).causes == ()


def test_it_is_reported_from_the_threshold_on() -> None:
    young = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(NOTHING, 30))
    assert codes(young, PENDING, STATIC, at=after(-0.001)) == []
    assert codes(young, PENDING, STATIC) == ["sched-no-matching-pv"]


def test_once_the_claim_is_bound_the_words_are_history() -> None:
    assert codes(WAITING, claim("shop/data"), volume("pv-data", claim="shop/data"), STATIC) == ["pod-pending"]


def test_it_does_not_guess_about_volumes_that_cannot_be_listed() -> None:
    finding = only(WAITING, PENDING, STATIC, blind=(Kind.PERSISTENT_VOLUME,))
    assert "Cannot tell which volumes of the class are free, because volumes cannot be listed." in finding.explanation
