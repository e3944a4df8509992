"""A pod waits for the claim of an ephemeral volume, which is about to be made, or is not to be had."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.moments import latest
from storagetui.diagnosis.pod_states import UNSCHEDULED, waiting_since
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.quota.limits import LIMIT, QUOTA, judged
from storagetui.diagnosis.rules.scheduling.verdict import verdict
from storagetui.diagnosis.words import joined, quoted, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod, PodVolume, claim_name

_EPHEMERAL = "https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes"

CONFLICT = State(
    code="ephemeral-pvc-conflict",
    title="Generic ephemeral volume collides with an existing claim",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The name of an ephemeral volume's claim is fixed by the names of the pod and of the volume. A claim of that "
        "name which is not the pod's own, or an answer of the API server that refuses it, keeps the pod from a node."
    ),
    remedies=(
        "Look at whose the claim is",
        "Delete the claim, if nobody needs what is on it",
        "Give the pod, or the volume in it, another name",
    ),
    links=(_EPHEMERAL,),
)
ABOUT_TO_BE = State(
    code="sched-ephemeral-wait",
    title="Claim of an ephemeral volume is about to be made",
    severity=Severity.INFO,
    certainty=Certainty.INFERRED,
    meaning=(
        "The claim of a generic ephemeral volume is made by a controller once the pod exists; the scheduler may look "
        "at the pod before that. It is a failure only if it stays so."
    ),
    remedies=("Wait",),
    links=(_EPHEMERAL,),
    is_calm=True,
)

_WAITS = re.compile(
    r"waiting for ephemeral volume controller to create the persistentvolumeclaim \"(?P<claim>[^\"]+)\""
)
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/volume_binding.go."""
_NOT_OWNER = re.compile(
    r"ephemeral volume (?P<volume>\S+): PVC (?P<claim>\S+) was not created for pod (?P<pod>\S+) \(pod is not owner\)"
)
"""k8s.io/component-helpers: storage/ephemeral/ephemeral.go."""
_CREATE = re.compile(r"ephemeral volume (?P<volume>\S+): create PVC (?P<claim>\S+): (?P<why>.+)")
"""kubernetes: pkg/controller/volume/ephemeral/controller.go."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for a claim that is another's, one that is refused, or, for a while, one that is about to be made."""
    volumes = [one for one in pod.volumes if one.is_ephemeral]
    if not volumes:
        return
    since = waiting_since(pod)
    is_late = ctx.older_than(since, ctx.thresholds.pod_pending_s)
    blind = ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)
    if is_late and not blind:
        strange = [one for volume in volumes if (one := _claim(pod, volume, ctx)) is not None and not _is_own(one, pod)]
        if strange:
            yield _conflict(pod, strange[0], ctx)
            return
    missing = [claim_name(pod, one) for one in volumes if blind or _claim(pod, one, ctx) is None]
    refusal = next(_refusals(pod, missing, ctx), None)
    if refusal is not None:
        yield _refused(pod, *refusal, ctx)
        return
    told = verdict(pod, ctx, _WAITS)
    if is_late or not missing or (blind and told is None):
        return
    yield ABOUT_TO_BE.finding(
        pod,
        f"{things('Claim', missing)} {verb(len(missing), 'is', 'are')} about to be made",
        f"{things('Claim', missing)} of the pod's ephemeral volumes {verb(len(missing), 'does', 'do')} not exist yet. "
        "A controller makes them once the pod exists, within moments.",
        since,
        evidence=(evidence(pod, "phase"), *((told.proof,) if told is not None else ())),
    )


def _claim(pod: Pod, volume: PodVolume, ctx: Context) -> PersistentVolumeClaim | None:
    return ctx.cluster.get(PersistentVolumeClaim, pod.namespace, claim_name(pod, volume))


def _is_own(claim: PersistentVolumeClaim, pod: Pod) -> bool:
    """Whether the pod is the claim's managing owner, by uid."""
    return claim.controller is not None and claim.controller.uid == pod.uid


def _conflict(pod: Pod, claim: PersistentVolumeClaim, ctx: Context) -> Finding:
    owner = claim.controller
    if owner is None:
        whose = "has no owner"
    elif owner.kind == Kind.POD and owner.name == pod.name:
        whose = "belongs to an earlier pod of this name"
    else:
        whose = f"belongs to {owner.kind} {owner.name}"
    is_going = claim.deletion_timestamp is not None
    state = f"It is {claim.phase or 'without a phase'}{', and is being deleted' if is_going else ''}."
    said_so = next(events(ctx, pod, ("FailedBinding",), newer_than=pod.creation_timestamp), None)
    return CONFLICT.finding(
        pod,
        f"Claim {claim.name} exists and is not the pod's own",
        joined(
            f"The pod's ephemeral volume needs a claim of the name {claim.name}. There is one, and it {whose}. {state}",
            "A claim that is not the pod's own is not used for an ephemeral volume, and no other is made.",
        ),
        latest((waiting_since(pod), claim.creation_timestamp)),
        next_step="Wait until the old claim is gone."
        if is_going
        else f"Look at claim {claim.name}, and whether anybody needs it, before it is deleted.",
        evidence=(
            evidence(claim, "owners", f"{owner.kind}/{owner.name}" if owner is not None else "(none)"),
            evidence(claim, "phase"),
            *((said(said_so),) if said_so is not None else ()),
        ),
        causes=(claim.key,),
    )


def _refusals(pod: Pod, missing: list[str], ctx: Context) -> Iterator[tuple[Event, re.Match[str]]]:
    """The refusals of claims that still do not exist, latest first."""
    for event in events(ctx, pod, ("FailedBinding",), newer_than=pod.creation_timestamp):
        match = _CREATE.search(message(event))
        if match is not None and match["claim"].rpartition("/")[2] in missing:
            yield event, match


def _refused(pod: Pod, event: Event, match: re.Match[str], ctx: Context) -> Finding:
    name = match["claim"].rpartition("/")[2]
    found = judged(match["why"], pod.namespace, ctx)
    waits = f"So claim {name} of the ephemeral volume {match['volume']} is not made, and the pod gets no node."
    if found is not None:
        return found.state.finding(
            pod,
            f"{found.title} refuses claim {name}",
            joined(found.words, waits),
            event.first_seen,
            certainty=found.certainty,
            next_step=found.next_step,
            evidence=(said(event), *found.proof),
            causes=found.causes,
            shared=found.shared,
        )
    return CONFLICT.finding(
        pod,
        f"The API server refuses claim {name}",
        joined(waits, f"The answer is: {quoted(match['why'])}"),
        event.first_seen,
        certainty=Certainty.INFERRED,
        next_step="Do what the answer asks for; it is tried again by itself.",
        evidence=(said(event),),
        causes=(Key(Kind.NAMESPACE, "", pod.namespace),) if "being terminated" in match["why"] else (),
    )


PATTERNS = (
    Pattern(ABOUT_TO_BE.code, Kind.POD, ("FailedScheduling",), _WAITS),
    Pattern(CONFLICT.code, Kind.POD, ("FailedBinding",), _NOT_OWNER),
    Pattern(CONFLICT.code, Kind.POD, ("FailedBinding",), _CREATE),
)

RULE = Rule(
    UNSCHEDULED,
    (CONFLICT, ABOUT_TO_BE, QUOTA, LIMIT),
    find,
    heard=(Heard(Kind.POD, ("FailedBinding", "FailedScheduling")),),
    patterns=PATTERNS,
)
