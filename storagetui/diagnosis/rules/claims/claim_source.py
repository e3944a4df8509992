"""A claim is to be filled from a snapshot or another claim, and that is not to be had."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from storagetui.diagnosis.claim_states import UNBOUND, is_delayed, waiting_pods
from storagetui.diagnosis.event_text import first_match, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks
from storagetui.diagnosis.provisioning import stages
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, quoted, since
from storagetui.model.claims import BOUND, DataSource, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.snapshots import VolumeSnapshot

NOT_READY = State(
    code="pvc-datasource-not-ready",
    title="Restore or clone source is not usable",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A new volume is to be filled from a snapshot or another claim, which is missing, not bound, not ready, being "
        "deleted, larger than what is asked for, or of another volume mode. The provisioner waits for it."
    ),
    remedies=(
        "Look at the snapshot or the claim that is to be copied",
        "Delete the unbound claim and make it again, at least as large as its source",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/volume-snapshots/",
        "https://kubernetes.io/docs/concepts/storage/volume-pvc-datasource/",
    ),
)


class Fault(NamedTuple):
    """What is wrong with a source."""

    title: str
    words: str
    """In a sentence."""
    proof: tuple[Evidence, ...] = ()


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the source was looked at and cannot be used, or when the provisioner says so."""
    source = claim.data_source
    if source is None or claim.volume_name or (is_delayed(claim, ctx) and not claim.selected_node):
        return
    if not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    fault = _fault(claim, source, ctx)
    told = first_match(ctx, claim, PATTERNS, newer_than=claim.creation_timestamp) if fault is None else None
    if fault is None and told is None:
        return
    named = f"{source.kind} {_place(claim, source)}"
    words = fault.words if fault is not None else f"The provisioner says: {quoted(told.match.string if told else '')}"
    key = _key(claim, source)
    yield NOT_READY.finding(
        claim,
        fault.title if fault is not None else f"{named} cannot be used to fill the claim",
        joined(f"The claim asks for {asks(claim)}, filled from {named}.", words, stages(claim, ctx)),
        claim.creation_timestamp,
        certainty=Certainty.CONFIRMED if fault is not None else Certainty.INFERRED,
        next_step=f"Look at {named}; the provisioner goes on by itself once it can be used.",
        evidence=(
            evidence(claim, "phase"),
            evidence(claim, "data_source", named),
            *(fault.proof if fault is not None else ()),
            *((said(told.event),) if told is not None else ()),
        ),
        victims=waiting_pods(claim, ctx),
        causes=(key,) if key is not None else (),
    )


def _place(claim: PersistentVolumeClaim, source: DataSource) -> str:
    is_abroad = source.namespace and source.namespace != claim.namespace
    return f"{source.namespace}/{source.name}" if is_abroad else source.name


def _key(claim: PersistentVolumeClaim, source: DataSource) -> Key | None:
    if source.kind not in (Kind.VOLUME_SNAPSHOT, Kind.PERSISTENT_VOLUME_CLAIM):
        return None
    return Key(Kind(source.kind), source.namespace or claim.namespace, source.name)


def _fault(claim: PersistentVolumeClaim, source: DataSource, ctx: Context) -> Fault | None:
    """What is wrong with the source as an object; None when nothing is, or when it is of a kind that is not read."""
    key = _key(claim, source)
    if key is None or ctx.unknown(key.kind) or (source.namespace and source.namespace != claim.namespace):
        return None
    found = ctx.cluster.find(key)
    if found is None:
        return Fault(f"{source.kind} {source.name} does not exist", f"There is no {source.kind} {source.name}.")
    if found.deletion_timestamp is not None:
        return Fault(
            f"{source.kind} {source.name} is being deleted",
            f"{source.kind} {source.name} is being deleted{since(found.deletion_timestamp)}.",
            (evidence(found, "deletion_timestamp"),),
        )
    if isinstance(found, VolumeSnapshot):
        return _of_snapshot(claim, found)
    return _of_claim(claim, found) if isinstance(found, PersistentVolumeClaim) else None


def _of_snapshot(claim: PersistentVolumeClaim, snapshot: VolumeSnapshot) -> Fault | None:
    if not snapshot.ready_to_use:
        bound = f"its content is {snapshot.content_name}" if snapshot.content_name else "it has no content yet"
        error = f" It says{since(snapshot.error_time)}: {quoted(snapshot.error)}" if snapshot.error else ""
        return Fault(
            f"VolumeSnapshot {snapshot.name} is not ready",
            f"VolumeSnapshot {snapshot.name} is not ready to be used; {bound}.{error}",
            (evidence(snapshot, "ready_to_use"),),
        )
    size = snapshot.restore_size
    if size is not None and claim.requested is not None and claim.requested < size:
        return Fault(
            f"{claim.requested} is less than the {size} of VolumeSnapshot {snapshot.name}",
            f"VolumeSnapshot {snapshot.name} needs {size}, and the claim asks for {claim.requested}.",
            (evidence(snapshot, "restore_size"), evidence(claim, "requested")),
        )
    return None


def _of_claim(claim: PersistentVolumeClaim, other: PersistentVolumeClaim) -> Fault | None:
    if other.phase != BOUND:
        return Fault(
            f"Claim {other.name}, which is to be copied, is {other.phase or 'not bound'}",
            f"Claim {other.name} is {other.phase or 'not bound'}: it has no volume to copy.",
            (evidence(other, "phase"),),
        )
    size = other.capacity or other.requested
    if size is not None and claim.requested is not None and claim.requested < size:
        return Fault(
            f"{claim.requested} is less than the {size} of claim {other.name}",
            f"Claim {other.name} has {size}, and a copy must not be smaller; the claim asks for {claim.requested}.",
            (evidence(other, "capacity"), evidence(claim, "requested")),
        )
    mode, others = claim.volume_mode or "Filesystem", other.volume_mode or "Filesystem"
    if mode != others:
        return Fault(
            f"Claim {other.name} is of volume mode {others}, not {mode}",
            f"Claim {other.name} is of volume mode {others}, the new one of {mode}: a copy keeps the mode.",
            (evidence(other, "volume_mode"), evidence(claim, "volume_mode")),
        )
    return None


PATTERNS = tuple(
    Pattern(NOT_READY.code, Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",), re.compile(text))
    for text in (
        r"error getting handle for DataSource Type (?P<kind>\S+) by Name (?P<name>\S+): (?P<why>.+)",
        r"snapshot \S+ (?:not bound|is not Ready|is being deleted)",
        r"requested volume size (?P<want>\d+) is less than the size (?P<have>\d+) for the source snapshot",
        r"new PVC request must be greater than or equal in size to the specified PVC data source",
        r"modifies the mode of the source volume but does not have permission to do so",
        r"the PVC DataSource (?P<claim>\S+) must have a status of Bound",
    )
)
"""kubernetes-csi/external-provisioner: pkg/controller/controller.go."""

RULE = Rule(
    UNBOUND,
    (NOT_READY,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed", "Provisioning", "ExternalProvisioning")),),
    patterns=PATTERNS,
)
