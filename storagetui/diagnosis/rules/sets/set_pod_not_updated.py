"""A set cannot bring a pod into the shape that its templates ask for."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.diagnosis.moments import latest
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.sets.set_states import SHORT, claim_key, pods
from storagetui.diagnosis.words import joined, listed, quoted, things, verb
from storagetui.model.events import Event
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod
from storagetui.model.workloads import StatefulSet

ADOPTED = State(
    code="sts-adopted-pod-missing-claim",
    title="Adopted pods lack a volume of the new template",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The pod was there before the set was made again with another claim template. A pod's volumes cannot be "
        "edited, yet the controller tries to, and fails again and again."
    ),
    remedies=("Delete the pod, one at a time and gracefully: the set makes it again with all its volumes",),
    links=("https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/",),
)

_FAILED = re.compile(r"(?i)update pod (?P<pod>\S+) in statefulset (?P<set>\S+) failed error: (?P<why>.+)")
"""kubernetes: pkg/controller/statefulset/stateful_pod_control.go."""


def find(owner: StatefulSet, ctx: Context) -> Iterator[Finding]:
    """Yield for pods of the set that have no volume for one of its claim templates."""
    found = pods(owner, ctx) or {}
    lacking = {pod: names for ordinal, pod in sorted(found.items()) if (names := _missing(owner, ordinal, pod))}
    if not lacking:
        return
    first = next(iter(lacking))
    told = next((one for one in events(ctx, owner, ("FailedUpdate",)) if _FAILED.search(message(one))), None)
    names = [pod.name for pod in lacking]
    yield ADOPTED.finding(
        owner,
        f"{things('Pod', names)} {verb(len(names), 'lacks', 'lack')} a volume of the set's templates",
        joined(
            *(
                f"Pod {pod.name} has no volume for claim {listed(missing)}."
                for pod, missing in list(lacking.items())[:3]
            ),
            "It was there before the template was, and volumes of a pod cannot be added.",
            f"The controller says: {quoted(message(told))}" if told is not None else "",
        ),
        latest((owner.creation_timestamp, first.creation_timestamp)),
        next_step=f"Delete pod {first.name} gracefully: the set makes it again with all its volumes.",
        evidence=_facts(owner, first, told),
        victims=tuple(pod.key for pod in lacking),
    )


def _missing(owner: StatefulSet, ordinal: int, pod: Pod) -> list[str]:
    """The claims that the templates give the ordinal and that the pod does not name."""
    if pod.deletion_timestamp is not None:
        return []
    named = {one.claim_name for one in pod.volumes}
    wanted = [claim_key(owner, template, ordinal).name for template in owner.claim_templates]
    if named.issuperset(wanted):
        return []
    named.update(key.name for key in pod.claim_keys)  # those of ephemeral volumes too
    return [name for name in wanted if name not in named]


def _facts(owner: StatefulSet, pod: Pod, told: Event | None) -> tuple[Evidence, ...]:
    templates = ", ".join(template.name for template in owner.claim_templates)
    volumes = ", ".join(key.name for key in pod.claim_keys)
    facts = (Evidence(owner.key, "spec.volumeClaimTemplates", templates), Evidence(pod.key, "spec.volumes", volumes))
    return (*facts, said(told)) if told is not None else facts


RULE = Rule(
    SHORT,
    (ADOPTED,),
    find,
    heard=(Heard(Kind.STATEFUL_SET, ("FailedUpdate",)),),
    patterns=(Pattern(ADOPTED.code, Kind.STATEFUL_SET, ("FailedUpdate",), _FAILED, is_catch_all=True),),
)
