import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from tests.build import Json, claim, event, pod, stamp, storage_class, volume
from tests.diagnosis.world import codes, found, only

DRIVER = "disk.csi.example"
NO = "rpc error: code = Internal desc = backend says no"
FAILED = f'resize volume "pv-data" by resizer "{DRIVER}" failed: '


def condition(type_: str, message: str = "", ago: float = 100.0) -> Json:
    return {"type": type_, "status": "True", "message": message, "lastTransitionTime": stamp(ago)}


def growing(*conditions: Json, state: str = "ControllerResizeInProgress", **status: object) -> Record:
    """A claim that asks for 20Gi and has 10Gi."""
    made = {"capacity": {"storage": "10Gi"}, "conditions": list(conditions), **status}
    if state:
        made |= {"allocatedResources": {"storage": "20Gi"}, "allocatedResourceStatuses": {"storage": state}}
    return claim("shop/data", size="20Gi", status=made)


USER = pod("shop/web-0", claims=("data",))
REST = (volume("pv-data", claim="shop/data"), storage_class("fast"))


def test_resize_controller_error_by_its_condition() -> None:
    about = growing(condition("Resizing"), condition("ControllerResizeError", f"failed to expand pvc with {NO}", 90))
    finding = only(about, USER, *REST)
    assert finding.code == "resize-controller-error"
    assert (finding.severity, finding.certainty) == (Severity.HIGH, Certainty.CONFIRMED)
    assert finding.title == f"{DRIVER} fails to grow the volume: Internal"
    for part in (
        "asks for 20Gi and has 10Gi (ControllerResizeInProgress)",
        "backend says no",
        "Pod web-0 (Running on node-a) uses it.",
        "Class fast allows expansion.",
    ):
        assert part in finding.explanation
    assert {one.path for one in finding.evidence} >= {"spec.resources.requests[storage]", "status.conditions"}


def test_resize_controller_error_by_its_event_and_only_while_it_is_the_latest_word() -> None:
    about = growing(state="")
    failed = event(about, "VolumeResizeFailed", FAILED + NO, ago=20)
    finding = only(about, failed, *REST)
    assert (finding.code, finding.certainty) == ("resize-controller-error", Certainty.INFERRED)
    again = event(about, "Resizing", "External resizer is resizing volume pv-data", warning=False, ago=10)
    assert codes(about, failed, again, *REST) == ["resize-in-progress"]
    often = event(about, "VolumeResizeFailed", FAILED + NO, ago=20, count=7)
    assert codes(about, often, again, *REST) == ["resize-controller-error"]
    assert "failed 7 times" in only(about, often, again, *REST).explanation


def test_a_failure_of_an_earlier_expansion_is_history() -> None:
    about = growing(condition("Resizing", ago=60))
    assert codes(about, event(about, "VolumeResizeFailed", FAILED + NO, ago=61, count=9), *REST) == [
        "resize-in-progress"
    ]
    assert codes(about, event(about, "VolumeResizeFailed", FAILED + NO, ago=60, count=9), *REST) == [
        "resize-controller-error"
    ]


@pytest.mark.parametrize("state", ["ControllerResizeInfeasible", "ControllerResizeFailed"])
def test_resize_controller_infeasible_by_its_status(state: str) -> None:
    error = condition(
        "ControllerResizeError", "failed to expand pvc with rpc error: code = OutOfRange desc = 16Ti at most"
    )
    finding = only(growing(error, state=state), *REST)
    assert (finding.code, finding.certainty) == ("resize-controller-infeasible", Certainty.CONFIRMED)
    assert "can never make the volume 20Gi" in finding.title
    assert "16Ti at most" in finding.explanation
    assert finding.next_step == "Ask for less than 20Gi, and more than 10Gi."
    assert codes(growing(state=state), *REST) == ["resize-controller-infeasible"]


def test_resize_controller_infeasible_by_the_code_where_the_status_is_not_kept() -> None:
    about = growing(state="")
    for code, expected in (("OutOfRange", "resize-controller-infeasible"), ("Unavailable", "resize-controller-error")):
        failed = event(about, "VolumeResizeFailed", f"{FAILED}rpc error: code = {code} desc = x")
        finding = only(about, failed, *REST)
        assert (finding.code, finding.certainty) == (expected, Certainty.INFERRED)


def test_resize_offline_only_while_a_pod_uses_it() -> None:
    about = growing(state="")
    refused = event(
        about, "VolumeResizeFailed", f"{FAILED}rpc error: code = FailedPrecondition desc = volume is published"
    )
    finding = only(about, refused, USER, *REST)
    assert finding.code == "resize-offline-only"
    assert finding.next_step.startswith("Stop the pods")
    assert codes(about, refused, *REST) == ["resize-controller-error"]
    said = event(
        about,
        "VolumeResizeFailed",
        f"Unable to expand shop/data because CSI driver {DRIVER} only supports offline expansion and volume is "
        "currently in-use",
    )
    assert codes(about, said, USER, *REST) == ["resize-offline-only"]
    assert only(about, said, *REST).next_step.startswith("Wait: no pod uses it now")
    blind = only(about, refused, *REST, blind=(Kind.POD,))
    assert blind.code == "resize-offline-only"
    assert "Cannot tell whether a pod uses it, because pods cannot be listed." in blind.explanation


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("api error IncorrectModificationState: currently in modification state OPTIMIZING", "resize-rate-limited"),
        ("Cannot resize disk pvc-1 while it is attached to running VM /x/vm-1.", "resize-offline-only"),
        (
            "Bad request: Volume status must be '{'status': 'available'}' to extend, currently in-use.",
            "resize-offline-only",
        ),
        ("Could not resize volume: x", "resize-controller-error"),
    ],
)
def test_providers_put_it_in_their_own_words(text: str, code: str) -> None:
    about = growing(state="")
    failed = event(about, "VolumeResizeFailed", f"{FAILED}rpc error: code = Internal desc = {text}")
    assert codes(about, failed, USER, *REST) == [code]


def test_resize_rate_limited_in_event_and_condition() -> None:
    text = "VolumeModificationRateExceeded: You've reached the maximum modification rate per volume limit"
    about = growing(state="")
    assert codes(about, event(about, "VolumeResizeFailed", f"{FAILED}{text}"), *REST) == ["resize-rate-limited"]
    stands = growing(condition("ControllerResizeError", f"failed to expand pvc with {text}"))
    finding = only(stands, *REST)
    assert finding.code == "resize-rate-limited"
    assert finding.severity is Severity.MEDIUM
    assert finding.next_step.startswith("Wait")


def test_what_the_controller_said_does_not_matter_once_it_is_the_nodes_turn() -> None:
    about = growing(condition("Resizing"), state="NodeResizePending")
    failed = event(about, "VolumeResizeFailed", FAILED + NO)
    assert codes(about, failed, *REST) == ["resize-fs-pending-no-pod"]


def test_nothing_is_said_of_a_claim_that_has_what_it_asks_for_or_goes() -> None:
    at_rest = claim("shop/data", size="20Gi")
    assert codes(at_rest, event(at_rest, "VolumeResizeFailed", FAILED + NO), USER, *REST) == []
    going = claim(
        "shop/data", size="20Gi", metadata={"deletionTimestamp": stamp()}, status={"capacity": {"storage": "1Gi"}}
    )
    assert not [one for one in found(going, *REST) if one.code.startswith("resize")]
