"""StatefulSet, Deployment, ReplicaSet, Job and the Service that names a set's pods."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNLESS_ZERO, Condition, Part, Record
from storagetui.model.fields import At, Pairs
from storagetui.model.keys import Kind
from storagetui.model.quantity import Quantity


class ClaimTemplate(Part, frozen=True, gc=False):
    """One entry of `spec.volumeClaimTemplates`."""

    name: Annotated[str, At("metadata.name", wire="1.1")]
    storage_class: Annotated[str, At("spec.storageClassName", wire="2.5")]
    access_modes: Annotated[tuple[str, ...], At("spec.accessModes", wire="2.1")]
    requested: Annotated[Quantity | None, At("spec.resources.requests[storage]", wire="2.2.2")]
    """Bytes."""


class TemplateVolume(Part, frozen=True, gc=False):
    """A volume of a pod template that names a claim."""

    name: Annotated[str, At("name", wire="1")]
    claim_name: Annotated[str, At("persistentVolumeClaim.claimName", wire="2.10.1")]


class StatefulSet(Record, frozen=True, gc=False):
    """Pods with stable names and a claim of their own for each claim template."""

    kind: ClassVar[Kind] = Kind.STATEFUL_SET

    replicas: Annotated[int | None, At("spec.replicas", wire="2.1")]
    start_ordinal: Annotated[int | None, At("spec.ordinals.start", wire="2.11.1")]
    service_name: Annotated[str, At("spec.serviceName", wire="2.5")]
    pod_management_policy: Annotated[str, At("spec.podManagementPolicy", wire="2.6")]
    update_strategy: Annotated[str, At("spec.updateStrategy.type", wire="2.7.1")]
    partition: Annotated[int | None, At("spec.updateStrategy.rollingUpdate.partition", wire="2.7.2.1")]
    retention_when_deleted: Annotated[str, At("spec.persistentVolumeClaimRetentionPolicy.whenDeleted", wire="2.10.1")]
    retention_when_scaled: Annotated[str, At("spec.persistentVolumeClaimRetentionPolicy.whenScaled", wire="2.10.2")]
    selector: Annotated[Pairs, At("spec.selector.matchLabels", wire="2.2.1")]
    claim_templates: Annotated[tuple[ClaimTemplate, ...], At("spec.volumeClaimTemplates", wire="2.4")]
    template_volumes: Annotated[tuple[TemplateVolume, ...], At("spec.template.spec.volumes", wire="2.3.2.1")]
    generation: Annotated[int | None, At("metadata.generation", UNLESS_ZERO, wire="1.7")]
    observed_generation: Annotated[int | None, At("status.observedGeneration", UNLESS_ZERO, wire="3.1")]
    current_replicas: Annotated[int | None, At("status.currentReplicas", UNLESS_ZERO, wire="3.4")]
    updated_replicas: Annotated[int | None, At("status.updatedReplicas", UNLESS_ZERO, wire="3.5")]
    ready_replicas: Annotated[int | None, At("status.readyReplicas", UNLESS_ZERO, wire="3.3")]
    current_revision: Annotated[str, At("status.currentRevision", wire="3.6")]
    update_revision: Annotated[str, At("status.updateRevision", wire="3.7")]

    @property
    def wanted(self) -> int:
        """The number of pods asked for; absent means 1."""
        return 1 if self.replicas is None else self.replicas

    @property
    def ordinals(self) -> range:
        """The ordinals asked for, from the start ordinal on (KEP-3335, `spec.ordinals.start`)."""
        start = self.start_ordinal or 0
        return range(start, start + self.wanted)


class DeploymentCondition(Condition, frozen=True, gc=False):
    """A condition of a Deployment, whose fields have other numbers in protobuf."""

    reason: Annotated[str, At("reason", wire="4")]
    message: Annotated[str, At("message", wire="5")]
    last_transition_time: Annotated[datetime | None, At("lastTransitionTime", wire="7")]


class ReplicaSetCondition(Condition, frozen=True, gc=False):
    """A condition of a ReplicaSet, whose fields have other numbers in protobuf."""

    reason: Annotated[str, At("reason", wire="4")]
    message: Annotated[str, At("message", wire="5")]
    last_transition_time: Annotated[datetime | None, At("lastTransitionTime", wire="3")]


class Deployment(Record, frozen=True, gc=False):
    """Pods that are all alike, through ReplicaSets."""

    kind: ClassVar[Kind] = Kind.DEPLOYMENT

    replicas: Annotated[int | None, At("spec.replicas", wire="2.1")]
    ready_replicas: Annotated[int | None, At("status.readyReplicas", UNLESS_ZERO, wire="3.7")]
    strategy: Annotated[str, At("spec.strategy.type", wire="2.4.1")]
    selector: Annotated[Pairs, At("spec.selector.matchLabels", wire="2.2.1")]
    template_volumes: Annotated[tuple[TemplateVolume, ...], At("spec.template.spec.volumes", wire="2.3.2.1")]
    conditions: Annotated[tuple[DeploymentCondition, ...], At("status.conditions", wire="3.6")]


class ReplicaSet(Record, frozen=True, gc=False):
    """One generation of a Deployment's pods."""

    kind: ClassVar[Kind] = Kind.REPLICA_SET

    replicas: Annotated[int | None, At("spec.replicas", wire="2.1")]
    ready_replicas: Annotated[int | None, At("status.readyReplicas", UNLESS_ZERO, wire="3.4")]
    template_volumes: Annotated[tuple[TemplateVolume, ...], At("spec.template.spec.volumes", wire="2.3.2.1")]
    conditions: Annotated[tuple[ReplicaSetCondition, ...], At("status.conditions", wire="3.6")]


class Job(Record, frozen=True, gc=False):
    """Pods that run to an end."""

    kind: ClassVar[Kind] = Kind.JOB

    active: Annotated[int | None, At("status.active", UNLESS_ZERO, wire="3.4")]
    completion_time: Annotated[datetime | None, At("status.completionTime", wire="3.3")]
    template_volumes: Annotated[tuple[TemplateVolume, ...], At("spec.template.spec.volumes", wire="2.6.2.1")]
    conditions: Annotated[tuple[Condition, ...], At("status.conditions", wire="3.1")]


class Service(Record, frozen=True, gc=False):
    """The name under which pods are found."""

    kind: ClassVar[Kind] = Kind.SERVICE

    cluster_ip: Annotated[str, At("spec.clusterIP", wire="2.3")]
    """`None` (the word) for a headless Service."""
    selector: Annotated[Pairs, At("spec.selector", wire="2.2")]
