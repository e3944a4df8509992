from typing import Any

import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.keys import Kind
from tests.build import claim, stateful_set, volume
from tests.diagnosis.sets.crew import crew, member
from tests.diagnosis.world import codes, only

CREW = crew("web", 2)
DATA = tuple(claim(f"shop/data-web-{ordinal}") for ordinal in range(2))
VOLUMES = tuple(volume(f"pv-data-web-{ordinal}", claim=f"shop/data-web-{ordinal}") for ordinal in range(2))


def test_claims_that_differ_from_their_template_are_named_with_both_values() -> None:
    grown = claim("shop/data-web-0", size="20Gi", spec={"storageClassName": "slow"})
    finding = only(stateful_set("shop/web", replicas=2), *CREW, grown, DATA[1])
    assert finding.code == "sts-template-drift"
    assert (finding.severity, finding.certainty) == (Severity.LOW, Certainty.CONFIRMED)
    assert "data-web-0 asks 20Gi where data says 10Gi" in finding.explanation
    assert "data-web-0 is of class slow where data says fast" in finding.explanation
    assert "data-web-1" not in finding.explanation


def test_claims_as_their_template_says_are_not_mentioned() -> None:
    owner = stateful_set("shop/web", replicas=2)
    assert codes(owner, *CREW, *DATA) == []
    same = claim("shop/data-web-0", size="10240Mi")
    assert codes(owner, *CREW, same) == []
    assert codes(owner, *CREW, claim("shop/data-web-0", size="20Gi"), blind=(Kind.PERSISTENT_VOLUME_CLAIM,)) == []


def policy(deleted: str, scaled: str) -> dict[str, Any]:
    return {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": deleted, "whenScaled": scaled}}


@pytest.mark.parametrize(
    ("deleted", "scaled", "words"),
    [
        ("Delete", "Retain", "When the set is deleted, "),
        ("Retain", "Delete", "When the set is scaled down, "),
        ("Delete", "Delete", "When the set is deleted or the set is scaled down, "),
    ],
)
def test_a_policy_that_deletes_claims_with_their_data_is_told(deleted: str, scaled: str, words: str) -> None:
    owner = stateful_set("shop/web", replicas=2, spec=policy(deleted, scaled))
    finding = only(owner, *CREW, *DATA, *VOLUMES)
    assert (finding.code, finding.severity) == ("sts-retention-delete-risk", Severity.INFO)
    assert finding.explanation.startswith(words)
    assert "data-web-0 and data-web-1" in finding.explanation


def test_claims_that_are_kept_or_whose_volumes_are_kept_are_no_risk() -> None:
    kept = tuple(
        volume(f"pv-data-web-{n}", claim=f"shop/data-web-{n}", spec={"persistentVolumeReclaimPolicy": "Retain"})
        for n in range(2)
    )
    deletes = stateful_set("shop/web", replicas=2, spec=policy("Delete", "Delete"))
    assert codes(deletes, *CREW, *DATA, *kept) == []
    assert codes(stateful_set("shop/web", replicas=2, spec=policy("Retain", "Retain")), *CREW, *DATA, *VOLUMES) == []
    assert codes(deletes, *CREW, *DATA, *VOLUMES, blind=(Kind.PERSISTENT_VOLUME,)) == []


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ({"type": "OnDelete"}, "its strategy is OnDelete"),
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}, "its partition is 1"),
    ],
)
def test_a_rollout_that_is_held_back_on_purpose_is_calm(strategy: dict[str, Any], words: str) -> None:
    status = {"currentRevision": "a", "updateRevision": "b"}
    owner = stateful_set("shop/web", replicas=2, spec={"updateStrategy": strategy}, status=status)
    finding = only(owner, member("web-0", revision="a"), member("web-1", revision="b"))
    assert (finding.code, finding.severity) == ("sts-partition-or-ondelete", Severity.INFO)
    assert finding.title == "Rollout is held back on purpose at #0"
    assert words in finding.explanation


def test_a_rollout_that_goes_on_or_is_done_is_not_held_back() -> None:
    rolling = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}
    status = {"currentRevision": "a", "updateRevision": "b"}
    assert codes(stateful_set("shop/web", replicas=2, spec=rolling, status=status), *crew("web", 2, "a")) == []
    done = {"currentRevision": "b", "updateRevision": "b"}
    held = {"updateStrategy": {"type": "OnDelete"}}
    assert codes(stateful_set("shop/web", replicas=2, spec=held, status=done), *crew("web", 2, "b")) == []
    assert codes(stateful_set("shop/web", replicas=2, spec=held, status=status), *crew("web", 2, "b")) == []
