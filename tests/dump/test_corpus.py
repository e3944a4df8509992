"""Dumps as clusters write them, each with what an expert says of it; the comments at their head are what is checked.

`# now:` is the moment as of which a dump is judged, `# expect: CODE KIND/NAMESPACE/NAME[, root|, follows]` a finding
that must be there, `# refuse: CODE` one that must not be, whoever it is about, and `# allow: CODE` one that may be. Any
other finding that is worse than a hint is a false alarm.
"""

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from storagetui.diagnosis.catalog import STATES
from storagetui.diagnosis.finding import Severity
from storagetui.report import document, gather
from storagetui.report.document import ReportedFinding
from storagetui.settings import Thresholds

_FOLDER = Path(__file__).parent / "corpus"
_FILES = sorted(path.name for path in _FOLDER.iterdir())
_LINE = re.compile(r"^# (now|expect|refuse|allow): (.+)$", re.MULTILINE)
_WANTED = re.compile(
    r"(?P<code>\S+) (?P<kind>\w+)/(?P<namespace>[^/\s]*)/(?P<name>[^\s,]+)(?:, (?P<place>root|follows))?"
)
_QUIET = (Severity.INFO, Severity.LOW)


class Case(NamedTuple):
    """What the head of a dump says."""

    now: datetime
    expected: tuple[re.Match[str], ...]
    refused: frozenset[str]
    allowed: frozenset[str]


@cache
def case(name: str) -> Case:
    """The head of a dump; every line of it has to make sense."""
    lines = _LINE.findall((_FOLDER / name).read_text(encoding="utf-8"))
    wanted = [_WANTED.fullmatch(text) for word, text in lines if word == "expect"]
    assert None not in wanted, f"{name}: an expectation is not CODE KIND/NAMESPACE/NAME[, root]"
    refused, allowed = (frozenset(text for said, text in lines if said == word) for word in ("refuse", "allow"))
    expected = tuple(one for one in wanted if one is not None)
    unknown = ({one["code"] for one in expected} | refused | allowed) - STATES.keys()
    assert not unknown, f"{name}: {sorted(unknown)} are no codes"
    (now,) = (text for word, text in lines if word == "now")
    return Case(datetime.fromisoformat(now), expected, refused, allowed)


@cache
def findings(name: str) -> tuple[ReportedFinding, ...]:
    """What `storagetui report --from DIR --each` prints of a dump."""
    gathered = gather.dump(str(_FOLDER / name), Thresholds(), case(name).now)
    assert not gathered.problems, f"{name}: {gathered.problems}"
    assert not any(health.set_aside for health in gathered.frame.feeds.values()), f"{name}: objects are set aside"
    return document.report(gathered.frame, is_dump=True).findings


def _is(one: ReportedFinding, wanted: re.Match[str]) -> bool:
    subject = one.subject
    return (one.code, subject.kind, subject.namespace, subject.name) == wanted.group(
        "code", "kind", "namespace", "name"
    )


def _told(all_of_them: tuple[ReportedFinding, ...]) -> str:
    return "\n".join(
        f"  {one.severity} {one.code} {one.subject.kind}/{one.subject.namespace}/{one.subject.name}"
        f" {'root' if one.root else 'follows'}: {one.title}"
        for one in all_of_them
    )


@pytest.mark.parametrize("name", _FILES)
def test_what_an_expert_says_is_found(name: str) -> None:
    found = findings(name)
    for wanted in case(name).expected:
        answers = [one for one in found if _is(one, wanted)]
        assert answers, f"{wanted.group()} is missing among\n{_told(found)}"
        place = wanted["place"]
        assert place is None or answers[0].root is (place == "root"), f"{wanted.group()} is not where\n{_told(found)}"


@pytest.mark.parametrize("name", _FILES)
def test_nobody_is_accused_besides(name: str) -> None:
    found, said = findings(name), case(name)
    wrong = tuple(one for one in found if one.code in said.refused)
    assert not wrong, f"refused, but told:\n{_told(wrong)}"
    surplus = tuple(
        one
        for one in found
        if one.severity not in _QUIET
        and one.code not in said.allowed
        and not any(_is(one, wanted) for wanted in said.expected)
    )
    assert not surplus, f"told besides:\n{_told(surplus)}"


@pytest.mark.parametrize("name", _FILES)
def test_the_file_is_named_for_what_it_shows(name: str) -> None:
    code, _, other = name.removesuffix(".yaml").partition("--")
    said = case(name)
    assert code in STATES
    codes = {one["code"] for one in said.expected}
    assert code in (codes if not other else codes | said.refused | said.allowed)
