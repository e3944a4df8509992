"""PersistentVolumeClaim."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Condition, HealthCondition, Part, Record
from storagetui.model.fields import At, Conversion, Pairs
from storagetui.model.keys import Kind
from storagetui.model.quantity import Quantity
from storagetui.model.volumes import Requirement

PENDING, BOUND, LOST = "Pending", "Bound", "Lost"
SHARED_MODES = ("ReadWriteMany", "ReadOnlyMany")
"""Access modes with which many nodes may have a volume."""


class DataSource(Part, frozen=True, gc=False):
    """What a volume is filled from when it is made: a VolumeSnapshot, another claim, or a populator's own kind."""

    api_group: Annotated[str, At("apiGroup", wire="1")]
    kind: Annotated[str, At("kind", wire="2")]
    name: Annotated[str, At("name", wire="3")]
    namespace: Annotated[str, At("namespace", wire="4")]


class Write(Part, frozen=True, gc=False):
    """When somebody last wrote fields of an object that are still as he left them."""

    time: Annotated[datetime | None, At("time", wire="4")]
    subresource: Annotated[str, At("subresource", wire="8")]
    """Empty for what is neither `status` nor another part with a door of its own."""


class PersistentVolumeClaim(Record, frozen=True, gc=False):
    """A request for storage (kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources)."""

    kind: ClassVar[Kind] = Kind.PERSISTENT_VOLUME_CLAIM

    phase: Annotated[str, At("status.phase", wire="3.1")]
    storage_class: Annotated[str, At("spec.storageClassName", wire="2.5")]
    """Empty both when no class is asked for and when it was left out; `class_is_named` tells them apart."""
    class_is_named: Annotated[bool, At("spec.storageClassName", Conversion.PRESENCE, wire="2.5")]
    volume_name: Annotated[str, At("spec.volumeName", UNIQUE, wire="2.3")]
    volume_mode: Annotated[str, At("spec.volumeMode", wire="2.6")]
    access_modes: Annotated[tuple[str, ...], At("spec.accessModes", wire="2.1")]
    """Those asked for."""
    granted_modes: Annotated[tuple[str, ...], At("status.accessModes", wire="3.2")]
    """Those of the volume, of which there may be more; empty until it is bound."""
    old_class: Annotated[str, At("metadata.annotations[volume.beta.kubernetes.io/storage-class]", wire="1.12")]
    """The class as it was named before Kubernetes 1.6; it still counts, and before the field."""
    selector: Annotated[Pairs, At("spec.selector.matchLabels", wire="2.4.1")]
    selector_expressions: Annotated[tuple[Requirement, ...], At("spec.selector.matchExpressions", wire="2.4.2")]
    requested: Annotated[Quantity | None, At("spec.resources.requests[storage]", wire="2.2.2")]
    """Bytes."""
    capacity: Annotated[Quantity | None, At("status.capacity[storage]", wire="3.3")]
    """Bytes; what the volume really has once bound."""
    allocated: Annotated[Quantity | None, At("status.allocatedResources[storage]", wire="3.5")]
    """Bytes; what an expansion is growing to."""
    allocated_status: Annotated[str, At("status.allocatedResourceStatuses[storage]", wire="3.7")]
    """How far an expansion is, `NodeResizePending` for instance; empty without one."""
    conditions: Annotated[tuple[Condition, ...], At("status.conditions", wire="3.4")]
    data_source: Annotated[DataSource | None, At("spec.dataSourceRef", wire="2.8")]
    attributes_class: Annotated[str, At("spec.volumeAttributesClassName", wire="2.9")]
    current_attributes_class: Annotated[str, At("status.currentVolumeAttributesClassName", wire="3.8")]
    target_attributes_class: Annotated[
        str, At("status.modifyVolumeStatus.targetVolumeAttributesClassName", wire="3.9.1")
    ]
    modify_status: Annotated[str, At("status.modifyVolumeStatus.status", wire="3.9.2")]
    """`Pending`, `InProgress` or `Infeasible`; empty while no attributes are to be changed."""
    health: Annotated[tuple[HealthCondition, ...], At("status.healthStatus.healthConditions", wire="3.10.1")]
    health_time: Annotated[datetime | None, At("status.healthStatus.lastTransitionTime", wire="3.10.2")]
    writes: Annotated[tuple[Write, ...], At("metadata.managedFields", wire="1.17")]
    selected_node: Annotated[str, At("metadata.annotations[volume.kubernetes.io/selected-node]", wire="1.12")]
    """Set by the scheduler when binding waits for the first consumer."""
    provisioner: Annotated[str, At("metadata.annotations[volume.kubernetes.io/storage-provisioner]", wire="1.12")]
    """Who was asked to make the volume."""
    bind_completed: Annotated[
        bool, At("metadata.annotations[pv.kubernetes.io/bind-completed]", Conversion.PRESENCE, wire="1.12")
    ]

    @property
    def class_name(self) -> str:
        """The class asked for, in either of the two places (k8s.io/component-helpers/storage/volume/helpers.go)."""
        return self.old_class or self.storage_class

    @property
    def names_class(self) -> bool:
        """Whether a class was asked for, if only the empty one, which means that none is wanted."""
        return self.class_is_named or bool(self.old_class)

    @property
    def has_selector(self) -> bool:
        """Whether only volumes with certain labels will do."""
        return bool(self.selector or self.selector_expressions)

    @property
    def modes(self) -> tuple[str, ...]:
        """The access modes that hold: those of the volume once there is one, as kubectl prints them."""
        return self.granted_modes or self.access_modes

    @property
    def last_written(self) -> datetime | None:
        """When the claim was last written otherwise than in its status: what it asks for is no newer than that."""
        return max((one.time for one in self.writes if one.time is not None and not one.subresource), default=None)

    @property
    def unused_since(self) -> datetime | None:
        """Since when no pod refers to the claim, where the server says so (condition `Unused`, Kubernetes 1.37)."""
        for one in self.conditions:
            if one.type == "Unused" and one.status == "True":
                return one.last_transition_time
        return None
