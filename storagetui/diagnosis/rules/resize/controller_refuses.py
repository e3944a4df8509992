"""The driver's controller does not grow a volume."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.diagnosis.growth import (
    CONTROLLER_INFEASIBLE,
    GROWING,
    RESIZE_FAILED,
    RESIZING,
    Complaint,
    complaint,
    driver,
    facts,
    is_at_node,
    is_growing,
    told,
    users,
    volume,
)
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import moment, quoted
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

_RECOVERY = (
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#recovering-from-failure-when-expanding-volumes"
)
_KEP = "https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/1790-recover-resize-failure"

INFEASIBLE = State(
    code="resize-controller-infeasible",
    title="Driver says that size can never be reached",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The driver answered InvalidArgument, OutOfRange or NotFound, so that trying again does not help and is done "
        "rarely. Quota counts the bigger of what is asked for and what an expansion has been begun to, until less is "
        "asked for."
    ),
    remedies=(
        "Ask for less than the size that failed, and more than the claim has",
        "Keep the volume, and make a smaller claim bound to it, where the server does not let the size be lowered",
    ),
    links=(_RECOVERY, _KEP),
)
RATE_LIMITED = State(
    code="resize-rate-limited",
    title="Provider's cool-down between modifications",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "The provider lets a volume be changed only so often, and a change must have ended before the next: with EBS "
        "six hours and the phase optimizing. The resizer goes on trying, and succeeds afterwards."
    ),
    remedies=("Wait until the provider lets the volume be changed again", "Ask for enough in one step next time"),
    links=(
        "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modify-volume.html",
        "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/faq.md",
    ),
)
OFFLINE_ONLY = State(
    code="resize-offline-only",
    title="Driver expands only unused volumes",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver answered FailedPrecondition while the volume was published to a node. The resizer waits until no "
        "pod uses the claim, then tries by itself."
    ),
    remedies=(
        "Stop every pod that uses the claim, wait until it has grown, and start them again",
        "Ask for less again, but more than the claim has, to give it up",
    ),
    links=("https://kubernetes-csi.github.io/docs/volume-expansion.html",),
)
FAILED = State(
    code="resize-controller-error",
    title="Driver fails to grow the volume, retried",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The driver answered ControllerExpandVolume with an error that does not speak against the size, and is asked "
        "again. The condition ControllerResizeError, which resizers since 1.12 set, stays until the expansion ends."
    ),
    remedies=(
        "Read the log of the driver's controller and of its sidecar csi-resizer",
        "Mend what the provider complains of: rights, quota, room",
        "Ask for less than the size that failed, and more than the claim has",
    ),
    links=(_RECOVERY,),
)

_RATE = re.compile(
    r"VolumeModificationRateExceeded|volume \S+ in OPTIMIZING state, cannot currently modify"
    r"|maximum modification rate per volume|IncorrectModificationState|in modification state OPTIMIZING"
)
_OFFLINE = re.compile(
    r"Unable to expand (?P<pvc>\S+) because CSI driver (?P<driver>\S+) only supports offline expansion and volume is "
    r"currently in-use"
    r"|Cannot resize disk \S+ while it is attached to running VM|Volume status must be .{0,60}to extend, .*in-use"
)
_PRECONDITION = re.compile(r"(?:failed: |failed to expand pvc with )rpc error: code = FailedPrecondition")
_INFEASIBLE = re.compile(
    r'resize volume "(?P<pv>[^"]+)" by resizer "(?P<driver>[^"]+)" failed: '
    r"rpc error: code = (?P<code>InvalidArgument|OutOfRange|NotFound) "
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield one of the four states, by the claim's status and by what the resizer says."""
    if not is_growing(claim) or is_at_node(claim):
        return
    said = complaint(claim, ctx)
    name = driver(claim, volume(claim, ctx))
    size = claim.allocated or claim.requested
    if claim.allocated_status in CONTROLLER_INFEASIBLE:
        yield _finding(INFEASIBLE, claim, ctx, said, f"{name} can never make the volume {size}", certain=True)
    elif said is None:
        return
    elif _RATE.search(said.text):
        yield _finding(RATE_LIMITED, claim, ctx, said, f"The provider does not let {name} change the volume again yet")
    elif _OFFLINE.search(said.text) or (_PRECONDITION.search(said.text) and _may_be_used(claim, ctx)):
        yield _finding(OFFLINE_ONLY, claim, ctx, said, f"{name} grows the volume only while no pod uses it")
    elif _INFEASIBLE.search(said.text):
        yield _finding(INFEASIBLE, claim, ctx, said, f"{name} can never make the volume {size}")
    else:
        code = f": {said.grpc}" if said.grpc else ""
        title = f"{name} fails to grow the volume{code}"
        yield _finding(FAILED, claim, ctx, said, title, certain=said.is_condition)


def _may_be_used(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    return bool(ctx.unknown(Kind.POD)) or bool(users(claim, ctx))


def _finding(
    state: State, claim: PersistentVolumeClaim, ctx: Context, said: Complaint | None, title: str, certain: bool = False
) -> Finding:
    words = ""
    if said is not None:
        times = f" {said.times} times" if said.times > 1 else ""
        last = f", last at {moment(said.last)}" if said.last is not None else ""
        words = f"Growing it has failed{times}{last}: {quoted(said.why)}"
    return state.finding(
        claim,
        title,
        told(claim, ctx, words, hint(driver(claim, volume(claim, ctx)), Topic.EXPAND)),
        said.since if said is not None else None,
        certainty=Certainty.CONFIRMED if certain else Certainty.INFERRED,
        next_step=_step(state, claim, ctx),
        evidence=(*facts(claim), *((said.evidence,) if said is not None else ())),
    )


def _step(state: State, claim: PersistentVolumeClaim, ctx: Context) -> str:
    name = driver(claim, volume(claim, ctx))
    if state is INFEASIBLE:
        return f"Ask for less than {claim.allocated or claim.requested}, and more than {claim.capacity}."
    if state is RATE_LIMITED:
        return "Wait: it is tried again until the provider lets it happen."
    if state is OFFLINE_ONLY:
        found = users(claim, ctx)
        if not found and not ctx.unknown(Kind.POD):
            return "Wait: no pod uses it now, and the resizer tries again."
        return "Stop the pods that use the claim, wait until it has grown, then start them again."
    return f"Read the log of the controller of {name}, of its container csi-resizer first."


PATTERNS = (
    Pattern(RATE_LIMITED.code, Kind.PERSISTENT_VOLUME_CLAIM, (RESIZE_FAILED,), _RATE),
    Pattern(OFFLINE_ONLY.code, Kind.PERSISTENT_VOLUME_CLAIM, (RESIZE_FAILED,), _OFFLINE),
    Pattern(OFFLINE_ONLY.code, Kind.PERSISTENT_VOLUME_CLAIM, (RESIZE_FAILED,), _PRECONDITION),
    Pattern(INFEASIBLE.code, Kind.PERSISTENT_VOLUME_CLAIM, (RESIZE_FAILED,), _INFEASIBLE),
    Pattern(
        FAILED.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        (RESIZE_FAILED,),
        re.compile(r'error expanding volume "(?P<pvc>[^"]+)" of plugin "(?P<plugin>[^"]+)": (?P<why>.+)'),
    ),
    Pattern(
        FAILED.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        (RESIZE_FAILED,),
        re.compile(r'resize volume "?(?P<pv>[^" ]+)"? (?:by resizer "(?P<driver>[^"]+)" )?failed: (?P<why>.+)'),
        is_catch_all=True,
    ),
    Pattern(FAILED.code, Kind.PERSISTENT_VOLUME_CLAIM, (), re.compile(r"failed to expand pvc with (?P<why>.+)")),
)

RULE = Rule(
    GROWING,
    (INFEASIBLE, RATE_LIMITED, OFFLINE_ONLY, FAILED),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, (RESIZE_FAILED, RESIZING, "ExternalExpanding")),),
    patterns=PATTERNS,
)
