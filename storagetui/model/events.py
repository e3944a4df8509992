"""Event."""

from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Record
from storagetui.model.fields import At
from storagetui.model.keys import Kind

NORMAL, WARNING = "Normal", "Warning"


class Event(Record, frozen=True, gc=False):
    """What a component reported about an object, in either of the two shapes.

    Old reporters fill count, firstTimestamp and lastTimestamp; new ones eventTime and, when repeated, series
    (k8s.io/api/core/v1/types.go).
    """

    kind: ClassVar[Kind] = Kind.EVENT

    involved_kind: Annotated[str, At("involvedObject.kind")]
    involved_namespace: Annotated[str, At("involvedObject.namespace")]
    involved_name: Annotated[str, At("involvedObject.name", UNIQUE)]
    involved_uid: Annotated[str, At("involvedObject.uid", UNIQUE)]
    type: Annotated[str, At("type")]
    reason: Annotated[str, At("reason")]
    message: Annotated[str, At("message", UNIQUE)]
    source: Annotated[str, At("source.component")]
    host: Annotated[str, At("source.host")]
    reporter: Annotated[str, At("reportingComponent")]
    old_count: Annotated[int | None, At("count")]
    first_timestamp: Annotated[datetime | None, At("firstTimestamp")]
    last_timestamp: Annotated[datetime | None, At("lastTimestamp")]
    event_time: Annotated[datetime | None, At("eventTime")]
    series_count: Annotated[int | None, At("series.count")]
    last_observed_time: Annotated[datetime | None, At("series.lastObservedTime")]

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
