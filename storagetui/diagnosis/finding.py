"""What the program has to say about an object."""

from datetime import datetime
from enum import StrEnum

import msgspec

from storagetui.model.base import Record
from storagetui.model.fields import field_path
from storagetui.model.keys import Key


class Severity(StrEnum):
    """How much it matters, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Certainty(StrEnum):
    """What a finding rests on."""

    CONFIRMED = "confirmed"
    """The state of objects."""
    INFERRED = "inferred"
    """The text of events, or the absence of what should be there."""


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """A field that was read, and its value at that moment."""

    key: Key
    path: str
    """As Kubernetes writes it: `status.phase`."""
    value: str


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One trouble, or one calm state worth a line, of one object."""

    code: str
    """Stable id of the rule, `claim-pending` for instance."""
    title: str
    """The fact in a few words, with the particulars: `Class fast-ssd does not exist`."""
    severity: Severity
    certainty: Certainty
    subject: Key
    uid: str
    since: datetime | None
    """Since when, as far as the objects tell."""
    explanation: str
    """The fact, then the consequence, in whole sentences.

    Moments are written as `2026-01-15T14:02:11Z` (`words.moment`), never as ages: the text stays equal while nothing
    happens, and the view shows them as local time.
    """
    next_step: str = ""
    """What to do or look at next, in a sentence; empty when nothing needs doing."""
    evidence: tuple[Evidence, ...] = ()
    victims: tuple[Key, ...] = ()
    """Who waits because of it, the subject left out."""
    causes: tuple[Key, ...] = ()
    """Objects whose own trouble, or whose absence, explains this one, which goes when theirs goes.

    Only the next step towards the root; empty where there is none.
    """
    shared: str = ""
    """What holds of the cause whoever waits for it, in sentences: `Class fast does not exist. No free volume ...`.

    It is told once when several findings of the code name the same cause, which has no finding of its own; its first
    sentence is the title then. Without it the words of the worst of them are used.
    """
    events: tuple[Key, ...] = ()
    """The latest events that belong to it, latest first, at most five."""


def evidence(record: Record, field: str, value: object = None) -> Evidence:
    """Evidence from a record's field, its path taken from the field table; the value is read when not given."""
    shown = getattr(record, field) if value is None else value
    return Evidence(record.key, field_path(type(record), field), "" if shown is None else str(shown))
