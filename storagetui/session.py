"""One cluster, watched: the one writer of its state, and the publisher of Frames."""

import asyncio
import importlib
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from storagetui.actions.journal import Journal
from storagetui.actions.plan import Approval, PlannedRequest
from storagetui.cluster.shared_map import SharedMap
from storagetui.cluster.store import Effect, Store
from storagetui.diagnosis.finding import Finding
from storagetui.errors import StorageTuiError
from storagetui.feeds import event_feed, lease_feeds, object_feeds, rule_feeds
from storagetui.frame import Frame
from storagetui.kube.errors import NotFound
from storagetui.kube.json_object import decode_object
from storagetui.model.base import Record
from storagetui.model.change import Change, Drop, Feed, FeedHealth, FeedState, Put, Reachability, Replace
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.model.namespaces import Namespace
from storagetui.model.nodes import Node
from storagetui.pace import Pace
from storagetui.rights import Rights
from storagetui.runs import Runs
from storagetui.scopes import Scopes
from storagetui.settings import Settings
from storagetui.source import ClusterIdentity, Source
from storagetui.watched import Watched

if TYPE_CHECKING:
    from storagetui.diagnosis.engine import Findings

_BUDGET_S = 0.008
"""Seconds of work after which the loop is given a breath."""
_SLICE = 64
"""Changes taken between two looks at the clock."""
_ENGINE = "storagetui.diagnosis.engine"

_TELLING = (Kind.PERSISTENT_VOLUME_CLAIM, Kind.POD)
"""Kinds of which one that may not be listed everywhere has namespaces looked for in which it may."""

_NO_FINDINGS: SharedMap[Key, tuple[Finding, ...]] = SharedMap()

Opener = Callable[[], AbstractAsyncContextManager["Session"]]
"""What makes a session: entering may take a while, and raises StorageTuiError with a sentence when it cannot."""


class Session:
    """Facts in, Frames out. `run` does the work and owns every task; leaving it ends them all."""

    def __init__(
        self,
        source: Source,
        settings: Settings,
        namespaces: Iterable[str] = (),
        state_folder: Path | None = None,
        *,
        is_hasty: bool = False,
    ) -> None:
        """`namespaces` are where to look, at least, when looking everywhere is forbidden.

        The journal, and what is saved before it is lost, go to `state_folder`; None for the user's own. One that
        `is_hasty` imports the rules, which takes a while, only when the claims have come in.
        """
        self.settings = settings
        self._folder = state_folder or user_state_path("storagetui")
        self._source = source
        self._inbox: deque[Change] = deque()
        self._arrived = asyncio.Event()
        self._published = asyncio.Event()
        self._store = Store()
        self._findings: Findings | None = None
        """None until the rules have been imported."""
        self._is_thinking = asyncio.Event()
        """Set when they have been."""
        self._unthought: dict[Key, Record | None] = {}
        """Objects that have changed since the last diagnosis, with their records of then."""
        self._watched = Watched(source, namespaces, self._take)
        self._pace = Pace(self._watched.feeds)
        self._scopes = Scopes(source.may, self.look_into)
        self._followed: dict[Feed, int] = {}
        self._leased: frozenset[Feed] = frozenset()
        self._group: asyncio.TaskGroup | None = None
        journal = Journal(self._folder / "journal.jsonl")
        self.runs = Runs(journal, read_only=settings.read_only, changed=self._progress)
        """The plans that are, and were, carried out."""
        self.rights = Rights(source.may, self._progress)
        """What the user may do."""
        self.frame = Frame(
            number=0,
            cluster_id=source.identity.cluster_id,
            at=source.now(),
            cluster=self._store.publish(),
            findings=_NO_FINDINGS,
            feeds={},
            changed=frozenset(),
            rediagnosed=frozenset(),
        )
        """The latest Frame; there is always one."""
        for feed in object_feeds():
            self._watched.add(feed)
        if not is_hasty or _ENGINE in sys.modules:
            self._think()

    @property
    def identity(self) -> ClusterIdentity:
        """Which cluster, and as whom."""
        return self._source.identity

    @property
    def is_looking(self) -> bool:
        """Whether it is still being asked into which namespaces the user may look."""
        return self._scopes.is_asking

    def now(self) -> datetime:
        """The cluster's time, as well as it is known."""
        return self._source.now()

    async def read(self, key: Key) -> bytes:
        """The whole object as JSON, read now; raises ApiError."""
        return await self._source.read(key)

    async def read_record(self, key: Key) -> Record | None:
        """The object as it is now; None when it does not exist. Raises ApiError when that cannot be known."""
        try:
            return decode_object(KINDS[key.kind], await self._source.read(key))
        except NotFound:
            return None

    async def save(self, key: Key, file_name: str) -> str:
        """Save the whole object as JSON in the state folder and return where; raises ApiError, OSError."""
        path = self._folder / "saved" / file_name
        body = await self._source.read(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(body)
        return str(path)

    async def may(self, verb: str, key: Key) -> tuple[bool, str]:
        """Whether the user may do that to the object, and the server's reason; raises ApiError."""
        return await self._source.may(verb, key)

    async def send(self, request: PlannedRequest, *, dry_run: bool) -> None:
        """Send a write of an approved plan; for the executor alone. Raises StatusError, ConnectionLost."""
        await self._source.send(request, dry_run=dry_run)

    def act(self, approval: Approval) -> str:
        """Carry an approved plan out; returns the id under which `runs` tells how it goes.

        Raises StorageTuiError when the session is not running, or something is being done to the object already.
        """
        if self._group is None:
            raise StorageTuiError("the connection to the cluster is not open: wait until it is")
        plan = approval.plan
        if self.runs.going_on(plan.key, plan.uid) is not None:
            raise StorageTuiError(f"something is being done to {plan.key} already: wait until that has ended")
        return self.runs.start(approval, self, self._group)

    async def frames(self) -> AsyncIterator[Frame]:
        """The latest Frame, then every later one; a slow reader misses those in between and no fact."""
        seen = -1
        while True:
            published = self._published
            if self.frame.number != seen:
                seen = self.frame.number
                yield self.frame
            else:
                await published.wait()

    @asynccontextmanager
    async def follow(self, key: Key) -> AsyncIterator[None]:
        """While open, every event about the object arrives, the Normal ones too."""
        feed = event_feed(key)
        self._followed[feed] = self._followed.get(feed, 0) + 1
        self._watched.add(feed)
        try:
            yield
        finally:
            self._followed[feed] -= 1
            if not self._followed[feed]:
                del self._followed[feed]
                self._watched.end(feed)

    async def run(self) -> None:
        """Watch and publish until cancelled."""
        self._pace.begin()
        try:
            async with asyncio.TaskGroup() as self._group:
                self._group.create_task(self._source.run(self._take), name="source")
                self._group.create_task(self._flush_for_ever(), name="flush")
                self._group.create_task(self._scopes.run(), name="scopes")
                if self._findings is None:
                    self._group.create_task(self._learn(), name="rules")
        finally:
            self._group = None

    async def _learn(self) -> None:
        """Import the rules when the claims have come in, so that these have the processor for themselves."""
        await self._pace.claims()
        await asyncio.to_thread(importlib.import_module, _ENGINE)
        self._think()
        self._arrived.set()

    def _think(self) -> None:
        """From now on there are findings, and the events that they are made of are asked for."""
        from storagetui.diagnosis.engine import Findings  # late: the rules take a while to import

        self._findings = Findings(self.settings.thresholds)
        for feed in rule_feeds():
            self._watched.add(feed)
        self._is_thinking.set()

    def _progress(self) -> None:
        """A run got further, or a right became known: worth a Frame, although no fact has changed."""
        self._arrived.set()

    def _take(self, change: Change) -> None:
        self._inbox.append(change)
        self._arrived.set()
        self._pace.take(change)

    def look_into(self, namespace: str) -> None:
        """Look into this namespace too, of the kinds that may not be listed everywhere."""
        self._watched.look_into(namespace)
        self._arrived.set()

    async def _flush_for_ever(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            try:
                async with asyncio.timeout(self._patience_s()):
                    await self._arrived.wait()
            except TimeoutError:
                pass
            begun = clock()
            self._arrived.clear()
            self._pace.flush()
            await self._flush()
            await self._pace.pause(begun, self.frame.number)

    def _patience_s(self) -> float | None:
        """How long to wait for something to arrive; None for as long as it takes."""
        if self._unthought:
            return max(0.0, self._pace.thinking_in_s())
        flip = self._findings.next_flip() if self._findings is not None else None
        return None if flip is None else max(0.0, (flip - self.now()).total_seconds(), self._pace.thinking_in_s())

    async def _flush(self) -> None:
        """Take what has arrived, think about what it touches, publish."""
        clock = asyncio.get_running_loop().time
        batch, self._inbox = self._inbox, deque()
        facts = self._facts(batch)
        previous: dict[Key, Record | None] = {}
        slept = clock()
        for start in range(0, len(facts), _SLICE):
            effect = self._store.apply(facts[start : start + _SLICE])
            for key, old in effect.previous.items():
                previous.setdefault(key, old)
            if clock() - slept > _BUDGET_S:
                await asyncio.sleep(0)
                slept = clock()
        cluster, at, feeds = self._store.publish(), self.now(), self._watched.dated()
        effect = Effect(frozenset(previous), previous)
        for key, old in previous.items():
            self._unthought.setdefault(key, old)
        rediagnosed: frozenset[Key] = frozenset()
        if self._findings is None and self._pace.thinking_in_s() <= 0.0 and not self._pace.is_unheard():
            # All that there is has been listed: what is published now must not look as if nothing were wrong.
            await self._is_thinking.wait()
            cluster, at, feeds = self._store.publish(), self.now(), self._watched.dated()
        if self._findings is not None and self._pace.thinking_in_s() <= 0.0:
            unthought, self._unthought = self._unthought, {}
            for _ in self._findings.update(cluster, Effect(frozenset(unthought), unthought), at, feeds):
                if clock() - slept > _BUDGET_S:
                    await asyncio.sleep(0)
                    slept = clock()
            rediagnosed = self._findings.rediagnosed
            self._pace.thought()
        self._publish(
            Frame(
                number=self.frame.number + 1,
                cluster_id=self.identity.cluster_id,
                at=at,
                cluster=cluster,
                findings=self._findings.publish() if self._findings is not None else _NO_FINDINGS,
                feeds=feeds,
                changed=effect.changed,
                rediagnosed=rediagnosed,
                groups=self._findings.groups if self._findings is not None else (),
                clock_ahead=self._source.clock_ahead,
            )
        )
        self._adjust_feeds(effect)

    def _publish(self, frame: Frame) -> None:
        self.frame = frame
        published, self._published = self._published, asyncio.Event()
        published.set()

    def _facts(self, batch: Iterable[Change]) -> list[Put | Drop | Replace]:
        """What the store wants to know; health is kept here, and a feed that has ended is no longer heard."""
        facts: list[Put | Drop | Replace] = []
        for change in batch:
            if isinstance(change, Reachability):
                self._watched.reach(change)
            elif isinstance(change, Replace):
                facts.append(change)
            elif change.feed not in self._watched.feeds:
                continue
            elif isinstance(change, FeedHealth):
                self._pace.hear(change)
                self._watched.hear(change)
            else:
                facts.append(change)
        return facts

    def _adjust_feeds(self, effect: Effect) -> None:
        """Follow the heartbeat of nodes that are not Ready, and of those alone; look into namespaces as they come."""
        if any(key.kind is Kind.NODE for key in effect.changed):
            self._follow_leases()
        self._look_around([key.name for key in effect.changed if key.kind is Kind.NAMESPACE])

    def _follow_leases(self) -> None:
        nodes = self.frame.cluster.all(Node)
        wanted = lease_feeds([node.name for node in nodes.values() if not node.is_ready])
        for feed in sorted(wanted - self._leased):
            self._watched.add(feed)
        for feed in sorted(self._leased - wanted):
            self._watched.end(feed)
        self._leased = wanted

    def _look_around(self, changed: Iterable[str]) -> None:
        """Who may not list claims everywhere may do so in some of the namespaces: find out in which."""
        names = self.frame.cluster.all(Namespace)
        for name in changed:
            if Key(Kind.NAMESPACE, "", name) not in names:
                self._scopes.forget(name)
                self._watched.leave(name)
        refused = (kind for kind in _TELLING if _is_forbidden(self._watched.feeds.get(Feed(kind))))
        kind = next(refused, None)
        if kind is not None:
            self._scopes.ask(kind, {key.name for key in names} - set(self._watched.namespaces))


def _is_forbidden(health: FeedHealth | None) -> bool:
    return health is not None and health.state is FeedState.FORBIDDEN
