"""Event."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, UNLESS_ZERO, Record
from storagetui.model.fields import At
from storagetui.model.keys import Kind

NORMAL, WARNING = "Normal", "Warning"


class Event(Record, frozen=True, gc=False):
    """What a component reported about an object, in either of the two shapes.

    Old reporters fill count, firstTimestamp and lastTimestamp; new ones eventTime and, when repeated, series
    (k8s.io/api/core/v1/types.go).
    """

    kind: ClassVar[Kind] = Kind.EVENT

    involved_kind: Annotated[str, At("involvedObject.kind", wire="2.1")]
    involved_namespace: Annotated[str, At("involvedObject.namespace", wire="2.2")]
    involved_name: Annotated[str, At("involvedObject.name", UNIQUE, wire="2.3")]
    involved_uid: Annotated[str, At("involvedObject.uid", UNIQUE, wire="2.4")]
    type: Annotated[str, At("type", wire="9")]
    reason: Annotated[str, At("reason", wire="3")]
    message: Annotated[str, At("message", UNIQUE, wire="4")]
    source: Annotated[str, At("source.component", wire="5.1")]
    host: Annotated[str, At("source.host", wire="5.2")]
    reporter: Annotated[str, At("reportingComponent", wire="14")]
    old_count: Annotated[int | None, At("count", UNLESS_ZERO, wire="8")]
    first_timestamp: Annotated[datetime | None, At("firstTimestamp", wire="6")]
    last_timestamp: Annotated[datetime | None, At("lastTimestamp", wire="7")]
    event_time: Annotated[datetime | None, At("eventTime", wire="10")]
    series_count: Annotated[int | None, At("series.count", UNLESS_ZERO, wire="11.1")]
    last_observed_time: Annotated[datetime | None, At("series.lastObservedTime", wire="11.2")]

    @property
    def first_seen(self) -> datetime | None:
        """When it was reported first."""
        return self.first_timestamp or self.event_time or self.creation_timestamp

    @property
    def last_seen(self) -> datetime | None:
        """When it was reported last."""
        return self.last_observed_time or self.last_timestamp or self.event_time or self.creation_timestamp

    @property
    def count(self) -> int:
        """How often it was reported."""
        return self.series_count or self.old_count or 1

    @property
    def component(self) -> str:
        """Who reported it."""
        return self.source or self.reporter
