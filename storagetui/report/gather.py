"""The Frame that a report is about: of a live cluster once it has been listed, or of a dump."""

import asyncio
from datetime import UTC, datetime
from typing import NamedTuple

from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.session import Opener
from storagetui.settings import Thresholds

_WITHIN_S = 30.0
"""After which what is there is reported, and what is missing is said."""
_LOOK_S = 0.05
_SETTLED = (FeedState.LIVE, FeedState.FORBIDDEN, FeedState.ABSENT)


class Gathered(NamedTuple):
    """What there is to report on."""

    frame: Frame
    source: str
    """The context, or the dump's name."""
    problems: tuple[str, ...] = ()
    """What of a dump could not be read, in sentences."""
    is_dump: bool = False
    notes: tuple[str, ...] = ()
    """What else the reader has to know, in sentences."""


async def live(opener: Opener) -> Gathered:
    """A cluster, once every feed has said what it has to say; raises what the opener raises."""
    async with opener() as session:
        try:
            async with asyncio.timeout(_WITHIN_S):
                while session.is_looking or not _is_settled(session.frame):  # noqa: ASYNC110 - no event tells of both
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            pass
        return Gathered(session.frame, session.identity.context)


def dump(path: str, thresholds: Thresholds, now: datetime | None) -> Gathered:
    """A dump as of a moment, or of when it was written; raises DumpError."""
    from storagetui.dump.frame import frame_of
    from storagetui.dump.read import STANDARD_INPUT, read

    contents = read(path)
    # A file that is older than what it tells of was written by another clock.
    at = now or max(filter(None, (contents.written or datetime.now(UTC), contents.latest)))
    notes = (
        () if now is not None else ("As of when it was written, as far as its date tells; --now sets another time.",)
    )
    name = "standard input" if path == STANDARD_INPUT else path
    return Gathered(frame_of(contents, thresholds, at), name, tuple(contents.problems), is_dump=True, notes=notes)


def _is_settled(frame: Frame) -> bool:
    return bool(frame.feeds) and all(health.state in _SETTLED for health in frame.feeds.values())
