"""The slice of a Pod that storage needs."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, UNLESS_ZERO, Brief, Condition, HealthCondition, OwnerReference, Part, Record
from storagetui.model.fields import At, Conversion, Pairs
from storagetui.model.keys import Key, Kind


class PodVolume(Part, frozen=True, gc=False):
    """One entry of `spec.volumes`; of kinds other than claims only the name is kept."""

    name: Annotated[str, At("name", wire="1")]
    claim_name: Annotated[str, At("persistentVolumeClaim.claimName", UNIQUE, wire="2.10.1")]
    """Empty unless the volume is a claim."""
    is_read_only: Annotated[bool, At("persistentVolumeClaim.readOnly", wire="2.10.2")]
    is_ephemeral: Annotated[bool, At("ephemeral", Conversion.PRESENCE, wire="2.29")]
    """A generic ephemeral volume: its claim is named `<pod>-<volume>` and lives as long as the pod."""
    inline_driver: Annotated[str, At("csi.driver", wire="2.28.1")]
    """The CSI driver of an inline volume; empty for everything else."""


class ContainerStatus(Part, frozen=True, gc=False):
    """One entry of `status.containerStatuses` or `status.initContainerStatuses`."""

    name: Annotated[str, At("name", wire="1")]
    is_ready: Annotated[bool, At("ready", wire="4")]
    restart_count: Annotated[int | None, At("restartCount", wire="5")]
    waiting_reason: Annotated[str, At("state.waiting.reason", wire="2.1.1")]
    waiting_message: Annotated[str, At("state.waiting.message", UNIQUE, wire="2.1.2")]
    terminated_reason: Annotated[str, At("state.terminated.reason", wire="2.3.3")]
    exit_code: Annotated[int | None, At("state.terminated.exitCode", wire="2.3.1")]
    signal: Annotated[int | None, At("state.terminated.signal", UNLESS_ZERO, wire="2.3.2")]
    started_at: Annotated[datetime | None, At("state.running.startedAt", wire="2.2.1")]
    """None for a container that does not run."""
    is_started: Annotated[bool, At("started", wire="9")]
    """Whether it runs and has passed its startup probe."""
    last_finished_at: Annotated[datetime | None, At("lastState.terminated.finishedAt", wire="3.3.6")]
    """When the run before this one ended."""
    terminated_message: Annotated[str, At("state.terminated.message", UNIQUE, wire="2.3.4")]
    """What the container left behind: its message file, or the end of its log where the pod asks for that."""
    last_reason: Annotated[str, At("lastState.terminated.reason", wire="3.3.3")]
    last_exit_code: Annotated[int | None, At("lastState.terminated.exitCode", wire="3.3.1")]
    last_message: Annotated[str, At("lastState.terminated.message", UNIQUE, wire="3.3.4")]


class Device(Part, frozen=True, gc=False):
    """One entry of a container's `volumeDevices`."""

    name: Annotated[str, At("name", wire="1")]
    """Of the pod's volume."""


class ContainerSpec(Part, frozen=True, gc=False):
    """One entry of `spec.containers` or `spec.initContainers`."""

    is_alike: ClassVar[bool] = True

    name: Annotated[str, At("name", wire="1")]
    restart_policy: Annotated[str, At("restartPolicy", wire="24")]
    """`Always` makes an init container a sidecar (KEP-753); empty otherwise."""
    devices: Annotated[tuple[Device, ...], At("volumeDevices", wire="21")]
    """The volumes that it uses as raw devices."""
    run_as_user: Annotated[int | None, At("securityContext.runAsUser", wire="15.4")]
    run_as_non_root: Annotated[bool, At("securityContext.runAsNonRoot", wire="15.5")]
    root_is_read_only: Annotated[bool, At("securityContext.readOnlyRootFilesystem", wire="15.6")]


class VolumeHealth(Part, frozen=True, gc=False):
    """How a volume of the pod is on its node, as the driver says (Kubernetes 1.37, behind the gate CSIVolumeHealth)."""

    name: Annotated[str, At("name", wire="1")]
    """Of the pod's volume."""
    conditions: Annotated[tuple[HealthCondition, ...], At("healthConditions", wire="2")]
    last_transition_time: Annotated[datetime | None, At("lastTransitionTime", wire="3")]


_READY = (Condition("Ready", "True", "", "", None),)


def _is_ready(conditions: tuple[Condition, ...]) -> bool:
    for one in conditions:
        if one.type == "Ready":
            return one.status == "True"
    return False


def _is_whole(
    volumes: tuple[PodVolume, ...],
    owners: tuple[OwnerReference, ...],
    phase: str,
    conditions: tuple[Condition, ...],
) -> bool:
    """Whether a pod is in trouble or has to do with storage: with a claim, a driver's volume, or in a set's matrix."""
    if phase != "Succeeded" and not (phase == "Running" and _is_ready(conditions)):
        return True
    for one in volumes:
        if one.claim_name or one.is_ephemeral or one.inline_driver:
            return True
    return any(owner.kind == Kind.STATEFUL_SET for owner in owners)


class Pod(Record, frozen=True, gc=False):
    """A pod."""

    kind: ClassVar[Kind] = Kind.POD
    brief: ClassVar[Brief | None] = Brief(
        ("volumes", "owners", "phase", "conditions"),
        _is_whole,
        frozenset(Record.__struct_fields__) - {"labels"} | {"phase", "node_name"},
        {"conditions": lambda conditions: _READY if _is_ready(conditions) else ()},
    )

    phase: Annotated[str, At("status.phase", wire="3.1")]
    reason: Annotated[str, At("status.reason", wire="3.4")]
    message: Annotated[str, At("status.message", UNIQUE, wire="3.3")]
    node_name: Annotated[str, At("spec.nodeName", wire="2.10")]
    node_selector: Annotated[Pairs, At("spec.nodeSelector", wire="2.7")]
    nominated_node: Annotated[str, At("status.nominatedNodeName", wire="3.11")]
    start_time: Annotated[datetime | None, At("status.startTime", wire="3.7")]
    deletion_grace_period_seconds: Annotated[int | None, At("metadata.deletionGracePeriodSeconds", wire="1.10")]
    volumes: Annotated[tuple[PodVolume, ...], At("spec.volumes", wire="2.1")]
    conditions: Annotated[tuple[Condition, ...], At("status.conditions", wire="3.2")]
    containers: Annotated[tuple[ContainerStatus, ...], At("status.containerStatuses", wire="3.8")]
    init_containers: Annotated[tuple[ContainerStatus, ...], At("status.initContainerStatuses", wire="3.10")]
    container_specs: Annotated[tuple[ContainerSpec, ...], At("spec.containers", wire="2.2")]
    init_container_specs: Annotated[tuple[ContainerSpec, ...], At("spec.initContainers", wire="2.20")]
    fs_group: Annotated[int | None, At("spec.securityContext.fsGroup", wire="2.14.5")]
    volume_health: Annotated[tuple[VolumeHealth, ...], At("status.volumeHealth", wire="3.22")]
    fs_group_change_policy: Annotated[str, At("spec.securityContext.fsGroupChangePolicy", wire="2.14.9")]
    run_as_user: Annotated[int | None, At("spec.securityContext.runAsUser", wire="2.14.2")]
    run_as_non_root: Annotated[bool, At("spec.securityContext.runAsNonRoot", wire="2.14.3")]

    @property
    def claim_keys(self) -> tuple[Key, ...]:
        """The claims that the pod's volumes name, in the order of the volumes."""
        return tuple(
            [
                Key(Kind.PERSISTENT_VOLUME_CLAIM, self.namespace, volume.claim_name or claim_name(self, volume))
                for volume in self.volumes
                if volume.claim_name or volume.is_ephemeral
            ]
        )

    @property
    def is_ready(self) -> bool:
        """Whether the condition Ready is True."""
        return _is_ready(self.conditions)


def claim_name(pod: Pod, volume: PodVolume) -> str:
    """The claim behind a volume of a pod.

    For a generic ephemeral volume `<pod>-<volume>` (kubernetes.io/docs/concepts/storage/ephemeral-volumes).
    """
    return volume.claim_name or f"{pod.name}-{volume.name}"
