"""Get and list: selection, pages over a consistent snapshot, and the forms of an answer.

Source: k8s.io/apiserver/pkg/storage/etcd3/store.go and errors.go, pkg/storage/continue.go,
k8s.io/apimachinery/pkg/apis/meta/internalversion/validation/validation.go.
"""

import asyncio
import base64
from collections.abc import Iterable
from typing import NamedTuple

from storagetui.sim import negotiation, refusal, reply, selectors, tables
from storagetui.sim.call import Call
from storagetui.sim.refusal import FieldError, forbidden_field, unsupported_value
from storagetui.sim.reply import Reply
from storagetui.sim.resources import Resource
from storagetui.sim.selectors import FieldSelector, LabelSelector
from storagetui.sim.store import ObjectStore
from storagetui.sim.watchlog import Stored
from storagetui.sim.wire import Json, decoded, dig, encoded

FRESHNESS_WAIT_S = 3.0
"""How long a list waits for a version the server has not reached."""
_LATEST = -1
_TOKEN_VERSION = "meta.k8s.io/v1"
_EXPIRED_TOKEN = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


class Selection(NamedTuple):
    """Which objects of a resource a call is about."""

    namespace: str
    labels: LabelSelector
    fields: FieldSelector

    @property
    def everything(self) -> bool:
        """Whether no selector leaves anything out."""
        return not self.labels.requirements and not self.fields.terms

    def matches(self, obj: Json) -> bool:
        """Whether an object of the namespace is selected."""
        return self.labels.matches(dig(obj, "metadata", "labels", default={})) and self.fields.matches(obj)


class Page(NamedTuple):
    """The part of a list that one answer carries."""

    items: list[Stored]
    version: int
    token: str
    """What continues the list; empty at its end."""
    remaining: int | None


def selection(call: Call) -> Selection:
    """What a list, watch or deletion of a collection selects. Refused with 400 when a selector cannot be read."""
    fields = selectors.fields_from(call.query.get("fieldSelector", ""), call.resource)
    if call.name and not fields.terms:
        fields = FieldSelector(((("metadata", "name"), True, call.name),))
    namespace = call.namespace if call.resource.namespaced else ""
    return Selection(namespace, selectors.labels_from(call.query.get("labelSelector", "")), fields)


def get(store: ObjectStore, call: Call) -> Reply:
    """Answer with one object."""
    wanted = negotiation.form(call.headers.get("accept", ""))
    namespace = call.namespace if call.resource.namespaced else ""
    obj = store.get(call.resource.name, call.name, namespace)
    if wanted == negotiation.OBJECT:
        stored = store.log(call.resource.name).find(namespace, call.name)
        return Reply(pieces=[stored.json if stored else encoded(obj), b"\n"])
    return formed(store, call, obj, wanted)


def formed(store: ObjectStore, call: Call, obj: Json, wanted: str, status: int = 200) -> Reply:
    """One object in the form that is wanted."""
    if wanted == negotiation.TABLE:
        made = tables.table(call.resource, [obj], store.clock.now(), call.query.get("includeObject", ""))
        made["metadata"] = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        return reply.of_json(made, status)
    return reply.of_json(tables.metadata_only(obj) if wanted == negotiation.METADATA else obj, status)


async def listed(store: ObjectStore, call: Call) -> Reply:
    """Answer with a list, or a page of one."""
    wanted = negotiation.form(call.headers.get("accept", ""))
    _check_options(call)
    chosen = selection(call)
    page = await _page(store, call, chosen)
    metadata: Json = {"resourceVersion": str(page.version)}
    if page.token:
        metadata["continue"] = page.token
        if page.remaining is not None:
            metadata["remainingItemCount"] = page.remaining
    objects = (item.object for item in page.items)
    kind = call.resource
    if wanted == negotiation.TABLE:
        made = tables.table(kind, objects, store.clock.now(), call.query.get("includeObject", ""))
        return reply.of_json({**made, "metadata": metadata})
    if wanted == negotiation.METADATA:
        items = [tables.metadata_only(obj) for obj in objects]
        head: Json = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
        return reply.of_json({**head, "items": items})
    return Reply(pieces=_list_body(kind, metadata, page.items))


def _list_body(kind: Resource, metadata: Json, items: Iterable[Stored]) -> list[bytes]:
    """The bytes of a list; items of a built-in kind name neither kind nor API version, as in the real server."""
    head = encoded({"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": metadata})
    parts = [head[:-1], b',"items":[']
    for index, item in enumerate(items):
        if index:
            parts.append(b",")
        parts.append(item.json if kind.custom else item.item(kind.kind, kind.api_version))
    parts.append(b"]}\n")
    return parts


async def _page(store: ObjectStore, call: Call, chosen: Selection) -> Page:
    limit, start = call.number("limit"), ("", "")
    if call.query.get("continue"):
        version, start = _read_token(call)
    else:
        version = await _version(store, call, limit)
        if call.query.get("resourceVersion") == "0":
            limit = 0
    items = _at(store, call, version, chosen.namespace, start)
    found = [item for item in items if item.key >= start and chosen.matches(item.object)]
    version = store.version if version == _LATEST else version
    if not limit or len(found) <= limit:
        return Page(found, version, "", None)
    namespace, name = found[limit].key
    remaining = len(found) - limit if chosen.everything else None
    return Page(found[:limit], version, _token(version, namespace, name), remaining)


def _at(store: ObjectStore, call: Call, version: int, namespace: str, start: tuple[str, str]) -> list[Stored]:
    """The objects as they were at a version. Refused with 410 when that is forgotten."""
    log = store.log(call.resource.name)
    if version == _LATEST:
        return log.all(namespace)
    try:
        return log.at(version, namespace)
    except LookupError:
        if not call.query.get("continue"):
            raise refusal.expired("The resourceVersion for the provided list is too old.") from None
        refused = refusal.expired(_EXPIRED_TOKEN)
        refused.list_metadata = {"continue": _token(_LATEST, *start)}
        raise refused from None


async def _version(store: ObjectStore, call: Call, limit: int) -> int:
    """The version that a list is to show; waits a little for one that is still to come."""
    wanted = call.number("resourceVersion")
    if wanted > store.version:
        await fresh(store, wanted)
    match = call.query.get("resourceVersionMatch", "")
    return wanted if wanted and (match == "Exact" or (limit and not match)) else store.version


async def fresh(store: ObjectStore, wanted: int) -> None:
    """Wait for a version to be reached. Refused with 504 when it is not in time."""
    reached = asyncio.Event()

    def look(*_: object) -> None:
        if store.version >= wanted:
            reached.set()

    unsubscribe = store.subscribe(look)
    try:
        async with asyncio.timeout(FRESHNESS_WAIT_S):
            await reached.wait()
    except TimeoutError:
        raise refusal.too_large_version(wanted, store.version) from None
    finally:
        unsubscribe()


def _token(version: int, namespace: str, name: str) -> str:
    start = f"{namespace}/{name}" if namespace else name
    raw = encoded({"v": _TOKEN_VERSION, "rv": version, "start": start})
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read_token(call: Call) -> tuple[int, tuple[str, str]]:
    """Version and first key of a continue token. Refused with 400 for one this server did not make."""
    text = call.query["continue"]
    try:
        content = decoded(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        version, start = content["rv"], content["start"]
        if content["v"] != _TOKEN_VERSION or not isinstance(version, int):
            raise ValueError(content["v"])
    except (ValueError, TypeError, KeyError) as error:
        raise refusal.bad_request(f"invalid continue token: continue key is not valid: {error}") from error
    if call.query.get("resourceVersion", "") not in ("", "0"):
        raise refusal.bad_request("specifying resource version is not allowed when using continue")
    namespace, _, name = start.rpartition("/")
    return version, (namespace, name)


def _check_options(call: Call) -> None:
    """Refuse with 422 options of a list that do not go together."""
    match, errors = call.query.get("resourceVersionMatch", ""), list[FieldError]()
    if match and not call.query.get("resourceVersion"):
        why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
        errors.append(forbidden_field("resourceVersionMatch", why))
    if match and call.query.get("continue"):
        why = "resourceVersionMatch is forbidden when continue is provided"
        errors.append(forbidden_field("resourceVersionMatch", why))
    if match not in ("", "Exact", "NotOlderThan"):
        errors.append(unsupported_value("resourceVersionMatch", match, ("Exact", "NotOlderThan", "")))
    if "sendInitialEvents" in call.query:
        errors.append(forbidden_field("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    if errors:
        raise refusal.invalid("meta.k8s.io", "ListOptions", "", errors)
