from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, pod, stamp
from tests.diagnosis.mount.chain import CHAIN, failure, mount, ready, waiting, with_volume
from tests.diagnosis.world import after, codes, only

ONE_POD = with_volume(claim("shop/data", spec={"accessModes": ["ReadWriteOncePod"]}))
HOLDER = pod("shop/old", claims=("data",))


def test_the_pod_that_has_it_is_named() -> None:
    finding = only(waiting(), *ONE_POD, HOLDER)
    assert finding.code == "mount-rwop-in-use"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == "Claim data is in use by pod old on the same node"
    assert finding.causes == ()


def test_a_holder_that_is_to_go_is_the_cause() -> None:
    going = pod("shop/old", claims=("data",), metadata={"deletionTimestamp": stamp(40)})
    finding = only(waiting(), *ONE_POD, going)
    assert finding.causes == (going.key,)
    assert "old is to go since 2026-01-15T14:01:31Z and is still there." in finding.explanation


def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready() -> None:
    assert codes(waiting(60), *ONE_POD, HOLDER, at=after(-0.001)) == []
    assert codes(waiting(60), *ONE_POD, HOLDER) == ["mount-rwop-in-use"]
    assert codes(ready(), *ONE_POD, HOLDER) == []


def test_other_modes_other_nodes_and_finished_pods_are_no_trouble() -> None:
    assert codes(waiting(), *CHAIN, HOLDER) == ["attach-silent-timeout"]
    finished = pod("shop/old", phase="Succeeded", claims=("data",))
    assert codes(waiting(), *ONE_POD, finished) == ["attach-silent-timeout"]
    elsewhere = pod("shop/old", node="node-b", claims=("data",))
    assert codes(waiting(), *ONE_POD, elsewhere) == ["attach-silent-timeout"]


def test_the_kubelets_word_stands_in_for_claims_that_cannot_be_read() -> None:
    told = failure(mount("volume uses the ReadWriteOncePod access mode and is already in use by another pod"))
    finding = only(waiting(), *ONE_POD, HOLDER, told, blind=(Kind.PERSISTENT_VOLUME_CLAIM,))
    assert (finding.code, finding.certainty) == ("mount-rwop-in-use", Certainty.INFERRED)
    assert "Cannot tell which pod has it, because claims cannot be listed." in finding.explanation
