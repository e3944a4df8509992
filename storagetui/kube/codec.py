"""What a codec gives: the objects of a list and the events of a watch, whatever they looked like on the wire."""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol

import msgspec

from storagetui.kube.api import Answer
from storagetui.model.base import Record
from storagetui.model.change import SetAside


class ListPart(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a list's objects; the last part of an answer carries the list's own metadata."""

    records: list[Record]
    set_aside: tuple[SetAside, ...] = ()
    resource_version: str = ""
    continue_token: str = ""
    """Where the next page begins; empty on the last one."""
    remaining: int | None = None
    """Objects that follow in later pages, when the server tells."""


class EventType(StrEnum):
    """The types of watch events that carry an object; ERROR is raised as the StatusError it carries."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"


class WatchEvent(msgspec.Struct, frozen=True):
    """One event of a watch: an object, a bookmark with a version alone, or an object that could not be read."""

    type: EventType
    resource_version: str
    record: Record | None = None
    set_aside: SetAside | None = None


class Codec(Protocol):
    """Framing and decoding of one media type for one kind."""

    def read_list(self, answer: Answer) -> AsyncIterator[ListPart]:
        """The objects of a list's answer, in parts small enough not to hold the loop.

        Raises ConnectionLost when the body breaks off or is not what its Content-Type says.
        """

    def read_watch(self, answer: Answer) -> AsyncIterator[list[WatchEvent]]:
        """The events of a watch's answer, in the batches in which they arrive; ends when the server ends the watch.

        Raises ConnectionLost when the stream breaks off or falls silent, and StatusError for an ERROR event.
        """
