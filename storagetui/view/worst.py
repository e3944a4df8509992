"""How bad an object's state is, by its findings: what the rules hold to be calm is shown calm."""

from collections.abc import Iterable

from storagetui.diagnosis.finding import Finding, Severity
from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.view.column import Tone

_TONES = {
    Severity.CRITICAL: Tone.ERROR,
    Severity.HIGH: Tone.ERROR,
    Severity.MEDIUM: Tone.WARN,
    Severity.LOW: Tone.NOTE,
    Severity.INFO: Tone.PLAIN,
}
GLYPHS = {
    Severity.CRITICAL: "✖",
    Severity.HIGH: "✖",
    Severity.MEDIUM: "▲",
    Severity.LOW: "▲",
    Severity.INFO: "●",
}
CALM = len(Severity)
"""The rank of an object without a finding."""


def worst_finding(frame: Frame, keys: Iterable[Key]) -> Finding | None:
    """The worst finding about any of the objects, the oldest of several."""
    found = [finding for key in keys for finding in frame.findings.get(key) or ()]
    return min(
        found, key=lambda one: (one.severity.rank, one.since is None, one.since, one.subject, one.code), default=None
    )


def severity_rank(frame: Frame, key: Key) -> int:
    """0 for an object with a critical finding, `CALM` for one without any."""
    return min((finding.severity.rank for finding in frame.findings.get(key) or ()), default=CALM)


def severity_tone(severity: Severity) -> Tone:
    """The tone of a severity."""
    return _TONES[severity]


def tone_of(frame: Frame, key: Key, otherwise: Tone = Tone.PLAIN) -> Tone:
    """The tone of an object's worst finding, or the one given when it has none of weight."""
    worst = worst_finding(frame, (key,))
    if worst is None or worst.severity is Severity.INFO:
        return otherwise
    return _TONES[worst.severity]
