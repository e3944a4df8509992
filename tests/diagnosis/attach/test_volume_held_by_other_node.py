import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from tests.build import attachment, claim, csi_node, event, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, placed

CHAIN: tuple[Record, ...] = (
    claim("shop/data"),
    volume("pv-data", claim="shop/data"),
    csi_node("node-a", "disk.csi.example"),
    node("node-a"),
)
HELD = attachment("va", volume="pv-data", node="node-b")


def waiting(ago: float = 70, age: float = 80) -> Pod:
    return pod("shop/web-new", phase="Pending", claims=("data",), status=placed(ago), age=age)


def test_a_live_pod_holds_the_volume() -> None:
    holder = pod("shop/web-old", node="node-b", claims=("data",))
    finding = only(waiting(), *CHAIN, HELD, holder, node("node-b"))
    assert finding.code == "attach-multi-attach-used"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Volume is held on node node-b by pod web-old"
    assert "Node node-b is Ready." in finding.explanation
    assert finding.causes == ()


def test_a_holder_that_is_to_go_is_the_cause() -> None:
    holder = pod("shop/web-old", node="node-b", claims=("data",), metadata={"deletionTimestamp": stamp(200)})
    finding = only(waiting(), *CHAIN, HELD, holder, node("node-b", ready="Unknown"))
    assert finding.causes == (holder.key,)
    assert "web-old was to be gone by 2026" in finding.explanation
    assert "Node node-b does not answer (Ready=Unknown since" in finding.explanation


def test_nothing_uses_it_on_a_node_that_answers() -> None:
    finding = only(waiting(), *CHAIN, HELD, node("node-b"))
    assert (finding.code, finding.severity) == ("attach-multi-attach-stale", Severity.HIGH)
    assert "No pod on node-b uses it any more." in finding.explanation
    assert "unmounted" in finding.explanation


@pytest.mark.parametrize(("age", "code"), [(389.9, "node-lost-volumes-in-use"), (390, "attach-multi-attach-stale")])
def test_on_a_node_that_does_not_answer_six_minutes_are_waited_and_half_a_minute_for_the_work(
    age: float, code: str
) -> None:
    finding = only(waiting(age=age), *CHAIN, HELD, node("node-b", ready="Unknown"))
    assert finding.code == code
    assert finding.severity is (Severity.HIGH if code.startswith("attach") else Severity.MEDIUM)
    assert "six minutes after the old pod was gone" in finding.explanation


def test_a_node_that_is_gone_or_out_of_service_is_told() -> None:
    assert "Node node-b no longer exists." in only(waiting(), *CHAIN, HELD).explanation
    taints = {"taints": [{"key": "node.kubernetes.io/out-of-service", "effect": "NoExecute"}]}
    marked = only(waiting(), *CHAIN, HELD, node("node-b", ready="Unknown", spec=taints))
    assert marked.code == "attach-multi-attach-stale"
    assert "out-of-service taint" in marked.explanation


def test_a_detach_that_fails_is_told_for_no_event_tells_it() -> None:
    failing = attachment(
        "va",
        volume="pv-data",
        node="node-b",
        metadata={"deletionTimestamp": stamp(90)},
        status={"detachError": {"message": "rpc error: code = Internal desc = device busy"}},
    )
    finding = only(waiting(), *CHAIN, failing, node("node-b"))
    assert "It is to be detached there since" in finding.explanation
    assert "device busy" in finding.explanation


def test_it_is_reported_from_the_threshold_on() -> None:
    assert codes(waiting(60), *CHAIN, HELD, node("node-b"), at=after(-0.001)) == []
    assert codes(waiting(60), *CHAIN, HELD, node("node-b")) == ["attach-multi-attach-stale"]


def test_many_nodes_may_share_other_modes() -> None:
    shared = {"accessModes": ["ReadWriteMany"]}
    chain = (claim("shop/data", spec=shared), volume("pv-data", claim="shop/data", spec=shared), *CHAIN[2:])
    assert codes(waiting(), *chain, HELD, node("node-b")) == ["attach-silent-timeout"]


def test_once_attached_here_it_is_not_held_there() -> None:
    here = attachment("va-here", volume="pv-data", node="node-a")
    assert codes(waiting(), *CHAIN, HELD, here, node("node-b")) == ["attach-silent-timeout"]


@pytest.mark.parametrize(
    ("begins", "words", "code"),
    [
        ("Multi-Attach error", "Volume is already used by pod(s) web-old", "attach-multi-attach-used"),
        ("Waiting for detach", "Volume is already used by pod(s) web-old", "attach-multi-attach-used"),
        (
            "Multi-Attach error",
            "Volume is already exclusively attached to one node and can't be attached to another",
            "attach-multi-attach-stale",
        ),
        (
            "Waiting for detach",
            "Volume is already exclusively attached to one node, waiting on detach before it can be attached to "
            "another node",
            "attach-multi-attach-stale",
        ),
    ],
)
def test_events_stand_in_for_attachments_that_cannot_be_read(begins: str, words: str, code: str) -> None:
    told = event(waiting(), "FailedAttachVolume", f'{begins} for volume "pv-data" {words}')
    finding = only(waiting(), *CHAIN, HELD, told, blind=(Kind.VOLUME_ATTACHMENT,))
    assert (finding.code, finding.certainty) == (code, Certainty.INFERRED)
    assert "because attachments cannot be listed" in finding.explanation


def test_it_says_when_nodes_cannot_be_listed() -> None:
    finding = only(waiting(), *CHAIN, HELD, blind=(Kind.NODE,))
    assert "Cannot tell whether node-b answers, because nodes cannot be listed." in finding.explanation


def test_a_holder_on_a_node_that_does_not_answer_is_that_nodes_matter() -> None:
    holder = pod("shop/web-old", node="node-b", claims=("data",))
    dead = node("node-b", ready="Unknown")
    assert only(waiting(), *CHAIN, HELD, holder, dead).causes == (dead.key,)
    assert only(waiting(age=400), *CHAIN, HELD, dead).causes == (dead.key,)
    assert only(waiting(), *CHAIN, HELD).causes == (HELD.key,)


def test_an_attachment_that_a_living_node_keeps_is_the_cause() -> None:
    assert only(waiting(), *CHAIN, HELD, node("node-b")).causes == (HELD.key,)
    in_use = {"volumesInUse": ["kubernetes.io/csi/disk.csi.example^handle-pv-data"]}
    kept = only(waiting(), *CHAIN, HELD, node("node-b", status=in_use))
    assert "by its own word it has it in use still" in kept.explanation
    assert "does not unmount pv-data" in kept.next_step
    let_go = only(waiting(), *CHAIN, HELD, node("node-b"))
    assert "by its own word it no longer has it in use" in let_go.explanation
    assert "kube-controller-manager for pv-data" in let_go.next_step


def test_since_when_it_is_held_is_told() -> None:
    holder = pod("shop/web-old", node="node-b", claims=("data",), age=3600)
    finding = only(waiting(), *CHAIN, HELD, holder, node("node-b"))
    assert "is attached to node-b since 2026-01-14T14:02:11Z while the pod waits" in finding.explanation
    assert "Pod web-old uses it there since 2026-01-15T13:02:11Z." in finding.explanation
