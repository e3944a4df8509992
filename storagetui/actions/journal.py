"""What was done to which cluster: append-only JSON lines, written before and after a request is sent."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from storagetui.actions.plan import Plan
from storagetui.errors import StorageTuiError


class JournalError(StorageTuiError):
    """The journal cannot be written; nothing may be sent without it."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    at: datetime
    run: str
    """The same for all lines of one run of a plan."""
    what: str
    """`sending`, then `answered`, `unanswered` or `refused`, and at the end `outcome`."""
    action: str
    cluster_id: str
    object: str
    uid: str
    step: int = 0
    message: str = ""
    request: dict[str, Any] | None = None
    """What is sent, as it goes over the wire; None on other lines."""


def entry(plan: Plan, run: str, at: datetime, what: str, **rest: Any) -> Entry:
    """A line about a plan."""
    return Entry(
        at=at,
        run=run,
        what=what,
        action=plan.action,
        cluster_id=plan.cluster_id,
        object=str(plan.key),
        uid=plan.uid,
        **rest,
    )


class Journal:
    """A file of entries in the state directory, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        """The file and its folder are made with the first entry."""
        self.path = path

    def append(self, line: Entry) -> None:
        """Write one entry and see it to the disk; raises JournalError."""
        data = msgspec.json.encode(line) + b"\n"
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, data if _ends_a_line(descriptor) else b"\n" + data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise JournalError(f"the journal {self.path} cannot be written ({error})") from error

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first; a line that a crash cut short is passed over. Raises JournalError."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise JournalError(f"the journal {self.path} cannot be read: {error}") from error
        for line in text.splitlines():
            try:
                yield msgspec.json.decode(line, type=Entry)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue


def _ends_a_line(descriptor: int) -> bool:
    """Whether the file is empty or its last line is whole: one that a crash cut short must not spoil the next."""
    if not os.fstat(descriptor).st_size:
        return True
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1) == b"\n"
