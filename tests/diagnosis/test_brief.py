"""Pods that are kept in brief show no symptom that the whole of them would not show."""

from itertools import product
from typing import Any

import pytest

from storagetui.diagnosis.catalog import ALL_RULES
from storagetui.model.base import in_brief
from storagetui.model.pods import Pod
from tests.build import decode

SYMPTOMS = {rule.symptom.name: rule.symptom for rule in ALL_RULES if rule.symptom.record is Pod}
PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
STATES: tuple[dict[str, Any], ...] = (
    {"running": {"startedAt": "2026-01-15T14:00:00Z"}},
    {"waiting": {"reason": "ContainerCreating"}},
    {"waiting": {"reason": "CrashLoopBackOff", "message": "read-only file system"}},
    {"terminated": {"exitCode": 1, "reason": "Error", "message": "no space left on device"}},
)


def pods() -> list[Pod]:
    """Pods without storage in every state, on their way out or not, placed or not."""
    made = []
    for phase, ready, state, node, leaving in product(PHASES, ("True", "False", ""), STATES, ("n", ""), (True, False)):
        metadata = {"name": "web", "namespace": "shop", "labels": {"app": "web"}}
        wire = {
            "metadata": metadata | ({"deletionTimestamp": "2026-01-15T14:00:00Z"} if leaving else {}),
            "spec": {"nodeName": node, "volumes": [{"name": "config"}], "containers": [{"name": "main"}]},
            "status": {
                "phase": phase,
                "conditions": [{"type": "Ready", "status": ready}] if ready else [],
                "containerStatuses": [{"name": "main", "state": state, "restartCount": 9}],
            },
        }
        made.append(decode(Pod, wire))
    return made


def test_some_are_kept_in_brief_and_others_whole() -> None:
    assert {in_brief(pod) == pod for pod in pods()} == {True, False}


@pytest.mark.parametrize("name", SYMPTOMS)
def test_what_is_kept_in_brief_shows_what_the_whole_shows(name: str) -> None:
    shows = SYMPTOMS[name].shows
    assert not [pod for pod in pods() if shows(pod) != shows(in_brief(pod))]
