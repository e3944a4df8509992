"""A pod waits for a claim, as the scheduler says, and claims cannot be read."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.finding import Certainty, Finding, evidence
from storagetui.diagnosis.pod_states import UNSCHEDULED, waiting_since
from storagetui.diagnosis.rule import Context, Heard, Rule, State
from storagetui.diagnosis.rules.scheduling.pod_claim_deleting import DELETING
from storagetui.diagnosis.rules.scheduling.pod_claim_missing import MISSING
from storagetui.diagnosis.rules.scheduling.pod_waits_for_claim import LOST, UNBOUND
from storagetui.diagnosis.rules.scheduling.verdict import verdict
from storagetui.diagnosis.words import cannot_tell, joined, quoted, things
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

_SAID: tuple[tuple[State, re.Pattern[str], str], ...] = (
    (MISSING, re.compile(r'persistentvolumeclaim "(?P<claim>[^"]+)" not found'), "does not exist"),
    (DELETING, re.compile(r'persistentvolumeclaim "(?P<claim>[^"]+)" is being deleted'), "is being deleted"),
    (LOST, re.compile(r'persistentvolumeclaim "(?P<claim>[^"]+)" bound to non-existent persistentvolume'), "is Lost"),
    (UNBOUND, re.compile(r"pod has unbound (?:immediate )?PersistentVolumeClaims"), "has no volume yet"),
)
"""What the scheduler says, and what follows for the claim; each pattern stands with the rule of its state, too."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for what the scheduler says of a claim that nobody here can look at."""
    since, blind = waiting_since(pod), ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)
    if not blind or not ctx.older_than(since, ctx.thresholds.pod_pending_s):
        return
    for state, regex, how in _SAID:
        told = verdict(pod, ctx, regex)
        keys = _claims(pod, told.group("claim")) if told is not None else []
        if told is None or not keys:
            continue
        names = [key.name for key in keys]
        title = f"Claim {names[0]} {how}" if len(names) == 1 else f"One of {things('claim', names)} {how}"
        yield state.finding(
            pod,
            title,
            joined(f"The scheduler says: {quoted(told.text)}", cannot_tell("how the claim is by now", blind)),
            since,
            certainty=Certainty.INFERRED,
            next_step=f"Look at {things('claim', names)}, or have somebody look who may.",
            evidence=(evidence(pod, "phase"), told.proof),
            causes=tuple(keys) if len(keys) == 1 else (),
        )
        return


def _claims(pod: Pod, named: str) -> list[Key]:
    """The claim that is named, else those that the pod names."""
    return [key for key in pod.claim_keys if not named or key.name == named]


RULE = Rule(UNSCHEDULED, (), find, heard=(Heard(Kind.POD, ("FailedScheduling",)),))
"""Tells of states of other rules, for which claims have to be read."""
