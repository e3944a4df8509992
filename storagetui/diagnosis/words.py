"""How findings put things: moments, lists of names, and what others said."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_SHOWN = 3
_QUOTE = 400
"""Characters of somebody else's message that are repeated."""
_END = 160
"""How many of them from its end: programs write the reason last."""


def moment(when: datetime) -> str:
    """A moment in UTC to the second, `2026-01-15T14:02:11Z`; the view shows it as local time."""
    return when.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def since(when: datetime | None) -> str:
    """` since 2026-01-15T14:02:11Z`, or nothing for an unknown moment."""
    return f" since {moment(when)}" if when is not None else ""


def listed(names: Iterable[str], shown: int = _SHOWN) -> str:
    """`a`, `a and b`, `a, b, c and 4 more`."""
    words = list(names)
    if len(words) > shown:
        words = [*words[:shown], f"{len(words) - shown} more"]
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def things(noun: str, names: Sequence[str]) -> str:
    """`pod web-0`, `pods web-0 and web-1`; the noun is given in the singular."""
    return f"{noun if len(names) == 1 else _plural(noun)} {listed(names)}"


def _plural(noun: str) -> str:
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def verb(count: int, one: str, many: str) -> str:
    """The form of a verb that fits a number of things."""
    return one if count == 1 else many


def quoted(message: str) -> str:
    """What somebody said, cut in the middle where it goes on and on, with a full stop at its end."""
    text = " ".join(message.split())
    if len(text) > _QUOTE:
        text = f"{text[: _QUOTE - _END - 4].rstrip()} … {text[-_END:].lstrip()}"
    return text if text.endswith((".", "!", "?")) else f"{text}."


def cannot_tell(what: str, *reasons: str) -> str:
    """`Cannot tell whether a pod waits for it, because pods cannot be listed.`; empty without a reason."""
    known = list(dict.fromkeys(filter(None, reasons)))
    return f"Cannot tell {what}, because {listed(known)}." if known else ""


def joined(*sentences: str) -> str:
    """Sentences one after the other, empty ones left out."""
    return " ".join(filter(None, sentences))
