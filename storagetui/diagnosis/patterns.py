"""What a text says, by the patterns that stand beside the rules."""

from storagetui.diagnosis.catalog import ALL_RULES
from storagetui.diagnosis.event_text import bare, best_first
from storagetui.diagnosis.rule import Pattern
from storagetui.model.keys import Kind


def classify(about: Kind, reason: str, text: str) -> tuple[str, ...]:
    """The codes of the states that a text may tell of, the likeliest first; empty when nobody knows it.

    `about` and `reason` are the event's; the reason is empty for the text of a condition or of another field, and for
    an answer of the API server, which is about what was to be written. Of patterns that tell equally much the one
    whose rule stands first in the catalog comes first.
    """
    bared = bare(text)
    return tuple(dict.fromkeys(one.code for one in _PATTERNS.get((about, reason), ()) if one.regex.search(bared)))


def _by_origin() -> dict[tuple[Kind, str], tuple[Pattern, ...]]:
    found: dict[tuple[Kind, str], list[Pattern]] = {}
    for rule in ALL_RULES:
        for pattern in rule.patterns:
            for reason in pattern.reasons or ("",):
                found.setdefault((pattern.about, reason), []).append(pattern)
    return {origin: best_first(patterns) for origin, patterns in found.items()}


_PATTERNS = _by_origin()
"""By kind and reason, in the order in which they are to be tried."""
