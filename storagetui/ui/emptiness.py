"""Why a table has no rows: unknown is not zero, and zero is said as such."""

from datetime import datetime

from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.model.kinds import KINDS
from storagetui.ui.loading import is_loading
from storagetui.ui.widgets.wrap import BLANK, Paragraph
from storagetui.view.format import counted
from storagetui.view.header import feed_lines, in_view, scope, scope_text
from storagetui.view.text import clean

_UNFILTER = Paragraph((("esc takes the filter away.", "dim"),))

CONNECTING = (Paragraph((("Connecting to the cluster.", "note"),)),)


def why_empty(frame: Frame, kind: Kind, noun: str, now: datetime, *, total: int, namespace: str) -> list[Paragraph]:
    """The reason for an empty table, then the next step.

    `total` is how many rows there are but for the filter, in the namespace looked at if there is one.
    """
    health = in_view(frame, kind, namespace)
    if health is None or health.state is FeedState.CONNECTING:
        return [Paragraph(((f"The {noun} are not loaded yet: connecting.", "note"),))]
    if health.state is FeedState.LISTING and not health.was_listed:
        return [Paragraph(((f"The {noun} are being listed: {health.listed} so far.", "note"),))]
    if health.state is FeedState.FORBIDDEN or (health.state is FeedState.STALE and not health.was_listed):
        return _troubles(frame, kind, now, namespace)
    if health.state is FeedState.ABSENT:
        return [Paragraph(((f"This cluster does not know {noun}.", "plain"),))]
    if total:
        said = f"None of {counted(total, noun)} matches the filter."
        return [Paragraph(((said, "plain"),)), _UNFILTER]
    where = f"in namespace {clean(namespace)}" if namespace and KINDS[kind].is_namespaced else "in this cluster"
    names = () if namespace else scope(frame, (kind,))
    where = "where you may look" if names else where
    empty = [Paragraph(((f"There are no {noun} {where}.", "plain"),))]
    if namespace:
        empty.append(Paragraph((("n chooses another namespace.", "dim"),)))
    return empty + _troubles(frame, kind, now, namespace)


def nothing_stuck(frame: Frame, now: datetime, *, is_filtered: bool, namespace: str) -> list[Paragraph]:
    """What to say where no finding is shown: that nothing is stuck, as far as everything is in view."""
    if is_filtered:
        return [Paragraph((("No finding matches the filter.", "plain"),)), _UNFILTER]
    watched = [in_view(frame, kind, namespace) for kind in KINDS if not KINDS[kind].is_optional]
    missing = [health for health in watched if health is not None and not health.was_listed]
    where = f" in namespace {clean(namespace)}" if namespace else ""
    names = () if namespace else scope(frame)
    where = f" in the namespaces that you may look into ({scope_text(names)})" if names else where
    if not missing and frame.feeds:
        return [Paragraph(((f"✓ Nothing is stuck{where}.", "ok"),))]
    if is_loading(frame):
        return [Paragraph((("Nothing found so far: the cluster is still being read.", "note"),))]
    if any(health.state is FeedState.STALE for health in missing):
        said = f"Nothing found{where}, but not everything has been heard of yet: f says why."
        return [Paragraph(((said, "warn"),))]
    said = f"Nothing found{where}, but not everything may be seen: f says what is missing."
    return [Paragraph(((said, "warn"),))]


def _troubles(frame: Frame, kind: Kind, now: datetime, namespace: str) -> list[Paragraph]:
    said: list[Paragraph] = []
    for line in feed_lines(frame, now, (kind,), namespace):
        said += [BLANK, Paragraph(((clean(line.text), line.tone),))]
        if line.next_step:
            said.append(Paragraph(((clean(line.next_step), "plain"),)))
    return said[1:] if said and not said[0].spans else said
