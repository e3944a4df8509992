"""Until when what is shown stays true while only time passes.

Ages are told in seconds for ten minutes, then in minutes, hours and days: most of what is on a screen need not be made
again every second. Whoever makes texts does so within `Lasting.noting`, and the functions of `format` that put a
length of time into words say until when they would choose the same ones.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_FOREVER = datetime.max.replace(tzinfo=UTC)
_SECOND, _MINUTE, _HOUR, _DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Lasting:
    """Texts that were made, from when on and until when they are true; none yet, and not at any time, to begin with."""

    def __init__(self) -> None:
        self._since = _FOREVER
        self._until = _FOREVER

    def holds(self, now: datetime) -> bool:
        """Whether all of them would be the same if they were made now; a clock that was set back tells nothing."""
        return self._since <= now < self._until

    @contextmanager
    def noting(self, now: datetime) -> Iterator[None]:
        """Within it texts are made for this moment, beside those that there are already."""
        self._since = now if self._since is _FOREVER else max(self._since, now)
        token = _NOTED.set(self)
        try:
            yield
        finally:
            _NOTED.reset(token)

    def end(self, moment: datetime) -> None:
        """A text that is among them is another one from that moment on."""
        self._until = min(self._until, moment)


_NOTED: ContextVar[Lasting | None] = ContextVar("noted", default=None)


def passed(since: datetime, now: datetime) -> timedelta:
    """How long ago something was, to be put into words by `duration`: it is noted how long those stay true."""
    past = now - since
    noted = _NOTED.get()
    if noted is not None:
        noted.end(now + words_last(past))
    return past


def words_last(past: timedelta) -> timedelta:
    """For how long the words of `duration` for a length of time that grows stay the same; never too long.

    Of what lies ahead they are said to change at once: that is rare, and never far ahead.
    """
    if past < timedelta():
        return timedelta()
    step = _SECOND if past < 10 * _MINUTE else _MINUTE if past < 8 * _HOUR else _HOUR if past < 8 * _DAY else _DAY
    return step - past % step


def day_of(now: datetime) -> datetime:
    """The moment as local time, for words that depend on which day it is: it is noted when the day ends."""
    local = now.astimezone()
    noted = _NOTED.get()
    if noted is not None:
        tomorrow = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + _DAY
        noted.end(tomorrow.astimezone())
    return local
