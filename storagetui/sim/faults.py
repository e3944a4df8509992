"""Faults that an API server, a proxy or the network between may show, on command.

They act behind the same seam as everything else, in the event loop's time: a test in fake loop time waits a minute of
silence in no time, and over HTTP the same faults reset real connections.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager

import msgspec

from storagetui.kube.errors import ConnectionLost
from storagetui.sim import refusal
from storagetui.sim.call import Call
from storagetui.sim.refusal import Refusal
from storagetui.sim.reply import Reply, of_refusal
from storagetui.sim.watching import error_line


class Refuse(msgspec.Struct, frozen=True):
    """The request is refused: 403 for a kind, 410 for a page, 429 with Retry-After, 500 ..."""

    refused: Refusal


class Page(msgspec.Struct, frozen=True):
    """Something in between answers with a page of its own, as a proxy does."""

    status: int = 503
    text: str = "<html><body><h1>503 Service Unavailable</h1></body></html>"
    media_type: str = "text/html"


class Absent(msgspec.Struct, frozen=True):
    """The resource is not served: 404, and discovery does not name it."""


class Lost(msgspec.Struct, frozen=True):
    """No answer comes: refused, or reset before the first byte."""


class Delay(msgspec.Struct, frozen=True):
    """The answer's head is late."""

    seconds: float


class Slow(msgspec.Struct, frozen=True):
    """Each event of a watch, each 32 KiB of a list, is late."""

    seconds: float


class Cut(msgspec.Struct, frozen=True):
    """The body breaks off after some events (or pieces of a list) and some bytes of the next one."""

    events: int = 0
    more_bytes: int = 0
    clean: bool = False
    """Ends as if it were complete, instead of with a reset."""


class Silence(msgspec.Struct, frozen=True):
    """After some events nothing comes any more, and the connection stays open."""

    events: int = 0


class Lose(msgspec.Struct, frozen=True):
    """One event never comes; the first is number 1."""

    event: int


class Repeat(msgspec.Struct, frozen=True):
    """One event comes twice."""

    event: int


class Again(msgspec.Struct, frozen=True):
    """One event comes a second time, when newer ones have come."""

    event: int
    after: int
    """The number of the event after which it comes."""


class Insert(msgspec.Struct, frozen=True):
    """After some events something that the server never said: an object of another kind, rubbish, half a line."""

    text: bytes
    events: int = 0


class Alter(msgspec.Struct, frozen=True):
    """Every event, or piece of a list, has a text replaced: objects as no server should send them."""

    old: bytes
    new: bytes


class Overrun(msgspec.Struct, frozen=True):
    """A watch ends when its reader takes nothing for so long: servers keep what is unread for a moment only.

    Source: k8s.io/apiserver/pkg/storage/cacher/cache_watcher.go (`add`: a full buffer ends the watch).
    """

    seconds: float


class ErrorEvent(msgspec.Struct, frozen=True):
    """After some events an ERROR event, and the end."""

    refused: Refusal
    events: int = 0


Effect = (
    Refuse
    | Page
    | Absent
    | Lost
    | Delay
    | Slow
    | Cut
    | Silence
    | Lose
    | Repeat
    | Again
    | Insert
    | Alter
    | Overrun
    | ErrorEvent
)


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests a fault strikes; what is not said matches everything."""

    verb: str = ""
    resource: str = ""
    """A group-resource: `statefulsets.apps`."""
    namespace: str = ""
    continued: bool | None = None
    """Only later pages of a list, or only first ones."""
    skip: int = 0
    """So many matching requests are left alone first."""
    times: int | None = None
    """So many are struck then; None: all until the fault is lifted."""

    def concerns(self, call: Call) -> bool:
        """Whether a request is of the kind that is struck, counts aside."""
        resource = call.kind.name if call.kind else ""
        page = self.continued is None or self.continued == bool(call.query.get("continue"))
        wanted = ((self.verb, call.verb), (self.resource, resource), (self.namespace, call.namespace))
        return page and all(value in ("", given) for value, given in wanted)


class Stream:
    """One answer that is being read; it can be torn off from outside."""

    def __init__(self, verb: str, resource: str) -> None:
        self.verb = verb
        self.resource = resource
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def sever(self) -> None:
        """Break the connection under the answer, now."""
        if not self.broken.done():
            self.broken.set_result(None)


class Faults:
    """The faults in force, and the answers that are being read."""

    def __init__(self) -> None:
        self._rules: dict[int, tuple[Match, Effect]] = {}
        self._seen: dict[int, int] = {}
        self._number = 0
        self._streams: list[Stream] = []
        self._down = False
        self._flows = asyncio.Event()
        self._flows.set()

    @property
    def absent(self) -> list[str]:
        """The resources that are not served."""
        return [match.resource for match, effect in self._rules.values() if isinstance(effect, Absent)]

    @property
    def streams(self) -> Sequence[Stream]:
        """The answers that are being read."""
        return tuple(self._streams)

    def add(self, effect: Effect, match: Match | None = None) -> Callable[[], None]:
        """Put a fault in force; the answer lifts it."""
        self._number += 1
        number = self._number
        self._rules[number] = (match or Match(), effect)
        return lambda: self._lift(number)

    def forbid(self, resource: str, *, verb: str = "", namespace: str = "") -> Callable[[], None]:
        """Make a resource forbidden to everybody; the answer lifts it."""
        plural, _, group = resource.partition(".")
        why = f'User "somebody" cannot {verb or "list"} resource "{plural}" in API group "{group}" at the cluster scope'
        effect = Refuse(refusal.forbidden(resource, "", why))
        return self.add(effect, Match(verb=verb, resource=resource, namespace=namespace))

    def clear(self) -> None:
        """Lift every fault, bring the server up, and let it go on."""
        self._rules.clear()
        self._down = False
        self._flows.set()

    def stop(self) -> None:
        """Take the server down: everything that is being read breaks off, nothing new is answered."""
        self._down = True
        self.sever()

    def start(self) -> None:
        """Bring the server up again."""
        self._down = False

    def hang(self) -> None:
        """Let nothing come any more while all connections stay open: a process that is stopped, a route that went."""
        self._flows.clear()

    def resume(self) -> None:
        """Go on after `hang`; what was held comes now."""
        self._flows.set()

    async def flowing(self) -> None:
        """Wait while the server hangs."""
        await self._flows.wait()

    def sever(self, *, verb: str = "", resource: str = "") -> int:
        """Break the answers that are being read now, or those of one verb or resource; returns how many."""
        struck = [item for item in self._streams if verb in ("", item.verb) and resource in ("", item.resource)]
        for stream in struck:
            stream.sever()
        return len(struck)

    def effects(self, call: Call) -> list[Effect]:
        """What strikes a request; counts it. Raises ConnectionLost when the server is down."""
        if self._down:
            raise ConnectionLost("the simulated API server is down")
        struck: list[Effect] = []
        for number, (match, effect) in self._rules.items():
            if not match.concerns(call):
                continue
            seen = self._seen[number] = self._seen.get(number, 0) + 1
            if seen > match.skip and (match.times is None or seen <= match.skip + match.times):
                struck.append(effect)
        return struck

    @contextmanager
    def reading(self, call: Call) -> Iterator[Stream]:
        """Keep an answer among those that are being read."""
        stream = Stream(call.verb, call.kind.name if call.kind else "")
        self._streams.append(stream)
        try:
            yield stream
        finally:
            self._streams.remove(stream)

    def _lift(self, number: int) -> None:
        self._rules.pop(number, None)
        self._seen.pop(number, None)


async def before(effects: Sequence[Effect]) -> Reply | None:
    """What a fault answers in the server's place, after its delays. Raises ConnectionLost when nothing answers."""
    for effect in effects:
        if isinstance(effect, Delay):
            await asyncio.sleep(effect.seconds)
        elif isinstance(effect, Lost):
            raise ConnectionLost("the simulated API server closed the connection without an answer")
        elif isinstance(effect, Refuse):
            return of_refusal(effect.refused)
        elif isinstance(effect, Absent):
            return of_refusal(refusal.no_such_path())
        elif isinstance(effect, Page):
            headers = {"Content-Type": effect.media_type}
            return Reply(status=effect.status, pieces=[effect.text.encode()], headers=headers)
    return None


async def disturbed(source: AsyncGenerator[bytes], effects: Sequence[Effect]) -> AsyncGenerator[bytes]:
    """A body with the faults that strike it; each item of `source` is an event, or a piece of a list.

    Raises ConnectionLost at a cut that is no clean one.
    """
    pause_s = sum(effect.seconds for effect in effects if isinstance(effect, Slow))
    patience_s = min((effect.seconds for effect in effects if isinstance(effect, Overrun)), default=math.inf)
    clock = asyncio.get_running_loop().time
    words = _Words(effects)
    async with aclosing(source):
        while True:
            cut = next((item for item in effects if isinstance(item, Cut) and item.events == words.count), None)
            for effect in effects:
                if isinstance(effect, Silence) and effect.events == words.count:
                    await asyncio.Event().wait()
                if isinstance(effect, Insert) and effect.events == words.count:
                    yield effect.text
                if isinstance(effect, ErrorEvent) and effect.events == words.count:
                    yield error_line(effect.refused)
                    return
            item = None if cut and not cut.more_bytes else await anext(source, None)
            if item is not None and pause_s:
                await asyncio.sleep(pause_s)
            if cut:
                if item is not None:
                    yield item[: cut.more_bytes]
                if cut.clean:
                    return
                raise ConnectionLost("the simulated API server broke the answer off")
            if item is None:
                return
            for said in words.of(item):
                begun = clock()
                yield said
                if clock() - begun > patience_s:
                    return


class _Words:
    """What is said of the events one by one: once, twice, not at all, again later, in other words."""

    def __init__(self, effects: Sequence[Effect]) -> None:
        self.count = 0
        self._effects = effects
        self._kept: dict[int, bytes] = {}

    def of(self, item: bytes) -> list[bytes]:
        """What comes in the place of the next event."""
        self.count += 1
        said = [item]
        for effect in self._effects:
            if isinstance(effect, Alter):
                said = [one.replace(effect.old, effect.new) for one in said]
            elif isinstance(effect, Lose) and effect.event == self.count:
                said = []
            elif isinstance(effect, Repeat) and effect.event == self.count:
                said = said * 2
            elif isinstance(effect, Again):
                if effect.event == self.count:
                    self._kept[effect.event] = item
                if effect.after == self.count:
                    said = [*said, self._kept[effect.event]]
        return said
