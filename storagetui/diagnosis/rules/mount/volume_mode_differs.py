"""A pod uses a volume as what it is not: a raw device as a file system, or the other way round."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import Reading, events, first_match, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import attachment_here, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.told import ATTACH_REASONS, MOUNT_REASONS
from storagetui.diagnosis.words import joined, quoted
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod, claim_name

DIFFERS = State(
    code="mount-volumemode",
    title="Volume mode and the way the pod uses it differ",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A volume of mode Block is used through volumeDevices and a devicePath, one of mode Filesystem through "
        "volumeMounts and a mountPath. A claim's mode cannot be changed."
    ),
    remedies=(
        "Correct the pod template: volumeDevices for Block, volumeMounts for Filesystem",
        "Make a new claim of the other mode",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#raw-block-volume-support",),
)
_OTHER_REASONS = (*MOUNT_REASONS, *ATTACH_REASONS)
"""What else may hold the pod up; without it a device that no container has as one is mounted, for all that is seen."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for a volume whose claim's mode does not fit the pod's containers."""
    begun = waiting_since(pod)
    if not ctx.older_than(begun, ctx.thresholds.container_creating_s):
        return
    told = first_match(ctx, pod, PATTERNS, begun)
    devices = {device.name for spec in (*pod.init_container_specs, *pod.container_specs) for device in spec.devices}
    for entry in pod.volumes:
        claim = None
        if (entry.claim_name or entry.is_ephemeral) and not ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
            claim = ctx.cluster.get(PersistentVolumeClaim, pod.namespace, claim_name(pod, entry))
        named = told is not None and told.match["volume"] == entry.name
        as_device = entry.name in devices
        if claim is None:
            if told is not None and named:
                yield _finding(pod, entry.name, told.match["mode"], None, told)
            continue
        is_block = claim.volume_mode == "Block"
        is_idle = is_block and not as_device and _waits_for_nothing_else(pod, ctx)
        if (as_device and not is_block) or (named and as_device is not is_block) or is_idle:
            yield _finding(pod, entry.name, claim.volume_mode or "Filesystem", claim, told if named else None)


def _waits_for_nothing_else(pod: Pod, ctx: Context) -> bool:
    """Whether all that is attached for the pod is there, and nobody complains of anything else."""
    here = (attachment_here(pod, one, ctx) for one in bound_volumes(pod, ctx))
    is_attached = all(found is None or found.is_attached for found in here)
    return is_attached and not any(events(ctx, pod, _OTHER_REASONS, waiting_since(pod)))


def _finding(pod: Pod, volume: str, mode: str, claim: PersistentVolumeClaim | None, told: Reading | None) -> Finding:
    used = "volumeMounts" if mode == "Block" else "volumeDevices"
    whose = f"claim {claim.name}" if claim is not None else f"volume {volume}"
    return DIFFERS.finding(
        pod,
        f"{whose[0].upper()}{whose[1:]} is of mode {mode}, the pod has it in {used}",
        joined(
            f"The pod uses its volume {volume} in {used}; {whose} is of volume mode {mode}, which wants "
            f"{'volumeDevices' if mode == 'Block' else 'volumeMounts'}. The kubelet mounts nothing.",
            f"It says: {quoted(message(told.event))}" if told is not None else "",
        ),
        waiting_since(pod),
        certainty=Certainty.INFERRED if claim is None or (mode == "Block" and told is None) else Certainty.CONFIRMED,
        next_step="Correct the pod template, or use a claim of the other mode.",
        evidence=(
            *((evidence(claim, "volume_mode"),) if claim is not None else ()),
            *((said(told.event),) if told is not None else ()),
        ),
        victims=(claim.key,) if claim is not None else (),
    )


PATTERNS = (
    Pattern(
        DIFFERS.code,
        Kind.POD,
        ("FailedMount",),
        re.compile(
            r"volume (?P<volume>\S+) has volumeMode (?P<mode>\w+), but is specified in "
            r"(?P<where>volumeMounts|volumeDevices)"
        ),
    ),
)
"""kubernetes: pkg/kubelet/volumemanager/populator/desired_state_of_world_populator.go."""

RULE = Rule(CREATING_CONTAINERS, (DIFFERS,), find, heard=(Heard(Kind.POD, _OTHER_REASONS),), patterns=PATTERNS)
