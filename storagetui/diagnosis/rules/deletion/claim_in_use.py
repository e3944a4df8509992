"""A claim is to go, and pods hold it."""

from collections.abc import Iterator

from storagetui.cluster.chains import pods_of
from storagetui.diagnosis.finalizers import PVC_PROTECTION, words
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.goings import CLAIM_GOING, data_of, going_since, holders, is_past
from storagetui.diagnosis.pod_states import is_over
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, listed, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

_PROTECTION = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection"

IN_USE = State(
    code="pvc-terminating-in-use",
    title="Claim is to be deleted but a pod uses it",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Protection works as meant: the claim goes when its last pod goes. The deletion cannot be taken back, so that "
        "the data has to be made safe before the pod stops; and no new pod is let in."
    ),
    remedies=(
        "Set the volume's reclaim policy to Retain, so that the data outlives the claim",
        "Take a snapshot, and wait until it is ready",
        "Look at the pods that name the claim, finished ones too",
    ),
    links=(_PROTECTION,),
)
FINISHED = State(
    code="pvc-terminating-finished-pod",
    title="Finished pods hold a claim that is to be deleted",
    severity=Severity.LOW,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Any pod that was given a node counts, whether it has finished or not: pods of completed Jobs hold their "
        "claims until they are deleted."
    ),
    remedies=("Delete the finished pod that still names the claim", "Give the Job a ttlSecondsAfterFinished"),
    links=(_PROTECTION,),
)
PATIENCE_S = 60.0
"""How long the collector of finished pods may take."""
CLEAN_UP_S = 30.0
"""How long pods that go with the claim may take beyond their grace period."""


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield one of the two states while protection is on; pods that are on their way out are given their time."""
    if PVC_PROTECTION not in claim.finalizers or not ctx.older_than(claim.deletion_timestamp, 0):
        return
    pods, blind = holders(claim, ctx), ctx.unknown(Kind.POD)
    live = [pod for pod in pods if not is_over(pod)]
    if live:
        leaving = [pod for pod in live if pod.deletion_timestamp is not None]
        late = [pod for pod in leaving if is_past(pod, ctx, CLEAN_UP_S)]
        if len(leaving) < len(live) or late:
            yield _in_use(claim, ctx, live, late)
    elif pods and ctx.older_than(claim.deletion_timestamp, PATIENCE_S):
        yield _finished(claim, ctx, pods)
    elif blind and ctx.older_than(claim.deletion_timestamp, PATIENCE_S):
        yield IN_USE.finding(
            claim,
            "Claim is to go, and something holds it",
            joined(
                f"The claim is to go{going_since(claim)}.",
                cannot_tell("who uses it", blind),
                words(claim.finalizers),
                data_of(claim, ctx),
            ),
            claim.deletion_timestamp,
            certainty=Certainty.INFERRED,
            next_step="Have somebody who may list pods look for those that name the claim.",
            evidence=_facts(claim),
        )


def _in_use(claim: PersistentVolumeClaim, ctx: Context, live: list[Pod], late: list[Pod]) -> Finding:
    names = [f"{pod.name} ({_state(pod)} on {pod.node_name})" for pod in live]
    others = [one for one in claim.finalizers if one != PVC_PROTECTION]
    return IN_USE.finding(
        claim,
        f"Claim is to go, and {things('pod', [pod.name for pod in live])} {verb(len(live), 'uses', 'use')} it",
        joined(
            f"The claim is to go{going_since(claim)} and stays for {things('pod', names)}; it goes when the last of "
            "them does, which cannot be taken back.",
            data_of(claim, ctx),
            words(others),
            "No new pod that names it is let in.",
        ),
        claim.deletion_timestamp,
        next_step="If the data is wanted, set the volume's reclaim policy to Retain before the pod stops."
        if not late
        else f"Look why {listed(pod.name for pod in late)} does not end.",
        evidence=(*_facts(claim), *(evidence(pod, "phase") for pod in live[:3])),
        causes=tuple(pod.key for pod in late),
    )


def _finished(claim: PersistentVolumeClaim, ctx: Context, pods: list[Pod]) -> Finding:
    names = [f"{pod.name} ({pod.phase})" for pod in pods]
    others = [one for one in claim.finalizers if one != PVC_PROTECTION]
    which = things("pod", [pod.name for pod in pods])
    return FINISHED.finding(
        claim,
        f"Claim is to go, and finished {which} {verb(len(pods), 'holds', 'hold')} it",
        joined(
            f"The claim is to go{going_since(claim)}. Nothing that runs uses it, but {things('pod', names)} still "
            f"{verb(len(pods), 'names', 'name')} it, and a finished pod counts like any other.",
            data_of(claim, ctx),
            words(others),
        ),
        claim.deletion_timestamp,
        next_step=f"Delete the finished {which}.",
        evidence=(*_facts(claim), *(evidence(pod, "phase") for pod in pods[:3])),
        victims=tuple(pod.key for pod in pods_of(ctx.cluster, claim.key) if not pod.node_name and not is_over(pod)),
    )


def _state(pod: Pod) -> str:
    return f"{pod.phase}, to go{going_since(pod)}," if pod.deletion_timestamp is not None else pod.phase


def _facts(claim: PersistentVolumeClaim) -> tuple[Evidence, ...]:
    when = str(claim.deletion_timestamp)
    return evidence(claim, "deletion_timestamp", when), evidence(claim, "finalizers", ", ".join(claim.finalizers))


RULE = Rule(CLAIM_GOING, (IN_USE, FINISHED), find)
