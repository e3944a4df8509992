"""PersistentVolumeClaim."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Condition, Part, Record
from storagetui.model.fields import At, Conversion, Pairs
from storagetui.model.keys import Kind
from storagetui.model.quantity import Quantity

PENDING, BOUND, LOST = "Pending", "Bound", "Lost"


class DataSource(Part, frozen=True, gc=False):
    """What a volume is filled from when it is made: a VolumeSnapshot, another claim, or a populator's own kind."""

    api_group: Annotated[str, At("apiGroup")]
    kind: Annotated[str, At("kind")]
    name: Annotated[str, At("name")]
    namespace: Annotated[str, At("namespace")]


class PersistentVolumeClaim(Record, frozen=True, gc=False):
    """A request for storage (kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources)."""

    kind: ClassVar[Kind] = Kind.PERSISTENT_VOLUME_CLAIM

    phase: Annotated[str, At("status.phase")]
    storage_class: Annotated[str, At("spec.storageClassName")]
    """Empty both when no class is asked for and when it was left out; `class_is_named` tells them apart."""
    class_is_named: Annotated[bool, At("spec.storageClassName", Conversion.PRESENCE)]
    volume_name: Annotated[str, At("spec.volumeName", UNIQUE)]
    volume_mode: Annotated[str, At("spec.volumeMode")]
    access_modes: Annotated[tuple[str, ...], At("spec.accessModes")]
    """Those asked for."""
    granted_modes: Annotated[tuple[str, ...], At("status.accessModes")]
    """Those of the volume, of which there may be more; empty until it is bound."""
    selector: Annotated[Pairs, At("spec.selector.matchLabels")]
    requested: Annotated[Quantity | None, At("spec.resources.requests[storage]")]
    """Bytes."""
    capacity: Annotated[Quantity | None, At("status.capacity[storage]")]
    """Bytes; what the volume really has once bound."""
    allocated: Annotated[Quantity | None, At("status.allocatedResources[storage]")]
    """Bytes; what an expansion is growing to."""
    allocated_status: Annotated[str, At("status.allocatedResourceStatuses[storage]")]
    """How far an expansion is, `NodeResizePending` for instance; empty without one."""
    conditions: Annotated[tuple[Condition, ...], At("status.conditions")]
    data_source: Annotated[DataSource | None, At("spec.dataSourceRef")]
    attributes_class: Annotated[str, At("spec.volumeAttributesClassName")]
    current_attributes_class: Annotated[str, At("status.currentVolumeAttributesClassName")]
    selected_node: Annotated[str, At("metadata.annotations[volume.kubernetes.io/selected-node]")]
    """Set by the scheduler when binding waits for the first consumer."""
    provisioner: Annotated[str, At("metadata.annotations[volume.kubernetes.io/storage-provisioner]")]
    """Who was asked to make the volume."""
    bind_completed: Annotated[bool, At("metadata.annotations[pv.kubernetes.io/bind-completed]", Conversion.PRESENCE)]

    @property
    def modes(self) -> tuple[str, ...]:
        """The access modes that hold: those of the volume once there is one, as kubectl prints them."""
        return self.granted_modes or self.access_modes

    @property
    def unused_since(self) -> datetime | None:
        """Since when no pod refers to the claim, where the server says so (condition `Unused`, Kubernetes 1.37)."""
        for one in self.conditions:
            if one.type == "Unused" and one.status == "True":
                return one.last_transition_time
        return None
