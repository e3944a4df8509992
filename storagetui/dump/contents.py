"""What a dump holds: records, and of which kinds it is known what there is and what there is not."""

from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from storagetui.dump.documents import Json
from storagetui.kube.json_shape import shape
from storagetui.model.base import Record
from storagetui.model.change import Feed, SetAside
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS

_KINDS = {(info.group, str(kind)): kind for kind, info in KINDS.items()} | {("events.k8s.io", "Event"): Kind.EVENT}
_LIST = "List"
_DEEPEST = 8
"""Lists within lists; kubectl makes one or two."""
_RENAMED = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
    "reportingController": "reportingComponent",
}
"""What events.k8s.io/v1 calls the fields of a v1 Event (k8s.io/api/events/v1/types.go)."""

_STAGES = {
    "ControllerExpansionInProgress": "ControllerResizeInProgress",
    "ControllerExpansionFailed": "ControllerResizeFailed",
    "NodeExpansionPending": "NodeResizePending",
    "NodeExpansionInProgress": "NodeResizeInProgress",
    "NodeExpansionFailed": "NodeResizeFailed",
}
"""What Kubernetes up to 1.27 called the stages of an expansion, and 1.28 to 1.30 did."""


class Contents(msgspec.Struct, kw_only=True):
    """The objects of a dump, gathered document by document."""

    records: dict[Key, Record] = msgspec.field(default_factory=dict)
    listed: set[Feed] = msgspec.field(default_factory=set)
    """Lists that the dump holds, of all namespaces or of one: what is not in them did not exist."""
    single: set[Kind] = msgspec.field(default_factory=set)
    """Kinds of which objects stand by themselves: there may be others."""
    aside: dict[Kind, list[SetAside]] = msgspec.field(default_factory=dict)
    """Objects that could not be read."""
    problems: list[str] = msgspec.field(default_factory=list)
    """What else could not be read, in sentences."""
    latest: datetime | None = None
    """The latest moment at which something had happened: the dump is from then, or from later."""
    written: datetime | None = None
    """When the latest of the files was written; None for standard input."""

    def add(self, document: Json, *, namespace: str = "", is_whole: bool = False) -> None:
        """Take a document: a list of any sort, or one object.

        `namespace` is the one that the document is about, when that is known from where it was found; `is_whole` says
        that objects of a kind that stand by themselves are all that there are.
        """
        for kind, item in _items(document):
            if item is None:
                self.listed.add(_list_of(kind, namespace))
            else:
                self._take(kind, item)
        alone = _kind_of(document)
        if alone is not None:
            if is_whole:
                self.listed.add(_list_of(alone, namespace))
            else:
                self.single.add(alone)
            self._take(alone, document)

    def _take(self, kind: Kind, item: Json) -> None:
        made = shape(KINDS[kind].record)
        try:
            body = msgspec.json.encode(_TODAYS.get(kind, _same)(item))
            record: Record = made.flatten(msgspec.json.decode(body, type=made.wire))
            if not record.name:
                raise ValueError("it has no name")
        except (ValueError, TypeError, RecursionError) as error:
            self.aside.setdefault(kind, []).append(_aside(item, error))
            return
        self.records[record.key] = record


def _list_of(kind: Kind, namespace: str) -> Feed:
    return Feed(kind, namespace if KINDS[kind].is_namespaced else "")


def _kind_of(item: Json) -> Kind | None:
    """The kind of an object as it says itself; None for a list, and for a kind that the program does not know."""
    group, slash, _ = str(item.get("apiVersion") or "").rpartition("/")
    return _KINDS.get((group if slash else "", str(item.get("kind") or "")))


def _items(document: Json, depth: int = 0) -> Iterator[tuple[Kind, Json | None]]:
    """The objects of a list with their kinds, those of lists in it too; and each kind of which it is the list."""
    name, items = str(document.get("kind") or ""), document.get("items")
    if not name.endswith(_LIST) or depth > _DEEPEST or not isinstance(items, list | None):
        return
    typed = _kind_of({**document, "kind": name.removesuffix(_LIST)})
    if typed is not None:
        yield typed, None
    kinds: set[Kind] = set()
    for item in items or ():
        if not isinstance(item, dict):
            continue
        if str(item.get("kind") or "").endswith(_LIST):
            yield from _items(item, depth + 1)
            continue
        # The items of a typed list need not say what they are.
        kind = _kind_of(item) if "kind" in item else typed
        if kind is None:
            continue
        if kind not in kinds and kind is not typed:
            kinds.add(kind)
            yield kind, None
        yield kind, item


def _event(item: Json) -> Json:
    if "regarding" not in item and "note" not in item:
        return item
    return {_RENAMED.get(name, name): value for name, value in item.items()}


def _claim(item: Json) -> Json:
    """A claim whose expansion is told in the field that Kubernetes 1.23 to 1.27 had for it (k8s.io/api@v0.27.0)."""
    status = item.get("status")
    stage = _STAGES.get(str(status.get("resizeStatus"))) if isinstance(status, dict) else None
    if stage is None or not isinstance(status, dict) or "allocatedResourceStatuses" in status:
        return item
    return {**item, "status": {**status, "allocatedResourceStatuses": {"storage": stage}}}


def _same(item: Json) -> Json:
    return item


_TODAYS: dict[Kind, Callable[[Json], Json]] = {Kind.EVENT: _event, Kind.PERSISTENT_VOLUME_CLAIM: _claim}
"""What makes objects of other versions of an API ones of today's."""


def _aside(item: Json, error: Exception) -> SetAside:
    metadata = item.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    namespace, name = (value if isinstance(value, str) else "" for value in (named.get("namespace"), named.get("name")))
    return SetAside(namespace, name, str(error))
