"""Node and the Lease by which it says that it lives."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import Condition, Part, Record, condition, value_of
from storagetui.model.fields import At
from storagetui.model.keys import Kind

LEASE_NAMESPACE = "kube-node-lease"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


class Taint(Part, frozen=True, gc=False):
    """What keeps pods off a node."""

    key: Annotated[str, At("key", wire="1")]
    value: Annotated[str, At("value", wire="2")]
    effect: Annotated[str, At("effect", wire="3")]
    time_added: Annotated[datetime | None, At("timeAdded", wire="4")]


class AttachedVolume(Part, frozen=True, gc=False):
    """A volume that the attach/detach controller reports as attached."""

    name: Annotated[str, At("name", wire="1")]
    """`kubernetes.io/csi/DRIVER^HANDLE` for CSI volumes."""


class Node(Record, frozen=True, gc=False):
    """A machine that runs pods."""

    kind: ClassVar[Kind] = Kind.NODE

    is_unschedulable: Annotated[bool, At("spec.unschedulable", wire="2.4")]
    taints: Annotated[tuple[Taint, ...], At("spec.taints", wire="2.5")]
    conditions: Annotated[tuple[Condition, ...], At("status.conditions", wire="3.4")]
    volumes_attached: Annotated[tuple[AttachedVolume, ...], At("status.volumesAttached", wire="3.10")]
    volumes_in_use: Annotated[tuple[str, ...], At("status.volumesInUse", wire="3.9")]
    kernel_version: Annotated[str, At("status.nodeInfo.kernelVersion", wire="3.7.4")]
    os_image: Annotated[str, At("status.nodeInfo.osImage", wire="3.7.5")]

    @property
    def ready(self) -> Condition | None:
        """The condition Ready; `Unknown` means that the kubelet has stopped reporting."""
        return condition(self.conditions, "Ready")

    @property
    def is_ready(self) -> bool:
        """Whether the kubelet reports, and reports that it is well."""
        return self.ready is not None and self.ready.status == "True"

    @property
    def zone(self) -> str:
        """The zone of the node, empty when it has none."""
        return value_of(self.labels, "topology.kubernetes.io/zone") or value_of(
            self.labels, "failure-domain.beta.kubernetes.io/zone"
        )


class Lease(Record, frozen=True, gc=False):
    """A node's heartbeat (namespace kube-node-lease, named like the node)."""

    kind: ClassVar[Kind] = Kind.LEASE

    renew_time: Annotated[datetime | None, At("spec.renewTime", wire="2.4")]
    duration_seconds: Annotated[int | None, At("spec.leaseDurationSeconds", wire="2.2")]
