"""A rule that fails is told, and hides nothing of what the others find."""

from collections.abc import Iterator

import pytest

from storagetui.cluster.store import Effect
from storagetui.diagnosis.engine import Findings
from storagetui.diagnosis.fault import FAULT
from storagetui.diagnosis.finding import Finding
from storagetui.diagnosis.rule import Context, Rule, Symptom
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.settings import Thresholds
from tests.build import NOW, claim, live_feeds
from tests.diagnosis.world import cluster_of


def fails(_claim: PersistentVolumeClaim, _ctx: Context) -> Iterator[Finding]:
    raise LookupError("no such thing")


def finds(one: PersistentVolumeClaim, _ctx: Context) -> Iterator[Finding]:
    yield FAULT.finding(one, "found", "It was found.", None)


FAILS = Rule(Symptom("it fails", PersistentVolumeClaim, lambda _: True), (), fails)
FINDS = Rule(Symptom("it finds", PersistentVolumeClaim, lambda _: True), (), finds)


@pytest.mark.tolerant
def test_a_rule_that_fails_is_told_beside_what_others_find() -> None:
    engine = Findings(Thresholds(), (FAILS, FINDS))
    one = claim("shop/data")
    for _ in engine.update(cluster_of(one), Effect(frozenset(), {}), NOW, live_feeds()):
        pass
    failed, found = engine.publish()[one.key]
    assert (failed.code, found.title) == ("rule-failed", "found")
    assert "LookupError: no such thing" in failed.explanation
    assert failed.next_step == "Look at the object yourself, and report the fault."
