"""Reading events: by uid, latest first, and never as more than what somebody said at a time."""

import re
from collections.abc import Collection, Iterator

from storagetui.cluster.chains import events_of
from storagetui.diagnosis.finding import Evidence
from storagetui.diagnosis.rule import Context
from storagetui.model.base import Record
from storagetui.model.events import Event

_COMBINED = "(combined from similar events): "
"""Put before the text of many alike (k8s.io/client-go/tools/record/events_cache.go)."""
_RPC = re.compile(r"rpc error: code = (?P<code>\w+) desc = ")


def events(ctx: Context, record: Record, reasons: Collection[str]) -> Iterator[Event]:
    """The events about an object with one of these reasons, latest first."""
    return (event for event in events_of(ctx.cluster, record.uid) if event.reason in reasons)


def message(event: Event) -> str:
    """What an event says, without the mark of combined ones."""
    return event.message.removeprefix(_COMBINED)


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
