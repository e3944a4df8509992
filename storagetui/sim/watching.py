"""Watch: a resource's changes from a version on, as lines of JSON.

Source: k8s.io/apiserver/pkg/storage/cacher/cacher.go and cache_watcher.go, pkg/endpoints/handlers/watch.go and get.go.
"""

import asyncio
import random
from collections.abc import AsyncGenerator

import msgspec

from storagetui.sim import negotiation, refusal, tables
from storagetui.sim.call import Call
from storagetui.sim.reading import Selection, fresh, selection
from storagetui.sim.refusal import FieldError, Refusal, forbidden_field
from storagetui.sim.resources import Resource
from storagetui.sim.store import ObjectStore
from storagetui.sim.watchlog import Change, Stored
from storagetui.sim.wire import Json, copied, dig, encoded

BOOKMARK_EVERY_S = 60.0
"""How often a watch that asked for bookmarks gets one."""
BOOKMARK_BEFORE_END_S = 2.0
"""A last bookmark comes this long before a watch times out."""
LEAST_TIMEOUT_S = 1800.0
"""A watch that names no timeout ends after one to two times this (--min-request-timeout)."""
INITIAL_EVENTS_END = "k8s.io/initial-events-end"


class Watch(msgspec.Struct, kw_only=True):
    """What one watch asked for."""

    kind: Resource
    chosen: Selection
    start: int
    """Changes after this version are sent."""
    initial: bool
    """Whether everything that exists comes first, as ADDED."""
    bookmarks: bool
    timeout_s: float
    form: str
    include: str
    """What each row of a Table carries of its object."""
    headers_sent: bool = False


async def opened(store: ObjectStore, call: Call, chance: random.Random) -> AsyncGenerator[bytes]:
    """The lines of a watch, one event each, ending with its timeout.

    A version that is forgotten comes as an ERROR event with 410, as on the real server. Refused with 400 or 422 when
    the request cannot be read.
    """
    _check_options(call)
    version = call.query.get("resourceVersion", "")
    initial = version in ("", "0")
    if "sendInitialEvents" in call.query:
        initial = call.flag("sendInitialEvents")
    watch = Watch(
        kind=call.resource,
        chosen=selection(call),
        start=call.number("resourceVersion"),
        initial=initial,
        bookmarks=call.flag("allowWatchBookmarks"),
        timeout_s=call.number("timeoutSeconds") or LEAST_TIMEOUT_S * (1.0 + chance.random()),
        form=negotiation.form(call.headers.get("accept", "")),
        include=call.query.get("includeObject", ""),
    )
    try:
        if watch.initial and watch.start > store.version:
            await fresh(store, watch.start)
    except Refusal as refused:
        return _only(error_line(refused))
    lines = _lines(store, watch)
    await anext(lines)
    return lines


async def _only(line: bytes) -> AsyncGenerator[bytes]:
    yield line


async def _lines(store: ObjectStore, watch: Watch) -> AsyncGenerator[bytes]:
    """Nothing, once the watch is in place; then its lines."""
    log = store.log(watch.kind.name)
    clock = asyncio.get_running_loop()
    end = clock.time() + watch.timeout_s
    with log.followed() as follower:
        position = store.version if watch.initial else watch.start
        present = log.all(watch.chosen.namespace) if watch.initial else []
        try:
            changes = [] if watch.initial else log.since(position)
        except LookupError as error:
            yield b""
            yield error_line(refusal.expired(str(error.args[0])))
            return
        yield b""
        if watch.initial:
            for stored in present:
                if watch.chosen.matches(stored.object):
                    yield _line(store, watch, "ADDED", stored)
            if watch.bookmarks:
                yield _bookmark(watch, position, {INITIAL_EVENTS_END: "true"})
        next_bookmark = min(clock.time() + BOOKMARK_EVERY_S, end - BOOKMARK_BEFORE_END_S)
        while True:
            changes += follower.take()
            reached = store.version
            for change in changes:
                event = _seen(watch.chosen, change) if change.version > position else None
                if event is not None:
                    yield _line(store, watch, *event)
            changes, position = [], max(position, reached)
            now = clock.time()
            if now >= end:
                return
            if watch.bookmarks and now >= next_bookmark:
                yield _bookmark(watch, position)
                last = end - BOOKMARK_BEFORE_END_S
                next_bookmark = min(now + BOOKMARK_EVERY_S, last) if now < last else end + 1
            await follower.wait(min(end, next_bookmark if watch.bookmarks else end) - now)


def _seen(chosen: Selection, change: Change) -> tuple[str, Stored] | None:
    """What a watcher with a selection sees of a change: an object may come into it or leave it."""
    if chosen.namespace and change.stored.key[0] != chosen.namespace:
        return None
    now = change.type != "DELETED" and chosen.matches(change.stored.object)
    before = change.previous is not None and chosen.matches(change.previous.object)
    if change.type == "DELETED":
        return ("DELETED", change.stored) if before or chosen.matches(change.stored.object) else None
    if now:
        return ("MODIFIED" if before else "ADDED", change.stored)
    if before and change.previous is not None:
        return "DELETED", _with_version(change.previous, change.version)
    return None


def _with_version(stored: Stored, version: int) -> Stored:
    obj = copied(stored.object)
    obj["metadata"]["resourceVersion"] = str(version)
    return Stored(stored.key, obj)


def _line(store: ObjectStore, watch: Watch, event: str, stored: Stored) -> bytes:
    if watch.form == negotiation.OBJECT:
        return b'{"type":"%s","object":%s}\n' % (event.encode(), stored.json)
    if watch.form == negotiation.METADATA:
        return _event(event, tables.metadata_only(stored.object))
    made = tables.table(watch.kind, [stored.object], store.clock.now(), watch.include, headers=not watch.headers_sent)
    made["metadata"] = {"resourceVersion": dig(stored.object, "metadata", "resourceVersion", default="")}
    watch.headers_sent = True
    return _event(event, made)


def _bookmark(watch: Watch, version: int, annotations: Json | None = None) -> bytes:
    metadata: Json = {"resourceVersion": str(version)}
    if annotations:
        metadata["annotations"] = annotations
    obj: Json = {"kind": watch.kind.kind, "apiVersion": watch.kind.api_version, "metadata": metadata}
    if watch.kind.kind == "Pod":
        obj |= {"spec": {"containers": None}, "status": {}}
    if watch.form == negotiation.METADATA:
        obj = tables.metadata_only(obj)
    elif watch.form == negotiation.TABLE:
        row = {"cells": [], "object": tables.metadata_only(obj)}
        obj = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}
        obj |= {"columnDefinitions": [], "rows": [row]}
    return _event("BOOKMARK", obj)


def error_line(refused: Refusal) -> bytes:
    """An ERROR event with the Status of a refusal."""
    return _event("ERROR", refused.status())


def _event(event: str, obj: Json) -> bytes:
    return encoded({"type": event, "object": obj}) + b"\n"


def _check_options(call: Call) -> None:
    """Refuse with 422 options of a watch that do not go together."""
    match, errors = call.query.get("resourceVersionMatch", ""), list[FieldError]()
    if "sendInitialEvents" in call.query and match != "NotOlderThan":
        why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        errors.append(forbidden_field("resourceVersionMatch", why))
    if match and "sendInitialEvents" not in call.query:
        why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        errors.append(forbidden_field("resourceVersionMatch", why))
    if errors:
        raise refusal.invalid("meta.k8s.io", "ListOptions", "", errors)
