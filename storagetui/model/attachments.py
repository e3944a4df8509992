"""VolumeAttachment."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Record
from storagetui.model.fields import At
from storagetui.model.keys import Kind


class VolumeAttachment(Record, frozen=True, gc=False):
    """The wish, and the state, of a volume attached to a node."""

    kind: ClassVar[Kind] = Kind.VOLUME_ATTACHMENT

    attacher: Annotated[str, At("spec.attacher")]
    """The CSI driver that attaches."""
    node_name: Annotated[str, At("spec.nodeName")]
    volume_name: Annotated[str, At("spec.source.persistentVolumeName", UNIQUE)]
    """Empty for an inline volume."""
    is_attached: Annotated[bool, At("status.attached")]
    attach_error: Annotated[str, At("status.attachError.message", UNIQUE)]
    attach_error_time: Annotated[datetime | None, At("status.attachError.time")]
    detach_error: Annotated[str, At("status.detachError.message", UNIQUE)]
    detach_error_time: Annotated[datetime | None, At("status.detachError.time")]
