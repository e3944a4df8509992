from typing import Any

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from tests.build import build, csi_node, node, pod
from tests.diagnosis.mount.chain import CHAIN, failure, waiting
from tests.diagnosis.world import after, codes, only, placed

WORLD = (node("node-a"), csi_node("node-a", "disk.csi.example"))


def inline(ago: float = 70, phase: str = "Pending") -> Pod:
    entry = {"name": "scratch", "csi": {"driver": "disk.csi.example"}}
    return pod("shop/web", phase=phase, spec={"volumes": [entry]}, status=placed(ago) if phase == "Pending" else {})


def driver(*modes: str) -> CSIDriver:
    spec: dict[str, Any] = {"volumeLifecycleModes": list(modes)} if modes else {}
    return build(CSIDriver, "disk.csi.example", {"spec": spec}, {})


def test_an_inline_volume_of_a_driver_that_has_none_is_told() -> None:
    finding = only(inline(), *WORLD, driver("Persistent"))
    assert finding.code == "mount-ephemeral-mode"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert "its CSIDriver lists Persistent only" in finding.explanation
    assert codes(inline(), *WORLD, driver()) == ["mount-ephemeral-mode"]


def test_a_driver_without_its_object_offers_none() -> None:
    finding = only(inline(), *WORLD)
    assert "there is no CSIDriver object of that name" in finding.explanation
    assert finding.causes == (Key(Kind.CSI_DRIVER, "", "disk.csi.example"),)


def test_a_driver_that_offers_it_is_no_trouble() -> None:
    assert codes(inline(), *WORLD, driver("Persistent", "Ephemeral")) == []


def test_it_is_reported_from_the_threshold_on_and_until_the_pod_is_ready() -> None:
    assert codes(inline(60), *WORLD, at=after(-0.001)) == []
    assert codes(inline(60), *WORLD) == ["mount-ephemeral-mode"]
    assert codes(inline(phase="Running"), *WORLD) == []


def test_claims_need_the_mode_persistent_where_a_driver_says_what_it_offers() -> None:
    assert codes(waiting(), *CHAIN, driver("Ephemeral")) == ["mount-ephemeral-mode"]
    assert codes(waiting(), *CHAIN) == ["attach-silent-timeout"]


def test_the_kubelets_word_stands_in_for_drivers_that_cannot_be_read() -> None:
    told = failure('volume mode "Ephemeral" not supported by driver disk.csi.example (only supports ["Persistent"])')
    finding = only(inline(), *WORLD, told, blind=(Kind.CSI_DRIVER,))
    assert (finding.code, finding.certainty) == ("mount-ephemeral-mode", Certainty.INFERRED)
    assert codes(inline(), *WORLD, blind=(Kind.CSI_DRIVER,)) == []
