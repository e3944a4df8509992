"""The event recorder of the simulated controllers: repeats are counted, floods are held back, as client-go does it.

Source: client-go tools/record/events_cache.go (old shape: EventAggregator, eventLogger, EventSourceObjectSpamFilter)
and tools/events/event_broadcaster.go (new shape: isomorphic events become a series).
"""

import msgspec

from storagetui.sim.clock import Clock
from storagetui.sim.refusal import Refusal
from storagetui.sim.resources import named
from storagetui.sim.store import ObjectStore
from storagetui.sim.wire import Json, dig, name_of, namespace_of, uid_of

EVENT_TTL_S = 3600.0
"""How long an event lives after its last write (kube-apiserver --event-ttl)."""
SIMILAR_EVENTS = 10
SIMILAR_WITHIN_S = 600.0
SPAM_BURST = 25
SPAM_REFILL_S = 300.0
SERIES_ENDS_AFTER_S = 360.0
SERIES_REFRESH_S = 1800.0
REMEMBERED = 4096


class Source(msgspec.Struct, frozen=True):
    """Who reports: the component, and for a kubelet its node."""

    component: str
    host: str = ""
    series: bool = False
    """Reports through events.k8s.io, as the scheduler does: `reportingComponent`, `eventTime` and `series`."""


class _Similar(msgspec.Struct):
    """Events of one source, object, type and reason: how many different messages there were lately."""

    messages: set[str]
    last_s: float


class _Bucket(msgspec.Struct):
    tokens: float
    last_s: float


class _Kept(msgspec.Struct):
    """The event object that a repeat is counted on."""

    name: str
    count: int
    first: str
    last_s: float
    written_s: float


class Recorder:
    """Writes events into the store."""

    def __init__(self, store: ObjectStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[tuple[str, ...], _Kept] = {}
        self._similar: dict[tuple[str, ...], _Similar] = {}
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}
        self._serial = 0
        self._remembers = REMEMBERED
        self.forgets_before_s = float("-inf")
        """Elapsed time before which nothing is written, because it would have expired before the scene begins."""

    def normal(self, source: Source, resource: str, obj: Json, reason: str, message: str, action: str = "") -> None:
        """Report that something went as it should."""
        self._report(source, resource, obj, ("Normal", reason, message, action))

    def warning(self, source: Source, resource: str, obj: Json, reason: str, message: str, action: str = "") -> None:
        """Report that something did not go as it should."""
        self._report(source, resource, obj, ("Warning", reason, message, action))

    def _report(self, source: Source, resource: str, obj: Json, said: tuple[str, str, str, str]) -> None:
        if self._clock.elapsed_s() < self.forgets_before_s:
            return
        if len(self._kept) > self._remembers:
            self._forget()
            self._remembers = max(REMEMBERED, 2 * len(self._kept))
        if source.series:
            self._in_series(source, resource, obj, said)
        else:
            self._counted(source, resource, obj, said)

    def _counted(self, source: Source, resource: str, obj: Json, said: tuple[str, str, str, str]) -> None:
        type_, reason, message, _ = said
        now_s = self._clock.elapsed_s()
        group = (source.component, source.host, uid_of(obj), type_, reason)
        message, key = self._aggregated(group, message, now_s)
        kept = self._kept.get(key)
        if kept is not None and now_s - kept.last_s > EVENT_TTL_S:
            kept = None
        if kept is None:
            kept = _Kept(self._name(obj), 0, self._clock.timestamp(), now_s, now_s)
            self._kept[key] = kept
        kept.count += 1
        kept.last_s = now_s
        if not self._may_pass((source.component, source.host, uid_of(obj)), now_s):
            return
        event = self._event(source, resource, obj, said, kept.name)
        event |= {"message": message, "source": _source(source), "count": kept.count}
        event |= {"firstTimestamp": kept.first, "lastTimestamp": self._clock.timestamp(), "eventTime": None}
        kept.written_s = now_s
        self._write(event)

    def _aggregated(self, group: tuple[str, ...], message: str, now_s: float) -> tuple[str, tuple[str, ...]]:
        """More than ten different messages within ten minutes become one event."""
        similar = self._similar.get(group)
        if similar is None or now_s - similar.last_s > SIMILAR_WITHIN_S:
            similar = self._similar[group] = _Similar(set(), now_s)
        similar.last_s = now_s
        if len(similar.messages) < SIMILAR_EVENTS:
            similar.messages.add(message)
        if message in similar.messages:
            return message, (*group, message)
        return f"(combined from similar events): {message}", group

    def _may_pass(self, key: tuple[str, str, str], now_s: float) -> bool:
        """A source may send 25 events about an object at once, then one every five minutes."""
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(float(SPAM_BURST), now_s)
        bucket.tokens = min(float(SPAM_BURST), bucket.tokens + (now_s - bucket.last_s) / SPAM_REFILL_S)
        bucket.last_s = now_s
        if bucket.tokens < 1.0:
            return False
        bucket.tokens -= 1.0
        return True

    def _in_series(self, source: Source, resource: str, obj: Json, said: tuple[str, str, str, str]) -> None:
        type_, reason, _, action = said
        now_s = self._clock.elapsed_s()
        key = (source.component, uid_of(obj), type_, reason, action)
        kept = self._kept.get(key)
        if kept is not None and now_s - kept.last_s > SERIES_ENDS_AFTER_S:
            kept = None
        if kept is None:
            kept = self._kept[key] = _Kept(self._name(obj), 1, self._clock.micro(), now_s, now_s)
            event = self._event(source, resource, obj, said, kept.name)
            self._write(event | {"eventTime": kept.first})
            return
        kept.count += 1
        kept.last_s = now_s
        if kept.count > 2 and now_s - kept.written_s < SERIES_REFRESH_S:
            return
        kept.written_s = now_s
        series = {"count": kept.count, "lastObservedTime": self._clock.micro()}
        event = self._event(source, resource, obj, said, kept.name)
        first = self._store.find("events", kept.name, event["metadata"]["namespace"])
        self._write((first or event) | {"eventTime": kept.first, "series": series})

    def _event(self, source: Source, resource: str, obj: Json, said: tuple[str, str, str, str], name: str) -> Json:
        type_, reason, message, action = said
        kind = named(resource)
        about: Json = {"kind": kind.kind, "apiVersion": kind.api_version, "name": name_of(obj), "uid": uid_of(obj)}
        if namespace_of(obj):
            about["namespace"] = namespace_of(obj)
        if version := dig(obj, "metadata", "resourceVersion"):
            about["resourceVersion"] = version
        event: Json = {"metadata": {"name": name, "namespace": namespace_of(obj) or "default"}}
        event |= {"involvedObject": about, "reason": reason, "message": message[:1024], "type": type_}
        event |= {"source": {}, "firstTimestamp": None, "lastTimestamp": None}
        event["reportingComponent"] = source.component
        event["reportingInstance"] = f"{source.component}-control-plane-0" if source.series else source.host
        if action:
            event["action"] = action
        return event

    def _forget(self) -> None:
        """Drop what is too old to be counted on, so that a world that runs for days does not grow."""
        oldest = self._clock.elapsed_s() - EVENT_TTL_S
        self._kept = {key: kept for key, kept in self._kept.items() if kept.last_s > oldest}
        self._similar = {key: similar for key, similar in self._similar.items() if similar.last_s > oldest}
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket.last_s > oldest}

    def _name(self, obj: Json) -> str:
        """Object and time in nanoseconds; the serial number keeps two in one instant apart."""
        self._serial += 1
        nanoseconds = int(self._clock.now().timestamp() * 1_000_000) * 1000 + self._serial % 1000
        return f"{name_of(obj)}.{nanoseconds:x}"

    def _write(self, event: Json) -> None:
        metadata = event["metadata"]
        old = self._store.find("events", metadata["name"], metadata["namespace"])
        try:
            if old is None:
                self._store.create("events", event)
            else:
                self._store.update("events", event | {"metadata": old["metadata"]})
        except Refusal:
            return  # a namespace that is being deleted takes no more events; client-go drops them too


def _source(source: Source) -> Json:
    return {"component": source.component, "host": source.host} if source.host else {"component": source.component}


def last_seen(event: Json) -> str:
    """When an event of either shape was last written about, as a MicroTime or Time; its creation as a last resort."""
    series = dig(event, "series", "lastObservedTime")
    stamp = series or event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"]
    return str(stamp)
