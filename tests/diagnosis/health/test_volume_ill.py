from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Key, Kind
from tests.build import Json, claim, event, node, pod, stamp, volume
from tests.diagnosis.world import codes, only

CLAIM, USER = claim("shop/data"), pod("shop/web-0", claims=("data",))
MONITOR = "csi-pv-monitor-controller-disk.csi.example"


def condition(status: str) -> Json:
    return {"status": status, "reason": "Lost", "message": "two of three replicas are gone"}


def sick(ago: float = 10) -> Record:
    return event(CLAIM, "VolumeConditionAbnormal", "Volume not found", source=MONITOR, ago=ago)


def test_volume_abnormal_by_the_monitors_event() -> None:
    finding = only(CLAIM, sick(), USER)
    assert (finding.code, finding.severity, finding.certainty) == (
        "volume-abnormal",
        Severity.HIGH,
        Certainty.INFERRED,
    )
    assert f"{MONITOR} says, at 2026-01-15T14:02:01Z: Volume not found." in finding.explanation
    assert finding.victims == (USER.key,)
    assert codes(CLAIM, USER) == []


def test_an_all_clear_ends_it() -> None:
    well = event(CLAIM, "VolumeConditionNormal", "The Volume returns to the healthy state", warning=False, ago=10)
    assert codes(CLAIM, sick(11), well) == []
    assert codes(CLAIM, sick(9), well) == ["volume-abnormal"]


def test_volume_abnormal_by_the_kubelets_event_about_this_volume() -> None:
    told = event(USER, "VolumeConditionAbnormal", "Volume volume-0: not mounted")
    assert "not mounted." in only(CLAIM, USER, told).explanation
    assert codes(CLAIM, USER, event(USER, "VolumeConditionAbnormal", "Volume other: not mounted")) == []


def test_volume_abnormal_by_the_status_of_the_claim_or_of_a_pod() -> None:
    health = {"healthConditions": [condition("Degraded"), condition("DataLoss")], "lastTransitionTime": stamp(60)}
    finding = only(claim("shop/data", status={"healthStatus": health}), volume("pv-data", claim="shop/data"))
    assert finding.certainty is Certainty.CONFIRMED
    assert finding.title == "Driver reports the volume as DataLoss"
    assert "two of three replicas are gone" in finding.explanation
    degraded = {"name": "volume-0", "healthConditions": [condition("Degraded")]}
    held = pod("shop/web-0", claims=("data",), status={"volumeHealth": [degraded]})
    on_node = only(CLAIM, held)
    assert (on_node.severity, on_node.certainty) == (Severity.MEDIUM, Certainty.CONFIRMED)
    assert on_node.explanation.startswith("On node node-a the driver says")
    fine = pod("shop/web-0", claims=("data",), status={"volumeHealth": [{"name": "volume-0"}]})
    assert codes(CLAIM, fine) == []


def test_volume_node_failed_unless_the_node_says_otherwise() -> None:
    text = "Pods: [ web-0 ] consuming PVC: data in namespace: shop are now on a failed node: node-a"
    told = event(CLAIM, "NodeFailed", text, source=MONITOR, ago=60)
    finding = only(CLAIM, told, USER, node("node-a", ready="Unknown"))
    assert (finding.code, finding.severity, finding.certainty) == (
        "volume-node-failed",
        Severity.MEDIUM,
        Certainty.INFERRED,
    )
    assert finding.causes[0] == Key(Kind.NODE, "", "node-a")
    assert finding.victims == (USER.key,)
    assert "Node node-a does not answer" in finding.explanation
    assert codes(CLAIM, told, USER, node("node-a")) == []
    assert codes(CLAIM, told, node("node-a", ready="Unknown")) == []
    blind = only(CLAIM, told, USER, blind=(Kind.NODE,))
    assert "Cannot tell whether node-a answers, because nodes cannot be listed." in blind.explanation
    over = event(CLAIM, "NodeRecovered", "Node: node-a recovered", source=MONITOR, ago=59)
    assert codes(CLAIM, told, over, USER, node("node-a", ready="Unknown")) == []
