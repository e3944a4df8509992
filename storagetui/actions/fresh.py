"""A Frame in which some objects are as they were read just now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from storagetui.cluster.shared_map import SharedMap
from storagetui.cluster.state import Cluster
from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.keys import Key


def with_fresh(frame: Frame, fresh: Mapping[Key, Record | None], at: datetime) -> Frame:
    """The Frame with objects put in place of what the watches said; None stands for an object that does not exist.

    Relations stay those of the watches: a fresh read settles what an object is, not who else refers to it.
    """
    objects = dict(frame.cluster.objects)
    for key, record in fresh.items():
        kind = objects.get(key.kind, SharedMap())
        objects[key.kind] = kind.without(key) if record is None else kind.with_value(key, record)
    return replace(frame, cluster=Cluster(objects, frame.cluster.indexes), at=at)
