"""The earliest and the latest of moments some of which are not known."""

from collections.abc import Iterable
from datetime import datetime


def latest(moments: Iterable[datetime | None]) -> datetime | None:
    """The latest of the known ones."""
    return max((moment for moment in moments if moment is not None), default=None)


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The earliest of the known ones."""
    return min((moment for moment in moments if moment is not None), default=None)
