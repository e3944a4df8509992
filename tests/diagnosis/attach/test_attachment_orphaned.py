from typing import Any

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.keys import Key, Kind
from tests.build import attachment, claim, node, pod, stamp, volume
from tests.diagnosis.world import after, codes, only, placed

NODE, VOLUME = node("node-a"), volume("pv-data", claim="shop/data")


def going(ago: float | None = 60, error: str = "", **metadata: Any) -> VolumeAttachment:
    if ago is not None:
        metadata["deletionTimestamp"] = stamp(ago)
    status = {"detachError": {"message": error}} if error else {}
    return attachment("va", volume="pv-data", node="node-a", metadata=metadata, status=status)


def test_an_attachment_whose_volume_is_gone_can_never_end() -> None:
    finding = only(going(error='persistentvolume "pv-data" not found'), NODE)
    assert finding.code == "va-orphaned-pv-missing"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.causes == (Key(Kind.PERSISTENT_VOLUME, "", "pv-data"),)
    assert 'disk.csi.example says: persistentvolume "pv-data" not found.' in finding.explanation


def test_it_is_told_before_anybody_asks_for_the_detach() -> None:
    assert codes(going(None), NODE) == ["va-orphaned-pv-missing"]


def test_objects_are_given_a_minute_to_arrive() -> None:
    assert codes(going(60), NODE, at=after(-0.001)) == []
    assert codes(going(60), NODE) == ["va-orphaned-pv-missing"]
    assert codes(going(), NODE, VOLUME) == []


def test_it_does_not_guess_about_volumes_and_nodes_that_cannot_be_listed() -> None:
    assert codes(going(), NODE, blind=(Kind.PERSISTENT_VOLUME,)) == []
    assert codes(going(), VOLUME, blind=(Kind.NODE,)) == []


def test_where_volumes_cannot_be_listed_the_attachers_word_counts() -> None:
    told = going(error='persistentvolume "pv-data" not found')
    finding = only(told, NODE, blind=(Kind.PERSISTENT_VOLUME,))
    assert (finding.code, finding.certainty) == ("va-orphaned-pv-missing", Certainty.INFERRED)
    assert "Cannot tell whether the volume exists now, because" in finding.explanation
    assert codes(going(error="busy"), NODE, blind=(Kind.PERSISTENT_VOLUME,)) == ["va-detach-stuck"]


def test_an_attachment_of_a_node_that_is_gone_is_told() -> None:
    finding = only(going(), VOLUME)
    assert finding.code == "va-orphaned-node-missing"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.causes == (Key(Kind.NODE, "", "node-a"),)
    assert "It lacks the note of the node's id" in finding.explanation
    noted = {"csi.alpha.kubernetes.io/node-id": "i-1"}
    assert "It lacks the note" not in only(going(annotations=noted), VOLUME).explanation


def test_a_node_that_has_just_gone_and_one_that_is_there_are_no_trouble() -> None:
    made = attachment("va", volume="pv-data", node="node-a", age=60)
    assert codes(made, VOLUME, at=after(-0.001)) == []
    assert codes(made, VOLUME) == ["va-orphaned-node-missing"]
    assert codes(made, VOLUME, NODE, claim("shop/data"), pod("shop/web", claims=("data",))) == []


def test_pods_that_are_still_bound_to_the_node_are_named() -> None:
    left = pod("shop/web", claims=("data",))
    finding = only(going(None), VOLUME, claim("shop/data"), left)
    assert finding.victims == (left.key,)
    assert "Pod web is still bound to that node." in finding.explanation


def test_while_a_pod_waits_for_the_forced_detach_its_finding_tells_it() -> None:
    held = attachment("va", volume="pv-data", node="node-a", age=900)

    def waits(age: float) -> list[str]:
        waiting = pod("shop/web", phase="Pending", node="node-b", claims=("data",), age=age, status=placed(age))
        return codes(held, VOLUME, claim("shop/data"), waiting, node("node-b"))

    assert waits(389) == []
    assert waits(390) == ["va-orphaned-node-missing"]
    assert codes(held, VOLUME, claim("shop/data"), node("node-b")) == ["va-orphaned-node-missing"]


def test_a_detach_that_fails_tells_more() -> None:
    assert codes(going(error="busy"), VOLUME) == ["va-detach-stuck"]
