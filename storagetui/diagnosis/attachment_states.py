"""What is asked of attachments themselves, without a pod that waits for them."""

from storagetui.diagnosis.finding import Evidence, evidence
from storagetui.diagnosis.rule import Symptom
from storagetui.diagnosis.words import moment
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record


def is_there(_attachment: VolumeAttachment) -> bool:
    """Every attachment is looked at: whether it should be there is told by other objects alone."""
    return True


ATTACHMENT = Symptom("attachment may be left behind", VolumeAttachment, is_there)


def timed(record: Record, field: str) -> Evidence:
    """Evidence from a field that holds a moment."""
    when = getattr(record, field)
    return evidence(record, field, moment(when) if when is not None else "(none)")
