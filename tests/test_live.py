"""The live source: reflectors for what is wanted, and the question whether the server answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from storagetui.errors import CredentialsError
from storagetui.feeds import base_feeds
from storagetui.kube.api import Request
from storagetui.kube.errors import ConnectionLost, Forbidden, NotFound
from storagetui.kube.sleep import Slept
from storagetui.live import LiveSource
from storagetui.model.change import Change, Feed, FeedHealth, FeedState, Put, Reachability
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.session import Session
from storagetui.settings import Settings
from tests.kube.scripted import (
    CUT,
    Reply,
    ScriptedApi,
    claim_wire,
    encoded,
    event,
    lost,
    page,
    quiet,
    refusal,
    silent,
    watch,
)
from tests.source import IDENTITY

CLAIMS = Feed(Kind.PERSISTENT_VOLUME_CLAIM)
WELL = Reply((b'{"gitVersion": "v1.37.2"}',))


class Server:
    """An API server on which one kind has objects and the others have none; parts of it can be made to fail."""

    def __init__(self) -> None:
        self.version: Callable[[], Reply] = lambda: WELL
        self.watch: Callable[[], Reply] = quiet
        self.api = ScriptedApi(self.answer)

    def answer(self, request: Request) -> Reply:
        if request.path == "/version":
            return self.version()
        if ("watch", "true") in request.query:
            return self.watch()
        return page([claim_wire("a", "3")] if request.path.endswith("persistentvolumeclaims") else [], "5")

    @property
    def questions(self) -> list[float]:
        """When the version was asked for."""
        return [asked.at for asked in self.api.asked if asked.request.path == "/version"]


@asynccontextmanager
async def running(
    server: Server, *feeds: Feed, slept: Slept | None = None
) -> AsyncIterator[tuple[LiveSource, list[Change]]]:
    """A source that runs while this is open, and what it said so far."""
    before = asyncio.all_tasks()
    source = LiveSource(server.api, IDENTITY, random=Random(1), slept=slept)
    said: list[Change] = []
    for feed in feeds:
        source.add(feed)
    task = asyncio.create_task(source.run(said.append))
    try:
        yield source, said
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() <= before
    assert server.api.open_now == 0


def states(said: list[Change], feed: Feed) -> list[FeedState]:
    return [change.state for change in said if isinstance(change, FeedHealth) and change.feed == feed]


def reachability(said: list[Change]) -> list[Reachability]:
    return [change for change in said if isinstance(change, Reachability)]


async def test_feeds_wanted_before_and_during_the_run_are_heard() -> None:
    server = Server()
    async with running(server, CLAIMS) as (source, said):
        await asyncio.sleep(1.0)
        assert states(said, CLAIMS)[-1] is FeedState.LIVE
        later = Feed(Kind.NODE)
        source.add(later)
        source.add(later)
        await asyncio.sleep(1.0)
        assert states(said, later)[-1] is FeedState.LIVE
        assert server.api.open_now == 2


async def test_a_feed_that_is_removed_says_nothing_more_and_may_come_back() -> None:
    server = Server()
    server.watch = lambda: watch(*(1.0, event("MODIFIED", claim_wire("a", "9"))) * 200)
    async with running(server, CLAIMS) as (source, said):
        await asyncio.sleep(5.5)
        source.remove(CLAIMS)
        count = len(said)
        await asyncio.sleep(5.0)
        assert len(said) == count
        assert server.api.open_now == 0
        source.remove(CLAIMS)
        source.add(CLAIMS)
        await asyncio.sleep(1.5)
        assert states(said[count:], CLAIMS)[0] is FeedState.CONNECTING
        assert isinstance(said[-1], Put)


async def test_the_server_is_asked_now_and_then_and_silence_about_it_is_golden() -> None:
    server = Server()
    async with running(server) as (_, said):
        await asyncio.sleep(61.0)
        assert server.questions == pytest.approx([5.0 * number for number in range(13)])
        assert said == []


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (silent(), "does not answer"),
        (lost("connection refused"), "connection refused"),
        (refusal(503, "ServiceUnavailable", "no backend"), "answers 503"),
        (Reply(error=OSError()), "OSError"),
        (Reply(error=CredentialsError("the token has expired")), "the token has expired"),
    ],
)
async def test_a_server_that_stops_and_comes_back_is_told_once_each_time(trouble: Reply, message: str) -> None:
    server = Server()
    async with running(server) as (_, said):
        await asyncio.sleep(12.0)
        server.version = lambda: trouble
        await asyncio.sleep(60.0)
        (gone,) = reachability(said)
        assert not gone.is_answering
        assert message in gone.message
        assert 5.0 <= gone.quiet_s <= 10.0
        server.version = lambda: WELL
        await asyncio.sleep(11.0)
        assert [one.is_answering for one in reachability(said)] == [False, True]
        assert reachability(said)[1].message == ""


@pytest.mark.parametrize("status", [200, 401, 403, 404])
async def test_a_server_that_says_no_is_there(status: int) -> None:
    server = Server()
    server.version = lambda: refusal(status, "Whatever", "no")
    async with running(server) as (_, said):
        await asyncio.sleep(60.0)
        assert said == []


CLAIM = Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "a")


async def test_an_object_is_read_whole() -> None:
    api = ScriptedApi(lambda request: Reply((encoded(claim_wire("a", "3"))[:40], encoded(claim_wire("a", "3"))[40:])))
    assert json.loads(await LiveSource(api, IDENTITY).read(CLAIM)) == claim_wire("a", "3")
    assert api.asked[0].request.path == "/api/v1/namespaces/shop/persistentvolumeclaims/a"


@pytest.mark.parametrize(
    ("reply", "kind"), [(refusal(404, "NotFound", "no"), NotFound), (refusal(403, "Forbidden", "no"), Forbidden)]
)
async def test_an_object_that_cannot_be_read_is_an_error(reply: Reply, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="no"):
        await LiveSource(ScriptedApi(lambda request: reply), IDENTITY).read(CLAIM)


async def test_after_its_run_a_source_starts_and_asks_nothing() -> None:
    server = Server()
    async with running(server, CLAIMS) as (source, _):
        await asyncio.sleep(1.0)
    with pytest.raises(ConnectionLost, match="closed"):
        await source.read(CLAIM)
    with pytest.raises(ConnectionLost, match="closed"):
        await source.may("list", CLAIM)
    source.add(Feed(Kind.NODE))
    source.remove(CLAIMS)
    await asyncio.sleep(1.0)
    assert server.api.open_now == 0


async def test_a_session_over_a_live_source_goes_stale_and_comes_back(tmp_path: Path) -> None:
    server = Server()
    session = Session(LiveSource(server.api, IDENTITY, random=Random(1)), Settings(), ("shop",), tmp_path)
    work = asyncio.create_task(session.run())
    await asyncio.sleep(2.0)
    assert {health.state for health in session.frame.feeds.values()} == {FeedState.LIVE}
    assert len(session.frame.cluster.all(PersistentVolumeClaim)) == 1
    server.version = server.watch = silent
    await asyncio.sleep(10.0)
    assert {health.state for health in session.frame.feeds.values()} == {FeedState.STALE}
    server.version, server.watch = lambda: WELL, lambda: watch(1.0, CUT)
    await asyncio.sleep(2.0)
    server.watch = quiet
    await asyncio.sleep(1200.0)
    assert {health.state for health in session.frame.feeds.values()} == {FeedState.LIVE}
    assert len(session.frame.cluster.all(PersistentVolumeClaim)) == 1
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert server.api.open_now == 0


async def test_all_feeds_together_share_one_lock_for_decoding() -> None:
    server = Server()
    async with running(server, *base_feeds()) as (_, said):
        await asyncio.sleep(1.0)
        assert {feed: states(said, feed)[-1] for feed in base_feeds()} == dict.fromkeys(base_feeds(), FeedState.LIVE)


class Lid:
    """The clocks of a laptop: `shut` lets the wall clock alone go on."""

    def __init__(self) -> None:
        self._slept_s = 0.0

    def shut(self, seconds: float) -> None:
        self._slept_s += seconds

    def slept(self) -> Slept:
        clock = asyncio.get_running_loop().time
        return Slept(lambda: clock() + self._slept_s, clock)


async def test_after_a_sleep_of_this_machine_every_feed_asks_at_once_from_where_it_was() -> None:
    server, lid = Server(), Lid()
    async with running(server, CLAIMS, Feed(Kind.NODE), slept=lid.slept()) as (source, said):
        await asyncio.sleep(100.0)
        before, count = list(server.api.asked), len(said)
        lid.shut(600.0)
        await asyncio.sleep(1.1)
        fresh = [asked for asked in server.api.asked[len(before) :] if asked.request.path != "/version"]
        assert [asked.is_watch for asked in fresh] == [True, True]
        assert {asked.query["resourceVersion"] for asked in fresh} == {"quiet-0"}
        stale = next(change for change in said[count:] if isinstance(change, FeedHealth))
        assert stale.state is FeedState.STALE
        assert "slept for 0:10:00" in stale.message
        assert 600.0 <= stale.quiet_s <= 700.0
        await asyncio.sleep(3.0)
        assert states(said, CLAIMS)[-1] is FeedState.LIVE
        assert server.api.open_now == 2
        source.remove(CLAIMS)
        lid.shut(600.0)
        await asyncio.sleep(2.0)
        assert server.api.open_now == 1
