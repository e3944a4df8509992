from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from tests.build import attachment, claim, csi_node, node, pod, storage_class, volume
from tests.diagnosis.world import after, codes, only, unscheduled

TEXT = "0/2 nodes are available: 2 node(s) exceed max volume count."
WAITING = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled(TEXT, 30))
ASKED = claim("shop/data", phase="Pending")
DRIVER = "disk.csi.example"


def full(slots: int = 2) -> tuple[Record, ...]:
    return (
        ASKED,
        storage_class(),
        node("node-a"),
        csi_node("node-a", DRIVER, slots=slots),
        pod("shop/db", node="node-a", claims=("db",)),
        claim("shop/db"),
        volume("pv-db", claim="shop/db"),
        attachment("va-1", volume="pv-db", node="node-a"),
        attachment("va-2", volume="pv-left", node="node-a"),
    )


def test_every_slot_is_taken_and_some_by_nobody() -> None:
    finding = only(WAITING, *full())
    assert finding.code == "sched-max-volume-count"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "No node has a free slot for volumes of disk.csi.example"
    assert "Slots for volumes: node-a holds 2 of 2, 1 of them used by no pod." in finding.explanation
    assert "attachments of node-a that no pod uses" in finding.next_step
    assert finding.causes == (Key(Kind.CSI_DRIVER, "", DRIVER),)
    assert finding.shared.startswith(
        "No node has a free slot for volumes of disk.csi.example. Slots for volumes: node-a"
    )
    assert codes(WAITING, *full(), at=after(-0.001)) == []


def test_a_node_with_room_by_now_leaves_it_to_the_words() -> None:
    finding = only(WAITING, *full(3))
    assert finding.certainty is Certainty.INFERRED
    assert "node-a holds 2 of 3" in finding.explanation


def test_only_nodes_that_reach_the_volume_count() -> None:
    bound = (claim("shop/data"), volume("pv-data", claim="shop/data", zone="b"))
    elsewhere = (node("node-b", zone="b"), csi_node("node-b", DRIVER, slots=0))
    text = only(WAITING, *bound, *full()[1:], *elsewhere).explanation
    assert "Slots for volumes: node-b holds 0 of 0." in text


def test_it_does_not_count_what_cannot_be_read() -> None:
    finding = only(WAITING, *full(), blind=(Kind.VOLUME_ATTACHMENT,))
    assert "Cannot tell how many volumes the nodes hold, because attachments cannot be listed." in finding.explanation


def test_other_words_are_about_something_else() -> None:
    other = pod("shop/web", phase="Pending", node="", claims=("data",), status=unscheduled("no cpu", 30))
    assert codes(other, *full()) == ["pod-pending"]
