"""Faults of feeds that a real server can produce, at the level of a session; those on the screen: test_ui_watches."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from storagetui.frame import Frame
from storagetui.kube import kubeconfig, spells, verdict
from storagetui.kube.api import Request
from storagetui.kube.client import LiveApi
from storagetui.live import LiveSource
from storagetui.model.change import Feed, FeedState
from storagetui.model.keys import Kind
from storagetui.session import Session
from storagetui.settings import Settings
from tests.kube.simulated import NotedApi
from tests.kube.wire import Proxy
from tests.realcluster.lab import CLAIMS, PODS, Lab
from tests.realcluster.programs import API_SERVER
from tests.realcluster.rest import Manifest, Refused, Rest
from tests.realcluster.tcp_proxy import Wire
from tests.realcluster.waiting import wait_until
from tests.source import IDENTITY
from tests.waiting import frame_with

CLAIM_FEED, POD_FEED, BACKUP_FEED = Feed(Kind.PERSISTENT_VOLUME_CLAIM), Feed(Kind.POD), Feed(Kind.BACKUP)
LIVE, STALE, FORBIDDEN, ABSENT = FeedState.LIVE, FeedState.STALE, FeedState.FORBIDDEN, FeedState.ABSENT


class Watched(Session):
    """A session, with what it asked the server and the states that its feeds were seen in."""

    def __init__(self, api: NotedApi, folder: Path) -> None:
        super().__init__(LiveSource(api, IDENTITY), Settings(), state_folder=folder)
        self.api = api

    async def until(self, state: FeedState, feed: Feed = CLAIM_FEED, within_s: float = 60.0) -> Frame:
        """The first Frame in which a feed is in a state."""
        return await frame_with(self, lambda frame: feed in frame.feeds and frame.feeds[feed].state is state, within_s)

    async def until_all_live(self, within_s: float = 60.0) -> Frame:
        return await frame_with(self, all_live, within_s)

    async def until_true(self, lab: Lab, within_s: float = 60.0) -> None:
        """Wait until the claims and pods of the lab are those of the server, and all feeds live."""
        kinds = ((Kind.PERSISTENT_VOLUME_CLAIM, CLAIMS), (Kind.POD, PODS))
        async with asyncio.timeout(within_s):
            while True:
                frame = await self.until_all_live(within_s)
                served = [versions(await asyncio.to_thread(lab.rest.items, lab.path(plural))) for _, plural in kinds]
                if [shown(frame, kind, lab) for kind, _ in kinds] == served:
                    return
                await asyncio.sleep(0.2)

    def lists(self, plural: str) -> int:
        """How often all of a kind has been listed, pages counted."""
        return sum(asked.request.path.endswith(f"/{plural}") for asked in self.api.lists)


def all_live(frame: Frame) -> bool:
    return bool(frame.feeds) and all(health.state in (LIVE, ABSENT) for health in frame.feeds.values())


def shown(frame: Frame, kind: Kind, lab: Lab) -> dict[str, str]:
    found = frame.cluster.objects[kind].values()
    return {one.name: one.resource_version for one in found if one.namespace == lab.namespace}


def versions(items: list[Manifest]) -> dict[str, str]:
    return {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in items}


@asynccontextmanager
async def watched(config: Path, folder: Path) -> AsyncIterator[Watched]:
    """A session with a kubeconfig; every feed is live, and at the end none has been left behind."""
    async with LiveApi(kubeconfig.load({"KUBECONFIG": str(config)})) as live:
        session = Watched(NotedApi(live), folder)
        task = asyncio.create_task(session.run())
        try:
            yield session
            assert not task.done(), task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert session.api.open_now == 0


def configured(lab: Lab, folder: Path, user: Mapping[str, Any], **cluster: str) -> Path:
    """A kubeconfig of the cluster with another user, or another way."""
    document = yaml.safe_load(lab.kubeconfig().read_text())
    document["users"][0]["user"] = dict(user) or document["users"][0]["user"]
    document["clusters"][0]["cluster"] |= cluster
    path = folder / "kubeconfig.own"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document))
    return path


def touch(lab: Lab, name: str, value: str) -> None:
    lab.rest.merge(lab.path(CLAIMS, name), {"metadata": {"annotations": {"touched": value}}})


async def test_watches_that_the_server_ends_go_on_without_a_word(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spells, "_UNMARKED_S", (6.0, 7.0))
    lab.add_claim("a")
    async with watched(lab.kubeconfig("viewer"), tmp_path) as session:
        await session.until_all_live()
        lists = session.lists(CLAIMS)
        for number in range(9):
            await asyncio.to_thread(touch, lab, "a", str(number))
            await asyncio.sleep(1.5)
            assert all_live(session.frame), session.frame.feeds
        await session.until_true(lab)
        claims = [asked for asked in session.api.watches if asked.request.path.endswith(CLAIMS)]
        assert len(claims) >= 3
        assert session.lists(CLAIMS) == lists


def service_account(lab: Lab, name: str, *resources: str) -> Manifest:
    """An account that may read these resources; returns the binding that lets it."""
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": lab.namespace}}
    lab.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": lab.namespace}})
    lab.create(
        role | {"rules": [{"apiGroups": ["*"], "resources": list(resources), "verbs": ["get", "list", "watch"]}]}
    )
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": lab.namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": lab.namespace},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": lab.namespace}],
    }
    lab.create(binding)
    return binding


def token_of(lab: Lab, account: str, secret: str) -> str:
    """A token as TokenRequest gives it, which ends when a Secret is deleted: the shortest life is ten minutes."""
    made = lab.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": secret, "namespace": lab.namespace}})
    bound = {"apiVersion": "v1", "kind": "Secret", "name": secret, "uid": made["metadata"]["uid"]}
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"boundObjectRef": bound}}
    answer = lab.rest.call("POST", lab.path("serviceaccounts", account) + "/token", body)
    token: str = answer["status"]["token"]
    return token


async def test_rights_that_are_withdrawn_and_given_again(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "DENIED_S", 3.0)
    binding = service_account(lab, "reader", "*")
    path = f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{lab.namespace}"
    lab.add_claim("a")
    own = configured(lab, tmp_path, {"token": token_of(lab, "reader", "t")})
    async with (
        Wire(lab.cluster.server).open() as wire,
        watched(wire.kubeconfig(own, tmp_path), tmp_path) as session,
    ):
        await session.until_all_live()
        await asyncio.to_thread(lab.rest.delete, path)
        await asyncio.to_thread(touch, lab, "a", "1")
        await frame_with(session, lambda frame: "a" in shown(frame, Kind.PERSISTENT_VOLUME_CLAIM, lab))
        wire.cut()
        await session.until(STALE)
        wire.mend()
        frame = await session.until(FORBIDDEN)
        assert "cannot list" in frame.feeds[CLAIM_FEED].message
        assert set(shown(frame, Kind.PERSISTENT_VOLUME_CLAIM, lab)) == {"a"}
        await asyncio.to_thread(touch, lab, "a", "2")
        await asyncio.to_thread(lab.rest.create, binding)
        await session.until_true(lab)


async def test_a_token_that_ends_is_read_anew_from_its_file(lab: Lab, tmp_path: Path) -> None:
    service_account(lab, "reader", "*")
    file = tmp_path / "token"
    file.write_text(token_of(lab, "reader", "first"))
    lab.add_claim("a")
    own = configured(lab, tmp_path, {"tokenFile": str(file)})
    async with (
        Wire(lab.cluster.server).open() as wire,
        watched(wire.kubeconfig(own, tmp_path), tmp_path) as session,
    ):
        await session.until_all_live()
        lists = session.lists(CLAIMS)
        first = file.read_text()
        file.write_text(token_of(lab, "reader", "second"))
        await asyncio.to_thread(lab.rest.delete, lab.path("secrets", "first"))
        await asyncio.to_thread(_until_rejected, lab, first)
        wire.cut()
        await session.until(STALE)
        await asyncio.to_thread(touch, lab, "a", "1")
        wire.mend()
        await session.until_true(lab)
        assert session.lists(CLAIMS) == lists


def _until_rejected(lab: Lab, token: str) -> None:
    rest = Rest(lab.cluster.server, lab.cluster.places.key("ca.crt"), token)

    def rejected() -> bool:
        try:
            rest.call("GET", "/version")
            rest.call("GET", lab.path(CLAIMS))
        except Refused as refused:
            return refused.status == 401
        return False

    wait_until(rejected, 60.0, "the token rejected")


def backups() -> Manifest:
    """A definition as Velero's, without its schema."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    names = {"plural": "backups", "singular": "backup", "kind": "Backup", "listKind": "BackupList"}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "backups.velero.io"},
        "spec": {"group": "velero.io", "scope": "Namespaced", "names": names, "versions": [version]},
    }


async def test_a_custom_resource_that_is_installed_and_removed(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "ABSENT_S", 2.0)
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/backups.velero.io"
    async with watched(lab.kubeconfig("viewer"), tmp_path) as session:
        await session.until(ABSENT, BACKUP_FEED)
        try:
            await asyncio.to_thread(lab.rest.create, backups())
            await session.until(LIVE, BACKUP_FEED)
            backup = {"apiVersion": "velero.io/v1", "kind": "Backup"}
            named = {"metadata": {"name": "nightly", "namespace": lab.namespace}}
            await asyncio.to_thread(lab.rest.create, backup | named)
            await frame_with(session, lambda frame: shown(frame, Kind.BACKUP, lab))
        finally:
            await asyncio.to_thread(lab.rest.delete, path)
        await session.until(ABSENT, BACKUP_FEED)
        frame = await frame_with(session, lambda frame: not frame.cluster.objects[Kind.BACKUP])
        assert frame.feeds[CLAIM_FEED].state is LIVE


async def pods(lab: Lab, *headers: tuple[str, str]) -> tuple[str, Any]:
    """How the pods of the lab come over the wire, and what they are."""
    async with LiveApi(kubeconfig.load({"KUBECONFIG": str(lab.kubeconfig())})) as api:
        request = Request(path=lab.path(PODS), headers=(("Accept", "application/json"), *headers))
        async with api.open(request) as answer:
            body = b"".join([chunk async for chunk in answer.chunks()])
            return answer.headers.get("Content-Encoding", ""), json.loads(body)["items"]


async def test_an_object_as_large_as_etcd_takes_it_also_compressed(lab: Lab, tmp_path: Path) -> None:
    lab.add_claim("a")
    async with watched(lab.kubeconfig("viewer"), tmp_path) as session:
        await session.until_all_live()
        spec = {"containers": [{"name": "a", "image": "x", "args": ["x" * 1_400_000]}]}
        gated = spec | {"schedulingGates": [{"name": "test/never"}]}
        made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big", "namespace": lab.namespace}}
        await asyncio.to_thread(lab.rest.create, made | {"spec": gated})
        await frame_with(session, lambda frame: "big" in shown(frame, Kind.POD, lab))
        await session.until_true(lab)
    async with watched(lab.kubeconfig("viewer"), tmp_path) as session:
        await session.until_true(lab)
        assert "big" in shown(session.frame, Kind.POD, lab)
    squeezed, plain = await pods(lab), await pods(lab, ("Accept-Encoding", "identity"))
    assert (squeezed[0], plain[0]) == ("gzip", "")
    assert squeezed[1] == plain[1]


async def test_a_proxy_is_passed_and_when_it_drops_us_passed_again(lab: Lab, tmp_path: Path) -> None:
    lab.add_claim("a")
    async with Proxy(int(lab.cluster.server.rpartition(":")[2])) as proxy:
        own = configured(lab, tmp_path, {}, **{"proxy-url": proxy.url})
        async with watched(own, tmp_path) as session:
            await session.until_all_live()
            before = len(proxy.seen)
            proxy.drop()
            await asyncio.to_thread(touch, lab, "a", "1")
            await session.until(STALE)
            await session.until_true(lab)
            assert len(proxy.seen) > before
            assert {seen.method for seen in proxy.seen} == {"CONNECT"}


@pytest.mark.disruptive
async def test_a_server_that_is_restarted_and_has_forgotten(lab: Lab, tmp_path: Path) -> None:
    for name in ("a", "lost"):
        lab.add_claim(name)
    async with watched(lab.kubeconfig("viewer"), tmp_path) as session:
        await session.until_true(lab)
        lists = session.lists(CLAIMS)
        for forgets in (False, True):
            lab.rest.merge(lab.path(CLAIMS, "a"), {"metadata": {"annotations": {"touched": f"{forgets}"}}})
            if forgets:
                lab.rest.delete(lab.path(CLAIMS, "lost"))
                await asyncio.to_thread(lab.cluster.compact)
            lab.cluster.stop_api_server()
            await frame_with(session, lambda frame: not any(h.state is LIVE for h in frame.feeds.values()), 30.0)
            assert "a" in shown(session.frame, Kind.PERSISTENT_VOLUME_CLAIM, lab)
            await asyncio.to_thread(lab.cluster.start_api_server)
            await session.until_true(lab, 90.0)
        assert session.lists(CLAIMS) >= lists


@pytest.mark.disruptive
async def test_a_server_that_hangs_is_nowhere_called_live(lab: Lab, tmp_path: Path) -> None:
    lab.add_claim("a")
    async with watched(lab.kubeconfig("viewer"), tmp_path) as session:
        await session.until_true(lab)
        lab.cluster.hang(API_SERVER)
        try:
            await frame_with(session, lambda frame: not any(h.state is LIVE for h in frame.feeds.values()), 30.0)
            frame = session.frame
            assert "does not answer" in frame.feeds[CLAIM_FEED].message
            assert "a" in shown(frame, Kind.PERSISTENT_VOLUME_CLAIM, lab)
            await asyncio.sleep(10.0)
            assert not any(health.state is LIVE for health in session.frame.feeds.values())
        finally:
            lab.cluster.resume(API_SERVER)
        await asyncio.to_thread(touch, lab, "a", "1")
        await session.until_true(lab, 90.0)
