from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from tests.build import build, claim, csi_node, event, pod, storage_class, volume
from tests.diagnosis.world import after, codes, only, unscheduled

GAVE_UP = 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'
NO_DRIVER = "0/2 nodes are available: 2 disk.csi.example CSI driver is not installed on the node."
NO_DISK = "0/2 nodes are available: 2 node(s) had no available disk."
CHAIN = (claim("shop/data"), volume("pv-data", claim="shop/data"))


def waiting(message: str, ago: float = 30, reason: str = "Unschedulable", claims: tuple[str, ...] = ("data",)) -> Pod:
    return pod("shop/web", phase="Pending", node="", claims=claims, status=unscheduled(message, ago, reason))


def test_the_scheduler_gave_up() -> None:
    chosen = {"annotations": {"volume.kubernetes.io/selected-node": "node-b"}}
    pending = claim("shop/data", phase="Pending", metadata=chosen)
    finding = only(waiting(GAVE_UP, reason="SchedulerError"), pending, storage_class())
    assert finding.code == "sched-binding-timeout"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.INFERRED)
    assert "context deadline exceeded. Node node-b was chosen for claim data." in finding.explanation
    assert finding.causes == (pending.key,)
    assert codes(waiting(GAVE_UP, reason="SchedulerError"), pending, storage_class(), at=after(-0.001)) == []


def test_the_event_counts_where_the_condition_is_silent() -> None:
    silent = pod("shop/web", phase="Pending", node="", claims=("data",), status={"conditions": None}, age=30)
    said = event(silent, "FailedScheduling", GAVE_UP, source="", reportingComponent="default-scheduler")
    assert codes(silent, *CHAIN, said) == ["sched-binding-timeout"]
    past = event(silent, "FailedScheduling", GAVE_UP, ago=40)
    assert codes(silent, *CHAIN, past) == ["pod-pending"]
    assert codes(waiting("no cpu"), *CHAIN, said) == ["pod-pending"]


def test_the_driver_forbids_nodes_without_it() -> None:
    driver = build(CSIDriver, "disk.csi.example", {"spec": {"preventPodSchedulingIfMissing": True}}, {})
    finding = only(waiting(NO_DRIVER), *CHAIN, driver, csi_node("node-a", "disk.csi.example"), csi_node("node-b"))
    assert finding.code == "sched-csi-driver-required"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert "It is registered with 1 node." in finding.explanation
    assert finding.causes == (Key(Kind.CSI_DRIVER, "", "disk.csi.example"),)
    assert only(waiting(NO_DRIVER), *CHAIN).certainty is Certainty.INFERRED
    blind = only(waiting(NO_DRIVER), *CHAIN, blind=(Kind.CSI_NODE,))
    assert "Cannot tell on how many nodes it is registered" in blind.explanation


def test_a_disk_that_is_used_by_another_pod() -> None:
    finding = only(waiting(NO_DISK, claims=()))
    assert finding.code == "sched-disk-conflict"
    assert (finding.severity, finding.certainty) == (Severity.MEDIUM, Certainty.INFERRED)
    assert codes(waiting(NO_DISK, claims=()), at=after(-0.001)) == []
    assert codes(waiting(NO_DISK), *CHAIN) == ["sched-disk-conflict"]


def test_other_words_are_about_something_else() -> None:
    assert codes(waiting("no cpu"), *CHAIN) == ["pod-pending"]
    assert codes(waiting("no cpu", claims=())) == []
