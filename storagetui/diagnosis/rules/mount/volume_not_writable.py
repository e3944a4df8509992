"""A container that is not root cannot write to a volume that belongs to root."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import first_match, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import RUNNING_BADLY, not_ready_since
from storagetui.diagnosis.pod_volumes import Bound, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.mount.containers_fail import was_ready, words_of
from storagetui.diagnosis.words import cannot_tell, joined, quoted
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Kind
from storagetui.model.pods import ContainerSpec, ContainerStatus, Pod

DENIED = State(
    code="mount-permission-denied",
    title="Container cannot write the volume",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "The volume belongs to root. With fsGroup the kubelet changes the group of the files, but only where the "
        "driver's fsGroupPolicy lets it; an NFS export needs the right owner, or a step that sets it."
    ),
    remedies=(
        "Set fsGroup in the pod's security context",
        "Where the driver does not let the kubelet set the group, set the owner in the export or by an init container",
        "Run the container with a user that owns the files",
    ),
    links=(
        "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/"
        "#configure-volume-permission-and-ownership-change-policy-for-pods",
        "https://kubernetes-csi.github.io/docs/support-fsgroup.html",
    ),
)
_DENIED = re.compile(r"(?i)permission denied|\bEACCES\b|operation not permitted")
_SIGNALED = 128
"""Exit codes from here on mean that a signal ended the container."""
_SHARED_POLICY = "ReadWriteOnceWithFSType"


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for a container that is not root and says, or whose probe does, that it was denied something.

    One that ends without a word may have been, if it never ran and nothing gives it the group of its volume's files.
    """
    if not _writes(pod) or not ctx.older_than(not_ready_since(pod), ctx.thresholds.container_creating_s):
        return
    volumes = bound_volumes(pod, ctx)
    for spec in (*pod.init_container_specs, *pod.container_specs):
        status = _status(pod, spec)
        if status is None or status.is_ready or not _is_restricted(pod, spec):
            continue
        word = next((one for one in words_of(pod, ctx) if _DENIED.search(one.text)), None)
        if word is not None:
            facts = (word.fact, *_asked(pod, spec))
            yield _finding(pod, spec, volumes, ctx, f"It says: {quoted(word.text)}", facts)
            return
        if _crashes_mutely(status) and pod.fs_group is None and not was_ready(pod) and _policies(volumes, ctx):
            mute = "It was never Ready, ends by itself and leaves no word: its log tells whether that is the reason."
            yield _finding(pod, spec, volumes, ctx, mute, _asked(pod, spec))
            return
    told = first_match(ctx, pod, PATTERNS, not_ready_since(pod))
    if told is not None:
        text = f"The kubelet says: {quoted(message(told.event))}"
        yield _finding(pod, None, volumes, ctx, text, (said(told.event),))


def _writes(pod: Pod) -> bool:
    return any((one.claim_name and not one.is_read_only) or one.is_ephemeral for one in pod.volumes)


def _status(pod: Pod, spec: ContainerSpec) -> ContainerStatus | None:
    return next((one for one in (*pod.init_containers, *pod.containers) if one.name == spec.name), None)


def _is_restricted(pod: Pod, spec: ContainerSpec) -> bool:
    """Whether the container runs as somebody else than root, as far as the pod asks for it."""
    user = spec.run_as_user if spec.run_as_user is not None else pod.run_as_user
    return user != 0 and (user is not None or spec.run_as_non_root or pod.run_as_non_root)


def _crashes_mutely(status: ContainerStatus) -> bool:
    code = status.last_exit_code
    said_nothing = not (status.terminated_message or status.last_message)
    return status.waiting_reason == "CrashLoopBackOff" and code is not None and 0 < code < _SIGNALED and said_nothing


def _policies(volumes: list[Bound], ctx: Context) -> bool:
    """Whether a volume's driver is known to leave the files to root as long as nobody asks for a group."""
    if ctx.unknown(Kind.CSI_DRIVER):
        return False
    found = (ctx.cluster.get(CSIDriver, "", one.volume.driver) for one in volumes if one.volume.driver)
    return any(one is not None and one.fs_group_policy in ("None", _SHARED_POLICY) for one in found)


def _asked(pod: Pod, spec: ContainerSpec) -> tuple[Evidence, ...]:
    user = spec.run_as_user if spec.run_as_user is not None else pod.run_as_user
    return (
        evidence(pod, "fs_group", "(none)" if pod.fs_group is None else pod.fs_group),
        evidence(pod, "run_as_user", "not root" if user is None else user),
    )


def _finding(
    pod: Pod,
    spec: ContainerSpec | None,
    volumes: list[Bound],
    ctx: Context,
    word: str,
    facts: tuple[Evidence, ...],
) -> Finding:
    who = f"Container {spec.name}" if spec is not None else "A container of the pod"
    group = f"fsGroup {pod.fs_group}" if pod.fs_group is not None else "no fsGroup"
    return DENIED.finding(
        pod,
        f"{who} may not be able to write its volume",
        joined(
            f"{who} does not run as root, and the pod asks for {group}." if spec is not None else "",
            *(_policy(driver, ctx) for driver in dict.fromkeys(one.volume.driver for one in volumes) if driver),
            word,
        ),
        not_ready_since(pod),
        next_step="Read the container's log; set fsGroup in the pod template, or the owner in the volume."
        if pod.fs_group is None
        else "Read the container's log; look at who owns the files of the volume.",
        evidence=facts,
        victims=pod.claim_keys,
    )


def _policy(driver: str, ctx: Context) -> str:
    if blind := ctx.unknown(Kind.CSI_DRIVER):
        return cannot_tell(f"whether {driver} lets the kubelet set the group", blind)
    declared = ctx.cluster.get(CSIDriver, "", driver)
    policy = (declared.fs_group_policy if declared is not None else "") or _SHARED_POLICY
    if policy == "None":
        return f"Driver {driver} has fsGroupPolicy None: fsGroup has no effect on its volumes."
    if policy == _SHARED_POLICY:
        return f"Driver {driver} has fsGroupPolicy {policy}: fsGroup has no effect on volumes that nodes share."
    return f"Driver {driver} has fsGroupPolicy {policy}."


PATTERNS = (
    Pattern(
        DENIED.code,
        Kind.POD,
        ("AlreadyMountedVolume",),
        re.compile(
            r"The requested fsGroup is (?P<gid>\d+), but the volume (?P<volume>\S+) has GID (?P<have>\d+)\. "
            r"The volume may not be shareable"
        ),
    ),
)
"""kubernetes: pkg/volume/local/local.go."""

RULE = Rule(RUNNING_BADLY, (DENIED,), find, heard=(Heard(Kind.POD, ("AlreadyMountedVolume",)),), patterns=PATTERNS)
