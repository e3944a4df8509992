"""Reading events: by uid, latest first, and never as more than what somebody said at a time."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from storagetui.cluster.chains import events_about
from storagetui.diagnosis.finding import Evidence
from storagetui.diagnosis.rule import Context, Pattern
from storagetui.model.base import Record
from storagetui.model.events import Event

_COMBINED = "(combined from similar events): "
"""Put before the text of many alike (k8s.io/client-go/tools/record/events_cache.go)."""
_LONGEST = 1024
"""Characters of a text that are looked at: a reporter may write no more in an event (k8s.io/apiserver's validation)."""
_RPC = re.compile(r"rpc error: code = (?P<code>\w+) desc = ")


class Reading(NamedTuple):
    """An event whose text is known."""

    event: Event
    match: re.Match[str]
    code: str
    """Of the state that the text tells of."""


def events(
    ctx: Context, record: Record, reasons: Collection[str], newer_than: datetime | None = None
) -> Iterator[Event]:
    """The events about an object with one of these reasons, latest first.

    `newer_than` is the change after which an event still says something, the moment at which a pod was given its node
    for instance: what was last reported before it is history. Moments are compared to the second, as Kubernetes writes
    them; an event without a time is history as soon as there is such a change.
    """
    floor = newer_than.replace(microsecond=0) if newer_than is not None else None
    for event in events_about(ctx.cluster, record):
        if event.reason in reasons and (floor is None or (event.last_seen is not None and event.last_seen >= floor)):
            yield event


def first_match(
    ctx: Context, record: Record, patterns: Iterable[Pattern], newer_than: datetime | None = None
) -> Reading | None:
    """The latest event about an object that fits one of the patterns, and the first pattern that it fits.

    Patterns of other kinds are left out, and catch-alls are tried last.
    """
    tried = best_first(one for one in patterns if one.about is record.kind)
    reasons = {reason for one in tried for reason in one.reasons}
    for event in events(ctx, record, reasons, newer_than):
        found = match_text(message(event), (one for one in tried if event.reason in one.reasons))
        if found is not None:
            return Reading(event, *found)
    return None


def match_text(text: str, patterns: Iterable[Pattern]) -> tuple[re.Match[str], str] | None:
    """The first of the patterns that the text fits, as its match and its code."""
    for one in patterns:
        match = one.regex.search(text)
        if match is not None:
            return match, one.code
    return None


def best_first(patterns: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """Patterns as they are to be tried: those that tell the most first, otherwise as they are given."""
    return tuple(sorted(patterns, key=lambda one: (one.is_catch_all, one.needs_objects)))


def message(event: Event) -> str:
    """What an event says, without the mark of combined ones, and no more of it than an honest reporter writes."""
    return bare(event.message)


def bare(text: str) -> str:
    """A message as patterns are to see it."""
    return text.removeprefix(_COMBINED)[:_LONGEST]


def said(event: Event) -> Evidence:
    """An event's words as evidence."""
    return Evidence(event.key, "message", event.message)


def grpc_code(text: str) -> str:
    """The code in a driver's message, `ResourceExhausted` for instance; empty when it holds none."""
    found = _RPC.search(text)
    return found["code"] if found else ""


def without_rpc(text: str) -> str:
    """A driver's message without the wrapping of its transport."""
    return _RPC.sub("", text)
