import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from tests.build import event, pod, storage_class, volume
from tests.diagnosis.resize.test_controller_refuses import condition, growing
from tests.diagnosis.world import codes, only

PENDING = condition("FileSystemResizePending", ago=1000)
REST = (volume("pv-data", claim="shop/data", size="20Gi"), storage_class("fast"))
USER = pod("shop/web-0", claims=("data",))
SAYS_NO = (
    'NodeExpandVolume.NodeExpandVolume failed for volume "{}" : Expander.NodeExpand failed to expand the volume : '
    "rpc error: code = Internal desc = resize2fs failed"
)


@pytest.mark.parametrize("state", ["NodeResizeInfeasible", "NodeResizeFailed"])
def test_resize_node_infeasible(state: str) -> None:
    error = condition("NodeResizeError", "failed to expand pvc with rpc error: code = InvalidArgument desc = no ext4")
    finding = only(growing(PENDING, error, state=state), USER, *REST)
    assert (finding.code, finding.certainty) == ("resize-node-infeasible", Certainty.CONFIRMED)
    assert finding.title == "Node node-a says it can never grow the file system"
    assert "volume pv-data has 20Gi" in finding.explanation
    assert "no ext4" in finding.explanation
    assert codes(growing(PENDING, state=state), *REST) == ["resize-node-infeasible"]


def test_resize_node_error_by_its_condition_and_not_when_it_is_over() -> None:
    error = condition("NodeResizeError", "rpc error: code = Internal desc = resize2fs failed")
    finding = only(growing(PENDING, error, state="NodeResizeInProgress"), USER, *REST)
    assert (finding.code, finding.severity, finding.certainty) == (
        "resize-node-error",
        Severity.HIGH,
        Certainty.CONFIRMED,
    )
    assert "The node says: resize2fs failed." in finding.explanation
    over = {**error, "status": "False"}
    assert codes(growing(PENDING, over, state="NodeResizePending"), *REST) == ["resize-fs-pending-no-pod"]


def test_resize_node_error_by_the_kubelets_event_about_this_volume() -> None:
    about = growing(PENDING, state="NodeResizePending")
    finding = only(about, USER, event(USER, "VolumeResizeFailed", SAYS_NO.format("pv-data")), *REST)
    assert (finding.code, finding.certainty) == ("resize-node-error", Certainty.INFERRED)
    assert "resize2fs failed" in finding.explanation
    other = event(USER, "VolumeResizeFailed", SAYS_NO.format("pv-other"))
    assert codes(about, USER, other, *REST) == ["resize-fs-pending-stuck"]
    old = event(USER, "VolumeResizeFailed", SAYS_NO.format("pv-data"), ago=1001)
    assert codes(about, USER, old, *REST) == ["resize-fs-pending-stuck"]


def test_a_pod_that_starts_waits_for_the_growth() -> None:
    about = growing(PENDING, state="NodeResizePending")
    starting = pod("shop/web-0", phase="Pending", claims=("data",))
    text = 'MountVolume.Setup failed while expanding volume for volume "pv-data" : Expander.NodeExpand failed'
    finding = only(about, starting, event(starting, "FailedMount", text), *REST)
    assert finding.code == "resize-node-error"
    assert finding.victims == (starting.key,)


def test_resize_readonly_fs_by_event_or_when_no_pod_writes() -> None:
    about = growing(PENDING, state="NodeResizePending")
    text = 'MountVolume.NodeExpandVolume failed for volume "pv-data" requested read-only file system'
    assert codes(about, USER, event(USER, "FileSystemResizeFailed", text), *REST) == ["resize-readonly-fs"]
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data", "readOnly": True}}]
    reader = pod("shop/reader", spec={"volumes": volumes})
    finding = only(about, reader, *REST)
    assert finding.code == "resize-readonly-fs"
    assert "reader has it read-only" in finding.explanation
    assert codes(about, reader, USER, *REST) == ["resize-fs-pending-stuck"]


def test_nothing_is_said_before_it_is_the_nodes_turn() -> None:
    about = growing(condition("Resizing", ago=5))
    failed = event(USER, "VolumeResizeFailed", SAYS_NO.format("pv-data"))
    assert codes(about, USER, failed, *REST) == ["resize-in-progress"]
