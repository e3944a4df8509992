"""How long a watch is asked to last, and when one that goes on after trouble is known to have caught up.

The head of an answer proves nothing: what is behind it may be dead, and a server says nowhere that nothing is missing.
Three things prove it. A bookmark stands behind everything that came before it. An end at the time that was asked for,
with nothing left to say in the last second, is the server's own and comes over the same connection; and an event is not
older than a version that was asked for before the watch began. So a watch after trouble is asked to last for seconds.

A server sends a bookmark each minute only if its version has moved since the watch began, which it does on a quiet
cluster when etcd tells of its progress: every five seconds as kubeadm sets it up, every ten minutes by default; and of
events, which it does not cache, it sends etcd's alone (k8s.io/apiserver: pkg/storage/cacher/cache_watcher.go and
pkg/storage/etcd3/watcher.go). Silence would then be no sign of death, so that watches end before it becomes one, until
bookmarks have been seen to come.
"""

from collections.abc import Sequence
from random import Random

import msgspec

from storagetui.kube.api import Api, Request
from storagetui.kube.checked import checked, read_bounded
from storagetui.kube.codec import EventType, WatchEvent
from storagetui.kube.errors import ConnectionLost
from storagetui.kube.versions import is_at_least, is_before

SILENCE_S = 90.0
"""Bookmarks come about once a minute: a watch that is silent for longer is dead."""
_LONG_S, _UNMARKED_S = (300.0, 600.0), (75.0, 85.0)
"""How long watches last on which bookmarks come, and others; spread, so that they do not all end together."""
_BRIEF_S = 3.0
"""The first watch after trouble; doubled while there is more to say than fits into it."""
_BEFORE_END_S = 5.0
"""A bookmark that comes later belongs to the end of the watch, before which servers send one too."""
_MARKED = 3
"""Watches in a row on which bookmarks came unasked, until silence means something: one may be chance."""
_EARLY_S = 0.25
"""What clocks may differ by: who counts from when it sent the request has waited for longer than the server."""
_LATE_S = 3.0
"""A watch that did not end so long after its time is dead."""
_SHORT_S = 5.0
"""A watch that ends sooner, and before its time, is a fault of somebody's and not a reason to hurry."""
_PAUSE_S = 1.0
_WAIT_S = 15.0
_MOST_BYTES = 1 << 20


class Spell:
    """One watch: how long it shall last, and what came on it."""

    def __init__(self, lasting_s: float, now: float, goal: str, is_proof_wanted: bool) -> None:
        self.lasting_s = float(int(lasting_s))
        self.is_proof_wanted = is_proof_wanted
        """Whether it has to be proven that this watch has caught up with what was missed."""
        self.is_over = False
        """Whether it ended when its time was over, which is what was asked for."""
        self.is_marked = False
        """Whether a bookmark came unasked."""
        self._begun = self._heard = now
        self._goal = goal
        self._is_mute = True

    @property
    def idle_s(self) -> float:
        """Seconds of silence after which the watch is dead."""
        return min(SILENCE_S, self.lasting_s + _LATE_S)

    def hear(self, events: Sequence[WatchEvent], position: str, now: float) -> bool:
        """Take what came into account; returns whether it proves that everything before it has come.

        `position` is that of the feed after these events: a bookmark from before it proves nothing.
        """
        self._heard, self._is_mute = now, self._is_mute and not events
        proven = False
        for event in events:
            is_bookmark = event.type is EventType.BOOKMARK
            is_mark = is_bookmark and not is_before(event.resource_version, position)
            proven = proven or is_mark or is_at_least(event.resource_version, self._goal)
            if is_bookmark and now - self._begun < self.lasting_s - _BEFORE_END_S:
                self.is_marked = True
        return proven

    def end(self, now: float) -> bool:
        """The server has ended the watch; returns whether that proves that everything has come.

        Raises ConnectionLost for an end that is no good one: too soon, or before its time and without a word.
        """
        lasted_s = now - self._begun
        self.is_over = lasted_s > self.lasting_s - _EARLY_S
        if self.is_over:
            return now - self._heard >= _PAUSE_S
        if lasted_s < _SHORT_S:
            raise ConnectionLost("the server ends each watch as soon as it begins")
        if self._is_mute:
            raise ConnectionLost("the watch ended before its time and without a word")
        return False


class Spells:
    """The watches of one feed, one after the other."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._marked = self._unproven = 0
        self._spell: Spell | None = None

    @property
    def is_goal_wanted(self) -> bool:
        """Whether so much comes that only a version can tell when all of it has come."""
        return self._unproven > 0 or self._is_too_short

    def next(self, now: float, *, is_proof_wanted: bool, goal: str = "") -> Spell:
        """Begin a watch; `goal` is a version of the feed's kind from now or before."""
        last = self._spell
        if last is not None and not last.is_proof_wanted:
            self._marked = self._marked + 1 if last.is_marked and last.is_over else 0
        if is_proof_wanted:
            self._unproven += self._is_too_short
        else:
            self._unproven = 0
        lasting_s = self._random.uniform(*(_LONG_S if self._marked >= _MARKED else _UNMARKED_S))
        if is_proof_wanted:
            lasting_s = min(lasting_s, _BRIEF_S * 2**self._unproven)
        self._spell = Spell(lasting_s, now, goal, is_proof_wanted)
        return self._spell

    @property
    def _is_too_short(self) -> bool:
        """Whether the last watch had time to prove something, and not enough."""
        return self._spell is not None and self._spell.is_proof_wanted and self._spell.is_over


class _Metadata(msgspec.Struct, frozen=True, rename="camel"):
    resource_version: str = ""


class _Head(msgspec.Struct, frozen=True):
    metadata: _Metadata = _Metadata()


_decoder = msgspec.json.Decoder(_Head)


async def latest_version(api: Api, path: str) -> str:
    """The version of a kind now, which costs the server one object; empty when it does not tell. Raises ApiError."""
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
    request = Request(
        path=path,
        query=(("limit", "1"),),
        headers=(("Accept", accept),),
        idle_s=_WAIT_S,
        total_s=_WAIT_S,
        can_wait=True,
    )
    async with checked(api, request, _WAIT_S) as answer:
        try:
            return _decoder.decode(await read_bounded(answer, _MOST_BYTES)).metadata.resource_version
        except (ValueError, RecursionError):
            return ""
