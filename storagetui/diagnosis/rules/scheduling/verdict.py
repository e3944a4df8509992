"""What the scheduler says of a pod."""

import re
from typing import NamedTuple

from storagetui.diagnosis.event_text import bare, events, message, said
from storagetui.diagnosis.finding import Evidence, evidence
from storagetui.diagnosis.pod_states import scheduled
from storagetui.diagnosis.rule import Context
from storagetui.model.pods import Pod

_REFUSED = ("Unschedulable", "SchedulerError")
"""Reasons of the condition PodScheduled with which a pod is turned down (k8s.io/api/core/v1/types.go)."""


class Verdict(NamedTuple):
    """What was said, how it fits what was looked for, and where it stands."""

    text: str
    match: re.Match[str]
    proof: Evidence

    def group(self, name: str) -> str:
        """A named part of the text; empty when the text does not have it."""
        return self.match.groupdict().get(name) or ""


def verdict(pod: Pod, ctx: Context, regex: re.Pattern[str]) -> Verdict | None:
    """What the scheduler says, when it fits; the condition counts, and the latest event where that is silent."""
    condition = scheduled(pod)
    if condition is not None and condition.message:
        match = regex.search(bare(condition.message)) if condition.reason in _REFUSED else None
        shown = evidence(pod, "conditions", f"PodScheduled={condition.status}, {condition.reason}")
        return Verdict(condition.message, match, shown) if match is not None else None
    event = next(events(ctx, pod, ("FailedScheduling",), newer_than=pod.creation_timestamp), None)
    match = regex.search(message(event)) if event is not None else None
    return Verdict(message(event), match, said(event)) if event is not None and match is not None else None
