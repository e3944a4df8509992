"""The catalogue of findings: what the program can say, from the same source as the screen."""

import textwrap
from collections.abc import Iterable

import msgspec

from storagetui.diagnosis.catalog import ALL_RULES, STATES
from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.rule import Pattern, State
from storagetui.diagnosis.unseen import UNSEEN
from storagetui.errors import StorageTuiError
from storagetui.model.keys import known_kind
from storagetui.model.kinds import KINDS
from storagetui.report.markdown import escaped
from storagetui.view.worst import GLYPHS

_WIDTH = 100
_ANY = "any object"
_PREFACE = (
    "# What storagetui finds",
    "",
    "Every state that the rules know, as `storagetui rules` prints it; made by `make docs` from the rules themselves.",
    "The code is the `code` of a finding. *Calm* states only look like failures. *Confirmed* ones rest on the state of",
    "objects, *inferred* ones on the text of events, on what is missing, or on data that is not current. What a person",
    "may not list is never guessed: the finding says what it cannot tell, and why. *Limits* says what no API shows.",
    "",
)


class ReportedRule(msgspec.Struct, frozen=True, kw_only=True):
    """One state that the rules know."""

    code: str
    title: str
    severity: Severity
    certainty: Certainty
    calm: bool
    subject: str
    """The kind of object that it is found at."""
    meaning: str
    remedies: tuple[str, ...]
    links: tuple[str, ...]
    limits: str
    """What of it the API does not show; empty for what it shows in full."""
    patterns: tuple[str, ...]
    """Texts of events, conditions and other fields that it is read from, as regular expressions."""


def rules(code: str = "") -> tuple[ReportedRule, ...]:
    """All states in the order of the rules, or the one of that code; raises StorageTuiError when there is none."""
    if code and code not in STATES:
        near = [known for known in STATES if code in known]
        hint = f"; there are {', '.join(near)}" if near else "; `storagetui rules` lists all"
        raise StorageTuiError(f"no finding has the code {code}{hint}")
    subjects: dict[str, str] = {}
    patterns: dict[str, dict[Pattern, None]] = {}
    for rule in ALL_RULES:  # a state may be found at several kinds; it is told once, with the texts of all
        for state in rule.states:
            subjects.setdefault(state.code, rule.symptom.record.kind)
        for one in rule.patterns:
            patterns.setdefault(one.code, {})[one] = None
    return tuple(
        _reported(state, subjects.get(known, _ANY), patterns.get(known, ()))
        for known, state in STATES.items()
        if code in ("", known)
    )


def as_table(found: tuple[ReportedRule, ...]) -> str:
    """A line a state, or all that is known of a single one."""
    if len(found) == 1:
        return _whole(found[0])
    wide = max(len(one.code) for one in found)
    return "".join(f"{_mark(one):10}  {one.code:{wide}}  {one.title}\n" for one in found)


def as_markdown(found: tuple[ReportedRule, ...]) -> str:
    """A page with a section for each state."""
    lines = [*_PREFACE] if len(found) > 1 else []
    lines += ["| code | severity | certainty | title |", "| --- | --- | --- | --- |"]
    lines += [
        f"| [{one.code}](#{one.code}) | {one.severity}{', calm' if one.calm else ''} | {one.certainty} "
        f"| {escaped(one.title)} |"
        for one in found
    ]
    for one in found:
        lines += ["", f"### {one.code}", "", f"**{escaped(one.title)}** ({one.subject})", "", escaped(one.meaning), ""]
        lines += [f"Limits: {escaped(one.limits)}", ""] if one.limits else []
        lines += [f"- {escaped(remedy)}" for remedy in one.remedies]
        lines += ["", *(f"- {link}" for link in one.links)] if one.links else []
        lines += ["", "Read from:", "", *(f"    {pattern}" for pattern in one.patterns)] if one.patterns else []
    return "\n".join(lines) + "\n"


def _reported(state: State, kind: str, patterns: Iterable[Pattern]) -> ReportedRule:
    return ReportedRule(
        code=state.code,
        title=state.title,
        severity=state.severity,
        certainty=state.certainty,
        calm=state.is_calm,
        subject=kind,
        meaning=state.meaning,
        remedies=state.remedies,
        links=state.links,
        limits=UNSEEN.get(state.code, ""),
        patterns=tuple(one.regex.pattern for one in patterns),
    )


def _whole(one: ReportedRule) -> str:
    calm = ", and only looks like a failure" if one.calm else ""
    lines = [f"{one.code}: {one.title}", f"{_mark(one)}, {one.certainty}{calm}; found at {_noun(one.subject)}", ""]
    lines += [*textwrap.wrap(one.meaning, _WIDTH), "", "What helps"]
    lines += [f"  {remedy}" for remedy in one.remedies]
    lines += (
        ["", "Limits", *textwrap.wrap(one.limits, _WIDTH, initial_indent="  ", subsequent_indent="  ")]
        if one.limits
        else []
    )
    lines += ["", "Read", *(f"  {link}" for link in one.links)] if one.links else []
    lines += ["", "Read from these texts", *(f"  {pattern}" for pattern in one.patterns)] if one.patterns else []
    return "\n".join(lines) + "\n"


def _noun(subject: str) -> str:
    kind = known_kind(subject)
    return KINDS[kind].noun if kind is not None else subject


def _mark(one: ReportedRule) -> str:
    return f"{GLYPHS[one.severity]} {one.severity}"
