"""A claim is to go, and a snapshot or a clone of it is in the making."""

from collections.abc import Iterator

from storagetui.cluster.copy_relations import SNAPSHOTS_OF_CLAIM
from storagetui.cluster.relations import UNBOUND_CLAIMS_OF_SOURCE
from storagetui.diagnosis.finalizers import CLONE_SOURCE, SNAPSHOT_SOURCE, words
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.goings import CLAIM_GOING, data_of, going_since
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted, things
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.snapshots import VolumeSnapshot

SNAPSHOT = State(
    code="pvc-terminating-snapshot",
    title="A snapshot in the making holds the claim",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The finalizer is put on while a snapshot is taken and comes off when it is ready. A snapshot that fails or "
        "hangs keeps it, and so does a snapshot controller that does not run."
    ),
    remedies=(
        "Look at the snapshot, and at the snapshot controller",
        "Delete the snapshot that blocks the claim, and take it again later",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/volume-snapshots/",
        "https://kubernetes-csi.github.io/docs/snapshot-controller.html",
    ),
)
CLONE = State(
    code="pvc-terminating-clone",
    title="A clone in the making holds the claim",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning="The source of a clone stays until its clones are made; the provisioner takes the finalizer off then.",
    remedies=(
        "Look why the clones are not made",
        "Delete the claims of clones that are not wanted",
        "Look at the driver's provisioner, where no clone is in the making any more",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/volume-pvc-datasource/",),
)
PATIENCE_S = 60.0
"""How long what is in the making may take without a word."""


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for the finalizer of the snapshot controller, or else of the provisioner."""
    is_snapshot = SNAPSHOT_SOURCE in claim.finalizers
    if not (is_snapshot or CLONE_SOURCE in claim.finalizers):
        return
    if not ctx.older_than(claim.deletion_timestamp, PATIENCE_S):
        return
    yield _snapshot(claim, ctx) if is_snapshot else _clone(claim, ctx)


def _snapshot(claim: PersistentVolumeClaim, ctx: Context) -> Finding:
    blind = ctx.unknown(Kind.VOLUME_SNAPSHOT)
    found = [] if blind else ctx.cluster.related(VolumeSnapshot, SNAPSHOTS_OF_CLAIM, claim.key)
    unready = sorted((one for one in found if not one.ready_to_use), key=lambda one: one.name)
    names = [one.name for one in unready]
    errors = [f"{one.name} says: {quoted(one.error)}" for one in unready if one.error]
    if unready:
        who = f"{things('Snapshot', names)} {'is' if len(names) == 1 else 'are'} not ready."
        step = f"Look at snapshot {names[0]}: when it is ready, or deleted, the claim goes."
    else:
        who = cannot_tell("which snapshot it is", blind) or "No snapshot of it is in the making any more."
        step = "Look at the snapshot controller: it takes the finalizer off when no snapshot is in the making."
    return SNAPSHOT.finding(
        claim,
        f"Claim is to go, and {things('snapshot', names)} of it {'is' if len(names) == 1 else 'are'} in the making"
        if names
        else "Claim is to go, and the snapshot controller holds it",
        joined(
            f"The claim is to go{going_since(claim)}.", who, *errors[:2], words(claim.finalizers), data_of(claim, ctx)
        ),
        claim.deletion_timestamp,
        next_step=step,
        evidence=(
            evidence(claim, "finalizers", ", ".join(claim.finalizers)),
            *(evidence(one, "ready_to_use") for one in unready[:3]),
        ),
        causes=tuple(one.key for one in unready),
    )


def _clone(claim: PersistentVolumeClaim, ctx: Context) -> Finding:
    clones = sorted(ctx.cluster.keys_of(UNBOUND_CLAIMS_OF_SOURCE, claim.key))
    names = [key.name for key in clones]
    who = (
        f"{things('Clone', names)} {'is' if len(names) == 1 else 'are'} not made yet."
        if names
        else "No clone of it is in the making any more, as far as the claims of its namespace tell."
    )
    return CLONE.finding(
        claim,
        f"Claim is to go, and {things('clone', names)} of it {'is' if len(names) == 1 else 'are'} in the making"
        if names
        else "Claim is to go, and the provisioner holds it for a clone",
        joined(f"The claim is to go{going_since(claim)}.", who, words(claim.finalizers), data_of(claim, ctx)),
        claim.deletion_timestamp,
        next_step=f"Look why {listed(names)} is not made; delete it, if it is not wanted."
        if names
        else "Look at the driver's provisioner: it takes the finalizer off when no clone is in the making.",
        evidence=(evidence(claim, "finalizers", ", ".join(claim.finalizers)),),
        causes=tuple(clones),
    )


RULE = Rule(CLAIM_GOING, (SNAPSHOT, CLONE), find)
