"""Whether the cluster is still being read for the first time."""

from collections.abc import Collection

from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind

_COMING = (FeedState.CONNECTING, FeedState.LISTING)


def is_loading(frame: Frame, kinds: Collection[Kind] = ()) -> bool:
    """Whether a first list of these kinds, or of any, is still to come; what is forbidden does not come."""
    return not frame.feeds or any(
        health.state in _COMING and not health.was_listed
        for feed, health in frame.feeds.items()
        if not kinds or feed.kind in kinds
    )
