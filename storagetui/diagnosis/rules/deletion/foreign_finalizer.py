"""A claim or a volume is to go, and a finalizer of another product holds it."""

from collections.abc import Iterator

from storagetui.diagnosis.finalizers import (
    ATTACHER,
    CLONE_SOURCE,
    IN_TREE_PROVISIONER,
    PROVISIONER,
    PV_PROTECTION,
    PVC_PROTECTION,
    SNAPSHOT_SOURCE,
    words,
)
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.goings import CLAIM_GOING, VOLUME_GOING, data_of, going_since, what_it_is
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import joined, things, verb
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.volumes import PersistentVolume

FOREIGN = State(
    code="pvc-terminating-foreign-finalizer",
    title="A finalizer of another product holds the object",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Some operator put it there: of backups, replication, a data mover, virtual machines. It comes off when that "
        "operator has done its part; if the operator is gone, it never does."
    ),
    remedies=(
        "Find the operator that set the finalizer, and read its log",
        "Take the finalizer off by hand, as the last resort: what its owner wanted to do first is then never done",
    ),
    links=("https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/",),
)
PATIENCE_S = 60.0
"""How long an operator may take."""
_OF_CLAIMS = frozenset((PVC_PROTECTION, SNAPSHOT_SOURCE, CLONE_SOURCE))
_OF_VOLUMES = frozenset((PV_PROTECTION, PROVISIONER, IN_TREE_PROVISIONER))


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for a claim that is held by finalizers other than those of Kubernetes and its sidecars."""
    names = [one for one in claim.finalizers if one not in _OF_CLAIMS]
    if names and ctx.older_than(claim.deletion_timestamp, PATIENCE_S):
        yield _finding(claim, "Claim", names, data_of(claim, ctx))


def find_volume(volume: PersistentVolume, ctx: Context) -> Iterator[Finding]:
    """Yield for a volume in the same state."""
    names = [one for one in volume.finalizers if one not in _OF_VOLUMES and not one.startswith(ATTACHER)]
    if names and ctx.older_than(volume.deletion_timestamp, PATIENCE_S):
        yield _finding(volume, "Volume", names, what_it_is(volume))


def _finding(record: PersistentVolumeClaim | PersistentVolume, noun: str, names: list[str], more: str) -> Finding:
    return FOREIGN.finding(
        record,
        f"{noun} is to go, and {things('finalizer', names)} {verb(len(names), 'holds', 'hold')} it",
        joined(f"The {noun.lower()} is to go{going_since(record)}.", words(names), more),
        record.deletion_timestamp,
        next_step=f"Find the operator that sets {names[0]}, and read its log; it may be gone.",
        evidence=(evidence(record, "finalizers", ", ".join(record.finalizers)),),
    )


RULE = Rule(CLAIM_GOING, (FOREIGN,), find)
VOLUME_RULE = Rule(VOLUME_GOING, (), find_volume)
