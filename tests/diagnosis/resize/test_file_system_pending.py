from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from tests.build import pod, storage_class, volume
from tests.diagnosis.resize.test_controller_refuses import condition, growing
from tests.diagnosis.world import codes, only

REST = (volume("pv-data", claim="shop/data", size="20Gi"), storage_class("fast"))


def pending(ago: float) -> Record:
    return growing(condition("FileSystemResizePending", ago=ago), state="NodeResizePending")


def test_resize_fs_pending_no_pod_is_calm() -> None:
    finding = only(pending(86400), *REST)
    assert (finding.code, finding.severity, finding.certainty) == (
        "resize-fs-pending-no-pod",
        Severity.INFO,
        Certainty.CONFIRMED,
    )
    assert "No pod uses it." in finding.explanation
    assert codes(growing(state="NodeResizePending"), *REST) == ["resize-fs-pending-no-pod"]
    assert codes(pending(86400), pod("shop/done", phase="Succeeded", claims=("data",)), *REST) == [
        "resize-fs-pending-no-pod"
    ]


def test_it_does_not_guess_whether_a_pod_runs() -> None:
    finding = only(pending(86400), *REST, blind=(Kind.POD,))
    assert (finding.code, finding.certainty) == ("resize-fs-pending-no-pod", Certainty.INFERRED)
    assert "Cannot tell whether a pod uses it, because pods cannot be listed." in finding.explanation


def test_resize_fs_pending_stuck_after_five_minutes_with_a_running_pod() -> None:
    user = pod("shop/web-0", claims=("data",), age=400)
    assert codes(pending(299), user, *REST) == ["resize-in-progress"]
    finding = only(pending(300), user, *REST)
    assert (finding.code, finding.severity) == ("resize-fs-pending-stuck", Severity.MEDIUM)
    assert "does not grow on node-a" in finding.title
    assert "df" in finding.next_step
    young = pod("shop/web-0", claims=("data",), age=299)
    assert codes(pending(86400), young, *REST) == ["resize-in-progress"]
