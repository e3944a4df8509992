"""What a failure means for a feed: what may be believed meanwhile, where to go on, and how soon."""

import msgspec

from storagetui.kube.errors import Forbidden, Gone, Invalid, NotFound, StatusError, Unauthorized
from storagetui.model.change import FeedState

DENIED_S, ABSENT_S = 30.0, 60.0
"""Rights and custom resources do not come and go by the second."""
RECENT_S = 60.0
"""A list is not repeated at once when the last one is younger."""
STUBBORN = 5
"""Watches that the server refuses in a row, for whatever reason, until a list is tried instead."""
RELUCTANT = 4
"""Times in a row that one who was let in before is turned away until that is believed: an API server that starts says
401 and 403 until it has read its own roles, and whoever lists everything again for that hits it in its worst moment."""
_NO_WATCHES = (405, 501)
_UNREADABLE = "StoreReadError"
"""An object that was damaged in the server's store was deleted: no event will say so (kubernetes.io/docs, KEP-3926)."""


class Verdict(msgspec.Struct, frozen=True):
    """What a failure means."""

    state: FeedState
    message: str
    forgets: bool = False
    """Whether the position is of no use any more, so that a list comes next."""
    pause_s: float | None = None
    """Seconds to wait; None leaves them to the backoff, which heeds what the server asks for."""
    tries_a_list: bool = False
    """Whether a list comes next although the position may still serve, if that fails too."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a feed stood when it failed."""

    plural: str
    is_watching: bool
    """Whether there was a position, so that it was the watch that failed."""
    listed_s_ago: float
    was_let_in: bool
    """Whether a watch has begun, and we were not turned away too often since then."""
    refusals: int
    """Watches in a row that brought nothing but a refusal."""
    is_absent: bool = False
    """Whether the server does not have the kind, by its own word and not that of something in between."""


def verdict(error: Exception, at: Standing) -> Verdict:
    """What it means that a list or a watch ended with `error`."""
    if isinstance(error, Forbidden | Unauthorized) and at.was_let_in:
        return Verdict(FeedState.STALE, f"The server turns us away: {error}")
    if isinstance(error, NotFound | Forbidden) and at.is_absent:
        return Verdict(FeedState.ABSENT, f"The server does not know {at.plural}.", True, ABSENT_S)
    if isinstance(error, Forbidden):
        return _denied(error, at, f"{error}; listed every {DENIED_S:.0f} s instead")
    if isinstance(error, StatusError) and at.is_watching and error.status.code in _NO_WATCHES:
        return _denied(error, at, f"The server lets nobody watch {at.plural}; listed every {DENIED_S:.0f} s instead")
    if isinstance(error, Gone) or (isinstance(error, Invalid) and at.is_watching):
        soon = 0.0 if at.is_watching and at.listed_s_ago > RECENT_S else None
        return Verdict(FeedState.STALE, "The server has forgotten our position; listing again.", True, soon)
    if isinstance(error, StatusError) and error.status.reason == _UNREADABLE:
        return Verdict(
            FeedState.STALE, f"The server lost an object that it could not read: {error}; listing again.", True
        )
    if isinstance(error, Unauthorized):
        said = f"The server does not accept the credentials: {error}"
        return Verdict(FeedState.STALE, said, pause_s=DENIED_S)
    said = str(error) or type(error).__name__
    return Verdict(FeedState.STALE, said, tries_a_list=at.is_watching and at.refusals >= STUBBORN)


def _denied(error: StatusError, at: Standing, instead: str) -> Verdict:
    """Without the right to watch, a list now and then is what there is; without the right to list, nothing."""
    if at.is_watching:
        return Verdict(FeedState.STALE, instead, True, max(0.0, DENIED_S - at.listed_s_ago))
    return Verdict(FeedState.FORBIDDEN, str(error), False, DENIED_S)
