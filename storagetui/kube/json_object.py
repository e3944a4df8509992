"""One object's JSON, as a single read answers it."""

import msgspec

from storagetui.kube.errors import ConnectionLost
from storagetui.kube.json_shape import shape
from storagetui.model.base import Record
from storagetui.model.kinds import KindInfo


def decode_object(info: KindInfo, body: bytes) -> Record:
    """The record of one object; raises ConnectionLost when the body is not such an object."""
    made = shape(info.record)
    try:
        record: Record = made.flatten(msgspec.json.decode(body, type=made.wire))
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise ConnectionLost(f"the answer is no {info.kind} that can be read: {error}") from error
    return record
