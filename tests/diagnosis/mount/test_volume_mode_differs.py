from typing import Any

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import attachment, claim
from tests.diagnosis.mount.chain import CHAIN, failure, mount, ready, waiting, with_volume
from tests.diagnosis.world import after, codes, only

DEVICES: dict[str, Any] = {
    "containers": [{"name": "main", "volumeDevices": [{"name": "volume-0", "devicePath": "/x"}]}]
}
BLOCK = claim("shop/data", spec={"volumeMode": "Block"})
TOLD = failure("volume volume-0 has volumeMode Block, but is specified in volumeMounts")


def test_a_file_system_used_as_a_device_is_told_from_the_objects() -> None:
    finding = only(waiting(spec=DEVICES), *CHAIN)
    assert finding.code == "mount-volumemode"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert finding.title == "Claim data is of mode Filesystem, the pod has it in volumeDevices"


def test_a_device_used_as_a_file_system_is_told_by_the_kubelet() -> None:
    finding = only(waiting(), *with_volume(BLOCK), TOLD)
    assert (finding.code, finding.certainty) == ("mount-volumemode", Certainty.CONFIRMED)
    assert finding.title == "Claim data is of mode Block, the pod has it in volumeMounts"


def test_a_device_that_no_container_has_as_one_is_told_when_nothing_else_holds_the_pod_up() -> None:
    finding = only(waiting(), *with_volume(BLOCK))
    assert (finding.code, finding.certainty) == ("mount-volumemode", Certainty.INFERRED)
    assert codes(waiting(), *with_volume(BLOCK), failure(mount("x"))) == ["mount-failed"]
    attaching = attachment("va", volume="pv-data", node="node-a", attached=False, age=30)
    world = [attaching if one.key == attaching.key else one for one in with_volume(BLOCK)]
    assert codes(waiting(), *world) == []


def test_a_device_used_as_a_device_is_no_trouble() -> None:
    assert codes(waiting(spec=DEVICES), *with_volume(BLOCK)) == ["attach-silent-timeout"]


def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready() -> None:
    assert codes(waiting(60, spec=DEVICES), *CHAIN, at=after(-0.001)) == []
    assert codes(waiting(60, spec=DEVICES), *CHAIN) == ["mount-volumemode"]
    assert codes(ready(spec=DEVICES), *CHAIN) == []


def test_the_kubelets_word_stands_in_for_claims_that_cannot_be_read() -> None:
    blind = (Kind.PERSISTENT_VOLUME_CLAIM,)
    finding = only(waiting(), *CHAIN, TOLD, blind=blind)
    assert (finding.code, finding.certainty) == ("mount-volumemode", Certainty.INFERRED)
    assert codes(waiting(spec=DEVICES), *CHAIN, blind=blind) == ["attach-silent-timeout"]
