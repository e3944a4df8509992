"""StatefulSet, Deployment, ReplicaSet, Job and the Service that names a set's pods."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import Condition, Part, Record
from storagetui.model.fields import At, Pairs
from storagetui.model.keys import Kind
from storagetui.model.quantity import Quantity


class ClaimTemplate(Part, frozen=True, gc=False):
    """One entry of `spec.volumeClaimTemplates`."""

    name: Annotated[str, At("metadata.name")]
    storage_class: Annotated[str, At("spec.storageClassName")]
    access_modes: Annotated[tuple[str, ...], At("spec.accessModes")]
    requested: Annotated[Quantity | None, At("spec.resources.requests[storage]")]
    """Bytes."""


class TemplateVolume(Part, frozen=True, gc=False):
    """A volume of a pod template that names a claim."""

    name: Annotated[str, At("name")]
    claim_name: Annotated[str, At("persistentVolumeClaim.claimName")]


class StatefulSet(Record, frozen=True, gc=False):
    """Pods with stable names and a claim of their own for each claim template."""

    kind: ClassVar[Kind] = Kind.STATEFUL_SET

    replicas: Annotated[int | None, At("spec.replicas")]
    start_ordinal: Annotated[int | None, At("spec.ordinals.start")]
    service_name: Annotated[str, At("spec.serviceName")]
    pod_management_policy: Annotated[str, At("spec.podManagementPolicy")]
    update_strategy: Annotated[str, At("spec.updateStrategy.type")]
    partition: Annotated[int | None, At("spec.updateStrategy.rollingUpdate.partition")]
    retention_when_deleted: Annotated[str, At("spec.persistentVolumeClaimRetentionPolicy.whenDeleted")]
    retention_when_scaled: Annotated[str, At("spec.persistentVolumeClaimRetentionPolicy.whenScaled")]
    selector: Annotated[Pairs, At("spec.selector.matchLabels")]
    claim_templates: Annotated[tuple[ClaimTemplate, ...], At("spec.volumeClaimTemplates")]
    template_volumes: Annotated[tuple[TemplateVolume, ...], At("spec.template.spec.volumes")]
    generation: Annotated[int | None, At("metadata.generation")]
    observed_generation: Annotated[int | None, At("status.observedGeneration")]
    current_replicas: Annotated[int | None, At("status.currentReplicas")]
    updated_replicas: Annotated[int | None, At("status.updatedReplicas")]
    ready_replicas: Annotated[int | None, At("status.readyReplicas")]
    current_revision: Annotated[str, At("status.currentRevision")]
    update_revision: Annotated[str, At("status.updateRevision")]

    @property
    def wanted(self) -> int:
        """The number of pods asked for; absent means 1."""
        return 1 if self.replicas is None else self.replicas

    @property
    def ordinals(self) -> range:
        """The ordinals asked for, from the start ordinal on (KEP-3335, `spec.ordinals.start`)."""
        start = self.start_ordinal or 0
        return range(start, start + self.wanted)


class Deployment(Record, frozen=True, gc=False):
    """Pods that are all alike, through ReplicaSets."""

    kind: ClassVar[Kind] = Kind.DEPLOYMENT

    replicas: Annotated[int | None, At("spec.replicas")]
    ready_replicas: Annotated[int | None, At("status.readyReplicas")]
    strategy: Annotated[str, At("spec.strategy.type")]
    selector: Annotated[Pairs, At("spec.selector.matchLabels")]
    template_volumes: Annotated[tuple[TemplateVolume, ...], At("spec.template.spec.volumes")]
    conditions: Annotated[tuple[Condition, ...], At("status.conditions")]


class ReplicaSet(Record, frozen=True, gc=False):
    """One generation of a Deployment's pods."""

    kind: ClassVar[Kind] = Kind.REPLICA_SET

    replicas: Annotated[int | None, At("spec.replicas")]
    ready_replicas: Annotated[int | None, At("status.readyReplicas")]
    template_volumes: Annotated[tuple[TemplateVolume, ...], At("spec.template.spec.volumes")]
    conditions: Annotated[tuple[Condition, ...], At("status.conditions")]


class Job(Record, frozen=True, gc=False):
    """Pods that run to an end."""

    kind: ClassVar[Kind] = Kind.JOB

    active: Annotated[int | None, At("status.active")]
    completion_time: Annotated[datetime | None, At("status.completionTime")]
    template_volumes: Annotated[tuple[TemplateVolume, ...], At("spec.template.spec.volumes")]
    conditions: Annotated[tuple[Condition, ...], At("status.conditions")]


class Service(Record, frozen=True, gc=False):
    """The name under which pods are found."""

    kind: ClassVar[Kind] = Kind.SERVICE

    cluster_ip: Annotated[str, At("spec.clusterIP")]
    """`None` (the word) for a headless Service."""
    selector: Annotated[Pairs, At("spec.selector")]
