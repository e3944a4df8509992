"""VolumeAttachment."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Record
from storagetui.model.fields import At
from storagetui.model.keys import Kind


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
    detach_error: Annotated[str, At("status.detachError.message", UNIQUE, wire="3.4.2")]
    detach_error_time: Annotated[datetime | None, At("status.detachError.time", wire="3.4.1")]
