"""The slice of a Pod that storage needs."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Condition, Part, Record
from storagetui.model.fields import At, Conversion
from storagetui.model.keys import Key, Kind


class PodVolume(Part, frozen=True, gc=False):
    """One entry of `spec.volumes`; of kinds other than claims only the name is kept."""

    name: Annotated[str, At("name")]
    claim_name: Annotated[str, At("persistentVolumeClaim.claimName", UNIQUE)]
    """Empty unless the volume is a claim."""
    is_read_only: Annotated[bool, At("persistentVolumeClaim.readOnly")]
    is_ephemeral: Annotated[bool, At("ephemeral", Conversion.PRESENCE)]
    """A generic ephemeral volume: its claim is named `<pod>-<volume>` and lives as long as the pod."""


class ContainerStatus(Part, frozen=True, gc=False):
    """One entry of `status.containerStatuses` or `status.initContainerStatuses`."""

    name: Annotated[str, At("name")]
    is_ready: Annotated[bool, At("ready")]
    restart_count: Annotated[int | None, At("restartCount")]
    waiting_reason: Annotated[str, At("state.waiting.reason")]
    waiting_message: Annotated[str, At("state.waiting.message", UNIQUE)]
    terminated_reason: Annotated[str, At("state.terminated.reason")]
    exit_code: Annotated[int | None, At("state.terminated.exitCode")]
    signal: Annotated[int | None, At("state.terminated.signal")]
    started_at: Annotated[datetime | None, At("state.running.startedAt")]
    """None for a container that does not run."""
    is_started: Annotated[bool, At("started")]
    """Whether it runs and has passed its startup probe."""
    last_finished_at: Annotated[datetime | None, At("lastState.terminated.finishedAt")]
    """When the run before this one ended."""


class ContainerSpec(Part, frozen=True, gc=False):
    """One entry of `spec.containers` or `spec.initContainers`."""

    name: Annotated[str, At("name")]
    restart_policy: Annotated[str, At("restartPolicy")]
    """`Always` makes an init container a sidecar (KEP-753); empty otherwise."""


class Pod(Record, frozen=True, gc=False):
    """A pod."""

    kind: ClassVar[Kind] = Kind.POD

    phase: Annotated[str, At("status.phase")]
    reason: Annotated[str, At("status.reason")]
    message: Annotated[str, At("status.message", UNIQUE)]
    node_name: Annotated[str, At("spec.nodeName")]
    nominated_node: Annotated[str, At("status.nominatedNodeName")]
    start_time: Annotated[datetime | None, At("status.startTime")]
    deletion_grace_period_seconds: Annotated[int | None, At("metadata.deletionGracePeriodSeconds")]
    volumes: Annotated[tuple[PodVolume, ...], At("spec.volumes")]
    conditions: Annotated[tuple[Condition, ...], At("status.conditions")]
    containers: Annotated[tuple[ContainerStatus, ...], At("status.containerStatuses")]
    init_containers: Annotated[tuple[ContainerStatus, ...], At("status.initContainerStatuses")]
    container_specs: Annotated[tuple[ContainerSpec, ...], At("spec.containers")]
    init_container_specs: Annotated[tuple[ContainerSpec, ...], At("spec.initContainers")]

    @property
    def claim_keys(self) -> tuple[Key, ...]:
        """The claims that the pod's volumes name, in the order of the volumes."""
        return tuple(
            Key(Kind.PERSISTENT_VOLUME_CLAIM, self.namespace, claim_name(self, volume))
            for volume in self.volumes
            if volume.claim_name or volume.is_ephemeral
        )

    @property
    def is_ready(self) -> bool:
        """Whether the condition Ready is True."""
        return any(one.type == "Ready" and one.status == "True" for one in self.conditions)


def claim_name(pod: Pod, volume: PodVolume) -> str:
    """The claim behind a volume of a pod.

    For a generic ephemeral volume `<pod>-<volume>` (kubernetes.io/docs/concepts/storage/ephemeral-volumes).
    """
    return volume.claim_name or f"{pod.name}-{volume.name}"
