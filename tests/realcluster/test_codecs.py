"""Every built-in kind read as protobuf and as JSON, by list and by watch: equal records, and no field left unused."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from storagetui.kube.api import Request
from storagetui.kube.checked import checked
from storagetui.kube.client import LiveApi
from storagetui.kube.codec import EventType, ListPart, WatchEvent
from storagetui.kube.codecs import JSON, PROTOBUF, accept, codec_of, codecs, media_type_of
from storagetui.kube.connection import Overrides
from storagetui.kube.errors import Forbidden
from storagetui.kube.habits import Habits
from storagetui.kube.json_object import decode_object
from storagetui.kube.kubeconfig import load
from storagetui.kube.listing import Listed, Listing
from storagetui.kube.protobuf_schema import speaks
from storagetui.model.base import Record
from storagetui.model.change import Feed
from storagetui.model.fields import EMPTY, Field, table
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS, KindInfo
from tests.realcluster.rest import Manifest, Rest, path_of
from tests.realcluster.scale import BareCluster, bare_cluster
from tests.realcluster.waiting import until

BUILT_IN = [pytest.param(info, id=str(kind)) for kind, info in KINDS.items() if speaks(info.record)]
OBJECTS: list[Manifest] = list(
    yaml.safe_load_all((Path(__file__).parent / "every_field.yaml").read_text(encoding="utf-8"))
)
FINALIZER = "storagetui.example/kept"
COMMON: Manifest = {
    "labels": {"made-by": "test", "empty": ""},
    "finalizers": [FINALIZER],
    "ownerReferences": [
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": "0c0ffee0-1", "controller": True},
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "other", "uid": "0c0ffee0-2"},
    ],
}
NAMESPACES = ("shop", "limited")
WITHIN_S = 30.0
NEVER_SET = {
    # behind feature gates that are off: the server drops what is written there
    "DataSource.namespace": "CrossNamespaceVolumeDataSource",
    "PersistentVolumeClaim.health": "CSIVolumeHealth",
    "HealthCondition": "CSIVolumeHealth",
    "VolumeHealth": "CSIVolumeHealth",
    "Pod.volume_health": "CSIVolumeHealth",
}
"""Fields, or whole parts, that this server keeps for nobody, with the reason."""


@pytest.fixture(scope="module")
def server(built: Path) -> Iterator[BareCluster]:
    """An API server with every object of the file, each marked for deletion and kept by its finalizer."""
    with bare_cluster() as cluster:
        for namespace in NAMESPACES:
            cluster.rest.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        for manifest in OBJECTS:
            _make(cluster.rest, manifest)
        yield cluster


def _named(manifest: Manifest) -> Manifest:
    """The manifest with the metadata that all of them have, in the namespace `shop` unless it says another."""
    metadata = {**COMMON, **manifest["metadata"]}
    if KINDS[Kind(manifest["kind"])].is_namespaced:
        metadata.setdefault("namespace", NAMESPACES[0])
    return {**manifest, "metadata": metadata}


def _make(rest: Rest, manifest: Manifest) -> None:
    named = _named(manifest)
    status = named.pop("status", None)
    made = rest.create(named)
    path = path_of({**named, "metadata": made["metadata"]})
    if status is not None:
        rest.call("PUT", f"{path}/status", {**made, "status": status})
    rest.delete(path)


@asynccontextmanager
async def connected(cluster: BareCluster, user: str = "admin") -> AsyncIterator[LiveApi]:
    """The program's own client; leaving waits until its sockets are closed, as TLS says good-bye first."""
    connection = await asyncio.to_thread(load, os.environ, str(cluster.kubeconfig(user)), Overrides())
    before = _sockets()
    async with LiveApi(connection) as api:
        yield api

    async def closed() -> bool:
        return _sockets() <= before

    await until(closed, WITHIN_S, "sockets closed")


def _sockets() -> int:
    """How many sockets this process has."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found += str(entry.readlink()).startswith("socket:")
    return found


def request(info: KindInfo, media_type: str, **query: str) -> Request:
    """A request for one media type alone."""
    return Request(path=info.path(), query=tuple(query.items()), headers=(("Accept", media_type),))


async def listed(api: LiveApi, info: KindInfo, media_type: str, **query: str) -> list[ListPart]:
    """The parts of a list, read by the codec of that media type."""
    async with checked(api, request(info, media_type, **query)) as answer:
        assert media_type_of(answer) == media_type
        codec = codec_of(answer, codecs(info, Habits()))
        parts = [part async for part in codec.read_list(answer)]
    assert not [one for part in parts for one in part.set_aside]
    return parts


async def watched(api: LiveApi, info: KindInfo, media_type: str, ends: str, **query: str) -> list[WatchEvent]:
    """The events of a watch until a bookmark, or until the last object of the file is gone."""
    events: list[WatchEvent] = []
    names = {key.name for key in _keys(info)}
    async with asyncio.timeout(WITHIN_S), checked(api, request(info, media_type, watch="true", **query)) as answer:
        assert media_type_of(answer) == media_type
        async for batch in codec_of(answer, codecs(info, Habits())).read_watch(answer):
            for event in batch:
                assert event.set_aside is None, event.set_aside
                events.append(event)
                if event.type is EventType.DELETED and event.record is not None:
                    names.discard(event.record.name)
                if event.type == ends == EventType.BOOKMARK or (ends == EventType.DELETED and not names):
                    return events
    raise AssertionError(f"the watch ended before {ends}")


def _keys(info: KindInfo) -> list[Key]:
    """The objects of a kind in the file."""
    return [
        Key(info.kind, one["metadata"].get("namespace", ""), one["metadata"]["name"])
        for one in map(_named, OBJECTS)
        if one["kind"] == info.kind
    ]


def by_version(records: list[Record]) -> dict[tuple[str, str], Record]:
    """Records by uid and version: the server's own objects, such as its lease, change while they are read."""
    return {(record.uid, record.resource_version): record for record in records}


def compare(info: KindInfo, one: list[Record], other: list[Record]) -> None:
    """Find equal records, to the letter of each quantity, and all objects of the file among them."""
    first, second = by_version(one), by_version(other)
    same = first.keys() & second.keys()
    assert {record.key for version, record in first.items() if version in same} >= set(_keys(info))
    for version in same:
        assert first[version] == second[version]
        assert repr(first[version]) == repr(second[version])


@pytest.mark.parametrize("info", BUILT_IN)
async def test_a_list_gives_equal_records_both_ways(server: BareCluster, info: KindInfo) -> None:
    async with connected(server) as api:
        ways = [await listed(api, info, media_type) for media_type in (PROTOBUF, JSON)]
        compare(info, *([one for part in way for one in part.records] for way in ways))
        assert all(way[-1].resource_version.isdigit() for way in ways)


@pytest.mark.parametrize("info", BUILT_IN)
async def test_pages_say_the_same_both_ways(server: BareCluster, info: KindInfo) -> None:
    async with connected(server) as api:
        first, second = [(await listed(api, info, media_type, limit="1"))[-1] for media_type in (PROTOBUF, JSON)]
        assert bool(first.continue_token) == bool(second.continue_token)
        assert first.remaining == second.remaining
        if first.continue_token:
            token = {"continue": first.continue_token}
            rest = await listed(api, info, PROTOBUF, **token)
            assert sum(len(part.records) for part in rest) == first.remaining


@pytest.mark.parametrize("info", BUILT_IN)
async def test_a_watch_gives_equal_records_both_ways(server: BareCluster, info: KindInfo) -> None:
    initial = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    async with connected(server) as api:
        ways = [await watched(api, info, media_type, "BOOKMARK", **initial) for media_type in (PROTOBUF, JSON)]
    for way in ways:
        assert {event.type for event in way[:-1]} <= {EventType.ADDED, EventType.MODIFIED}
        assert way[-1].resource_version.isdigit()
    compare(info, *([event.record for event in way if event.record is not None] for way in ways))


def _non_default(record: msgspec.Struct, found: set[str]) -> None:
    """Note which fields of a record, and of the records in it, are something else than absent."""
    for field in table(type(record)):
        value = getattr(record, field.name)
        if value != EMPTY[field.conversion]:
            found.add(f"{type(record).__name__}.{field.name}")
        if field.item is not None:
            for one in value if isinstance(value, tuple) else (value,) if value is not None else ():
                _non_default(one, found)


def _every(record: type[msgspec.Struct], found: dict[str, Field]) -> None:
    for field in table(record):
        found[f"{record.__name__}.{field.name}"] = field
        if field.item is not None:
            _every(field.item, found)


async def test_every_field_of_every_record_was_used(server: BareCluster) -> None:
    used: set[str] = set()
    fields: dict[str, Field] = {}
    async with connected(server) as api:
        for info in (parameter.values[0] for parameter in BUILT_IN):
            assert isinstance(info, KindInfo)
            _every(info.record, fields)
            if not info.is_namespaced:
                del fields[f"{info.record.__name__}.namespace"]
            # Whole, and not in brief as lists keep them.
            for key in _keys(info):
                body = await asyncio.to_thread(server.rest.call, "GET", info.path(key.namespace, key.name))
                _non_default(decode_object(info, msgspec.json.encode(body)), used)
            for part in await listed(api, info, PROTOBUF):
                for record in part.records:
                    _non_default(record, used)
    unused = [name for name in fields if name not in used]
    assert [name for name in unused if not any(name.startswith(known) for known in NEVER_SET)] == []
    assert not [name for name in NEVER_SET if any(one == name or one.startswith(f"{name}.") for one in used)]


@pytest.mark.parametrize("info", BUILT_IN)
async def test_changes_and_ends_are_told_the_same_both_ways(server: BareCluster, info: KindInfo) -> None:
    """The last test of a kind: its objects are gone afterwards."""
    async with connected(server) as api:
        version = (await listed(api, info, JSON))[-1].resource_version
        watches = [
            asyncio.create_task(watched(api, info, media_type, "DELETED", resourceVersion=version))
            for media_type in (PROTOBUF, JSON)
        ]
        for key in _keys(info):
            path = info.path(key.namespace, key.name)
            await asyncio.to_thread(server.rest.merge, path, {"metadata": {"labels": {"turn": "2"}}})
            await asyncio.to_thread(server.rest.merge, path, {"metadata": {"finalizers": None}})
            if info.kind is Kind.NAMESPACE:
                gone: dict[str, Any] = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": key.name}}
                await asyncio.to_thread(server.rest.call, "PUT", f"{path}/finalize", {**gone, "spec": {}})
            if info.kind is Kind.POD:
                await asyncio.to_thread(server.rest.delete, path, gracePeriodSeconds=0)
        first, second = await asyncio.gather(*watches)
    ours = {key.name for key in _keys(info)}
    told = [
        [(event.type, event.record) for event in way if event.record is not None and event.record.name in ours]
        for way in (first, second)
    ]
    assert told[0] == told[1]
    assert {type_ for type_, _ in told[0]} == {EventType.MODIFIED, EventType.DELETED}


async def test_the_program_asks_so_that_it_gets_protobuf(server: BareCluster) -> None:
    async with connected(server) as api:
        for info in (parameter.values[0] for parameter in BUILT_IN):
            assert isinstance(info, KindInfo)
            for watch, query in ((False, {}), (True, {"watch": "true", "timeoutSeconds": "1"})):
                async with checked(api, request(info, accept(info, watch=watch), **query)) as answer:
                    assert media_type_of(answer) == PROTOBUF


async def test_a_list_of_the_program_is_what_there_is(server: BareCluster) -> None:
    async with connected(server) as api:
        parts = [part async for part in Listing(api, Feed(Kind.NAMESPACE), Habits()).parts()]
    end = parts[-1]
    assert isinstance(end, Listed)
    assert {key.name for key in end.keys} >= {"default", "kube-system", *NAMESPACES}


async def test_a_refusal_in_protobuf_says_who_may_not_do_what(server: BareCluster) -> None:
    async with connected(server, "nobody") as api:
        with pytest.raises(Forbidden, match='cannot list resource "pods"'):
            async for _ in Listing(api, Feed(Kind.POD), Habits()).parts():
                pass
