import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import pytest
import yaml

from storagetui.diagnosis.catalog import ALL_RULES, STATES
from storagetui.diagnosis.patterns import classify
from storagetui.diagnosis.rule import Pattern
from storagetui.model.keys import Kind

PATTERNS = [(rule, pattern) for rule in ALL_RULES for pattern in rule.patterns]
LONG = 1024
"""Characters of a text that are looked at."""
PATIENCE_S = 0.25
"""Processor time in which a pattern must be done with a hostile text; an explosion takes minutes, or years."""

TOLD_APART_BY_OBJECTS = {
    "pvc-nodename-bypasses-scheduler",
    "sched-local-pv-node-gone",
    "deploy-rwo-rollout-deadlock",
    "deploy-rwo-replicas",
    "pv-failed",
}
"""States in which components write what they write in others too."""

CATCH_ALLS = {"pvc-provisioning-failed"}
"""States of what is left when no other text fits: of their samples some fit others too, and rightly."""


class Sample(NamedTuple):
    code: str
    about: Kind
    reason: str
    text: str


def samples() -> Iterator[Sample]:
    entries: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "samples.yaml").read_text(encoding="utf-8"))
    for entry in entries:
        for text in entry["samples"]:
            yield Sample(entry["code"], Kind(entry["about"]), entry.get("reason", ""), text)


SAMPLES = list(samples())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.code}-{sample.reason}"[:60])
def test_every_text_is_known_by_the_state_that_it_tells_of(sample: Sample) -> None:
    codes = classify(sample.about, sample.reason, sample.text)
    assert sample.code in codes
    assert sample.code == codes[0] or sample.code in TOLD_APART_BY_OBJECTS | CATCH_ALLS, codes
    combined = f"(combined from similar events): {sample.text}"
    assert classify(sample.about, sample.reason, combined) == codes


def test_a_text_of_another_kind_or_reason_is_not_known() -> None:
    text = 'storageclass.storage.k8s.io "fast" not found'
    claim = Kind.PERSISTENT_VOLUME_CLAIM
    assert classify(claim, "ProvisioningFailed", text)[0] == "pvc-storageclass-missing"
    assert classify(claim, "SomethingElse", text) == ()
    assert classify(Kind.POD, "ProvisioningFailed", text) == ()
    assert classify(claim, "ProvisioningFailed", "x" * LONG + text) == ("pvc-provisioning-failed",)


@pytest.mark.parametrize(("rule", "pattern"), PATTERNS, ids=lambda one: getattr(one, "code", ""))
def test_a_pattern_is_of_a_known_state_and_its_events_are_heard(rule: Any, pattern: Pattern) -> None:
    assert pattern.code in STATES
    heard = {reason for one in rule.heard if one.about is pattern.about for reason in one.reasons}
    assert heard >= set(pattern.reasons)


@pytest.mark.parametrize("pattern", {one.regex: one for _, one in PATTERNS}.values(), ids=lambda one: one.code)
def test_no_text_keeps_a_pattern_busy(pattern: Pattern) -> None:
    for text in _hostile(pattern):
        begun = process_time()
        pattern.regex.search(text)
        assert process_time() - begun < PATIENCE_S, text[:80]


def _hostile(pattern: Pattern) -> Iterator[str]:
    """Texts that come close again and again: the pattern's words, and parts of known texts, repeated to the end."""
    literal = re.sub(
        r"\\([^a-zA-Z])", r"\1", re.sub(r"\(\?P<\w+>|\(\?i\)|\(\?:|\\[sSwWdDb]|\[[^\]]*\]", " ", pattern.regex.pattern)
    )
    words = [word for word in re.split(r"[|()+*?]| {2,}", literal) if word.strip()]
    known = [one.text for one in SAMPLES if one.code == pattern.code]
    parts = [*words, *(" ".join(pair) for pair in pairwise(words)), *known, *(text[:-1] for text in known)]
    parts += [text[: match.end()] for text in known for match in re.finditer(r"\W", text)]
    for part in dict.fromkeys((*parts, "a", " ", '"', ":", "a ", "a.", "[")):
        for tail in ("", "\n", "!"):
            yield (part * (LONG // len(part) + 1))[: LONG - len(tail)] + tail
    for head, tail in ((one, two) for one in words for two in ("a", " ", "x ", '"', ":")):
        yield (head + tail * LONG)[:LONG]
