"""CSIDriver, CSINode and CSIStorageCapacity."""

from typing import Annotated, ClassVar

from storagetui.model.base import Part, Record
from storagetui.model.fields import At, Pairs
from storagetui.model.keys import Kind
from storagetui.model.quantity import Quantity


class CSIDriver(Record, frozen=True, gc=False):
    """What a driver says about itself."""

    kind: ClassVar[Kind] = Kind.CSI_DRIVER

    attach_required: Annotated[bool | None, At("spec.attachRequired", wire="2.1")]
    storage_capacity: Annotated[bool, At("spec.storageCapacity", wire="2.4")]
    fs_group_policy: Annotated[str, At("spec.fsGroupPolicy", wire="2.5")]
    lifecycle_modes: Annotated[tuple[str, ...], At("spec.volumeLifecycleModes", wire="2.3")]
    keeps_pods_off: Annotated[bool, At("spec.preventPodSchedulingIfMissing", wire="2.11")]
    """Whether the scheduler is to pass over nodes that lack the driver (Kubernetes 1.36)."""
    limit_update_seconds: Annotated[int | None, At("spec.nodeAllocatableUpdatePeriodSeconds", wire="2.9")]
    """How often the nodes' attach limits are asked for again (since Kubernetes 1.33); None for never."""


class NodeDriver(Part, frozen=True, gc=False):
    """A driver that registered with a node's kubelet."""

    name: Annotated[str, At("name", wire="1")]
    node_id: Annotated[str, At("nodeID", wire="2")]
    allocatable: Annotated[int | None, At("allocatable.count", wire="4.1")]
    """How many volumes of this driver the node can hold; None for no stated limit."""
    topology_keys: Annotated[tuple[str, ...], At("topologyKeys", wire="3")]


class CSINode(Record, frozen=True, gc=False):
    """The drivers that registered with a node; named like the node."""

    kind: ClassVar[Kind] = Kind.CSI_NODE

    drivers: Annotated[tuple[NodeDriver, ...], At("spec.drivers", wire="2.1")]


class CSIStorageCapacity(Record, frozen=True, gc=False):
    """How much a driver can still provision for a class in one part of the topology."""

    kind: ClassVar[Kind] = Kind.CSI_STORAGE_CAPACITY

    storage_class: Annotated[str, At("storageClassName", wire="3")]
    capacity: Annotated[Quantity | None, At("capacity", wire="4")]
    """Bytes."""
    maximum_volume_size: Annotated[Quantity | None, At("maximumVolumeSize", wire="5")]
    """Bytes."""
    node_labels: Annotated[Pairs, At("nodeTopology.matchLabels", wire="2.1")]
