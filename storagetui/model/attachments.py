"""VolumeAttachment."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Record
from storagetui.model.fields import At, Conversion
from storagetui.model.keys import Kind

ATTACHER_FINALIZER = "external-attacher/"
"""How the finalizer begins that a driver's attacher puts on an attachment before anything else; its name follows."""


class VolumeAttachment(Record, frozen=True, gc=False):
    """The wish, and the state, of a volume attached to a node."""

    kind: ClassVar[Kind] = Kind.VOLUME_ATTACHMENT

    attacher: Annotated[str, At("spec.attacher", wire="2.1")]
    """The CSI driver that attaches."""
    node_name: Annotated[str, At("spec.nodeName", wire="2.3")]
    volume_name: Annotated[str, At("spec.source.persistentVolumeName", UNIQUE, wire="2.2.1")]
    """Empty for an inline volume."""
    is_attached: Annotated[bool, At("status.attached", wire="3.1")]
    attach_error: Annotated[str, At("status.attachError.message", UNIQUE, wire="3.3.2")]
    attach_error_time: Annotated[datetime | None, At("status.attachError.time", wire="3.3.1")]
    attach_error_code: Annotated[int | None, At("status.attachError.errorCode", wire="3.3.3")]
    """The driver's gRPC code, 8 for ResourceExhausted (since Kubernetes 1.33, behind a gate at first)."""
    detach_error: Annotated[str, At("status.detachError.message", UNIQUE, wire="3.4.2")]
    detach_error_time: Annotated[datetime | None, At("status.detachError.time", wire="3.4.1")]
    has_node_id: Annotated[
        bool, At("metadata.annotations[csi.alpha.kubernetes.io/node-id]", Conversion.PRESENCE, wire="1.12")
    ]
    """Whether the attacher noted by what id the driver knows the node, which it needs once the node is gone."""
