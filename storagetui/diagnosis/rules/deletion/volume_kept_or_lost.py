"""What would become of a bound volume's data, and for whom a free one is kept."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import claim_of
from storagetui.cluster.relations import DELETED_WITH_CLAIMS, FEW, is_deleted_with_claim
from storagetui.diagnosis.event_text import first_match, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.goings import DELETE, going_since, what_it_is
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State, Symptom
from storagetui.diagnosis.words import cannot_tell, joined, moment, quoted
from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Key, Kind
from storagetui.model.volumes import AVAILABLE, PersistentVolume

_VOLUMES = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/"

RISK = State(
    code="pv-delete-policy-risk",
    title="Deleting the claim would delete the data",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Volumes that a driver makes take the policy of their class, which is Delete unless it says Retain: whoever "
        "deletes the claim, or its namespace, deletes the data. That is no trouble, and good to know before."
    ),
    remedies=(
        "Set the volume's reclaim policy to Retain, where the data must outlive the claim",
        "Take a snapshot, and wait until it is ready, before a claim is deleted",
    ),
    links=(f"{_VOLUMES}#reclaiming",),
    is_calm=True,
)
RESERVED = State(
    code="pv-prebound-waiting",
    title="Volume is reserved and waits for its claim",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A claimRef without a uid keeps the volume for a claim of that namespace and name; it is right like this until "
        "the claim is made."
    ),
    remedies=("Wait, or make the claim",),
    links=(f"{_VOLUMES}#reserving-a-persistentvolume",),
    is_calm=True,
)
LEAKED = State(
    code="pv-leaked",
    title="Volume made but neither saved nor cleaned up",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver made a volume, the PersistentVolume could not be stored, and removing the volume failed too. Only "
        "this event and the storage system know of it."
    ),
    remedies=("Look for the volume in the storage system, and delete it there by hand",),
    links=("https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/",),
)


def _is_reserved(volume: PersistentVolume) -> bool:
    return volume.phase == AVAILABLE and bool(volume.claim_name) and not volume.claim_uid


def _any(_record: Record) -> bool:
    return True


AT_RISK = Symptom("volume goes with its claim", PersistentVolume, is_deleted_with_claim)
CLASS_AT_RISK = Symptom("volumes of a class go with their claims", StorageClass, _any)
IS_RESERVED = Symptom("volume is reserved", PersistentVolume, _is_reserved)
LEFT_BEHIND = Symptom("something was made for a claim and left behind", PersistentVolumeClaim, _any)


def find_risk(volume: PersistentVolume, ctx: Context) -> Iterator[Finding]:
    """Yield where the claim is to go, and unless the class has many volumes and tells it for all (see below)."""
    claim = None if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) else claim_of(ctx.cluster, volume)
    name = f"{volume.claim_namespace}/{volume.claim_name}"
    if claim is not None and claim.deletion_timestamp is not None:
        yield RISK.finding(
            volume,
            f"Claim {name} is to go, and the data goes with it",
            joined(
                f"Claim {name} is to go{going_since(claim)}: then the volume is deleted, and the data with it.",
                what_it_is(volume),
            ),
            claim.deletion_timestamp,
            next_step="Set the volume's reclaim policy to Retain now, if the data is wanted.",
            evidence=(
                evidence(volume, "reclaim_policy"),
                evidence(claim, "deletion_timestamp", str(claim.deletion_timestamp)),
            ),
        )
        return
    of_class = volume.class_name
    is_told = not ctx.unknown(Kind.STORAGE_CLASS) and ctx.cluster.get(StorageClass, "", of_class) is not None
    if is_told and len(ctx.cluster.keys_of(DELETED_WITH_CLAIMS, of_class)) > FEW:
        return
    yield RISK.finding(
        volume,
        "Deleting the claim would delete the data",
        f"Whoever deletes claim {name} deletes the volume and its data: its reclaim policy is Delete.",
        None,
        evidence=(evidence(volume, "reclaim_policy"),),
        causes=(Key(Kind.STORAGE_CLASS, "", of_class),) if of_class else (),
        shared=_risk_words(of_class) if of_class else "",
    )


def find_class_risk(storage_class: StorageClass, ctx: Context) -> Iterator[Finding]:
    """Yield for a class with many such volumes: nearly all of most clusters are, and need no line each."""
    name = storage_class.name
    if ctx.unknown(Kind.PERSISTENT_VOLUME) or len(ctx.cluster.keys_of(DELETED_WITH_CLAIMS, name)) <= FEW:
        return
    policy = storage_class.reclaim_policy or DELETE
    yield RISK.finding(
        storage_class,
        f"Volumes of class {name} go with their claims",
        joined(
            _risk_words(name),
            ""
            if policy == DELETE
            else f"The class says {policy} now: that counts for volumes that are yet to be made.",
        ),
        None,
        evidence=(evidence(storage_class, "reclaim_policy", policy),),
    )


def _risk_words(of_class: str) -> str:
    return (
        f"Volumes of class {of_class} go with their claims. Their reclaim policy is Delete: whoever deletes such a "
        "claim deletes the data."
    )


def find_reserved(volume: PersistentVolume, ctx: Context) -> Iterator[Finding]:
    """Yield with what is known of the claim that the volume is kept for."""
    name = f"{volume.claim_namespace}/{volume.claim_name}"
    blind = ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)
    claim = None if blind else ctx.cluster.get(PersistentVolumeClaim, volume.claim_namespace, volume.claim_name)
    if claim is None:
        state = cannot_tell("whether that claim exists", blind) or "That claim does not exist."
    elif claim.volume_name and claim.volume_name != volume.name:
        state = f"That claim is {claim.phase} and has volume {claim.volume_name} instead."
    else:
        state = f"That claim is {claim.phase}."
    yield RESERVED.finding(
        volume,
        f"Volume is reserved for {name}",
        joined(f"The volume is kept for claim {name} and is given to nobody else.", state, what_it_is(volume)),
        volume.last_phase_transition_time or volume.creation_timestamp,
        next_step="" if claim is not None else f"Make claim {name} when it is wanted.",
        evidence=(evidence(volume, "phase"), evidence(volume, "claim_name")),
    )


def find_leaked(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for the provisioner's word, as long as it is kept."""
    found = first_match(ctx, claim, PATTERNS)
    if found is None:
        return
    event, match, _ = found
    when = f" at {moment(event.last_seen)}" if event.last_seen is not None else ""
    yield LEAKED.finding(
        claim,
        f"A volume was made for {claim.name} and left behind",
        joined(
            f"{event.component or 'The provisioner'} made a volume for the claim, could not keep it, and failed to "
            f"remove it{when}: {quoted(match['why'])}",
            "Nothing in the cluster knows of that volume any more; it may cost money.",
        ),
        event.first_seen,
        next_step="Look in the storage system for a volume of this claim that no PersistentVolume names.",
        evidence=(said(event),),
    )


PATTERNS = (
    Pattern(
        LEAKED.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ProvisioningCleanupFailed",),
        re.compile(r"Error cleaning provisioned volume for claim (?P<pvc>\S+): (?P<why>.+)\. Please delete manually\."),
    ),
)

RISK_RULE = Rule(AT_RISK, (RISK,), find_risk)
CLASS_RISK_RULE = Rule(CLASS_AT_RISK, (RISK,), find_class_risk)
RESERVED_RULE = Rule(IS_RESERVED, (RESERVED,), find_reserved)
LEAKED_RULE = Rule(
    LEFT_BEHIND,
    (LEAKED,),
    find_leaked,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningCleanupFailed",)),),
    patterns=PATTERNS,
)
