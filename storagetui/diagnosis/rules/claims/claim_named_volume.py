"""A claim names its volume, and is not bound to it."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, consumers
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, lacks
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, listed, since
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.volumes import RELEASED, PersistentVolume

_RESERVING = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reserving-a-persistentvolume"
_AGAIN = "delete the unbound claim and make it again"

MISSING = State(
    code="pvc-volumename-missing",
    title="Claim names a volume that does not exist",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The claim asks for one volume by name, and there is none of that name. The controller waits without a word: "
        "no event tells of it. A class is of no help, for a claim that names a volume is never provisioned."
    ),
    remedies=(
        "Make the volume under that name, so that it fits the claim",
        "Delete the unbound claim and make it again without the name",
    ),
    links=(_RESERVING,),
)
MISMATCH = State(
    code="pvc-volumename-mismatch",
    title="Claim names a volume that does not satisfy it",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The volume was chosen by name and fails one of the checks: size, class, volume mode, access modes, attributes "
        "class (Kubernetes 1.31), or it is being deleted."
    ),
    remedies=(
        "Delete the unbound claim and make it again so that it fits the volume",
        "Make another volume that fits the claim",
    ),
    links=(_RESERVING,),
)
CLAIMED = State(
    code="pvc-volumename-claimed",
    title="Claim names a volume that belongs to another claim",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A volume serves one claim. Where the other one has been deleted, the volume is Released and still carries its "
        "uid: the old claim's data is on it, and it is given to nobody before the reference is taken off."
    ),
    remedies=(
        "Look at whose data is on the volume",
        "Take the claimRef off a Released volume, once its data is to be used by this claim",
        "Delete the unbound claim and make it again for another volume",
    ),
    links=(_RESERVING,),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the named volume was looked for, and what it is tells why it is not bound."""
    name = claim.volume_name
    if not name or claim.bind_completed or ctx.unknown(Kind.PERSISTENT_VOLUME):
        return
    if not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    volume = ctx.cluster.get(PersistentVolume, "", name)
    users = tuple(pod.key for pod in consumers(claim, ctx))
    wish = f"The claim asks for {asks(claim)}, and for volume {name} by name"
    facts = (evidence(claim, "phase"), evidence(claim, "volume_name"))
    if volume is None:
        yield MISSING.finding(
            claim,
            f"Volume {name} does not exist",
            f"{wish}; no volume of that name exists. The claim waits for it, and nothing else is made for it.",
            claim.creation_timestamp,
            next_step=f"Make volume {name} so that it fits; or {_AGAIN} without the name.",
            evidence=facts,
            victims=users,
            causes=(Key(Kind.PERSISTENT_VOLUME, "", name),),
        )
        return
    faults = lacks(claim, volume)
    if not faults:
        return
    owner = next((lack for lack in faults if lack.what == "owner"), None)
    if owner is not None:
        yield _claimed(claim, volume, wish, users)
        return
    words = listed((lack.words for lack in faults), shown=len(faults))
    yield MISMATCH.finding(
        claim,
        f"Volume {name} does not fit: it {faults[0].words}",
        f"{wish}; but {name} {words}. It is not bound before that is mended.",
        claim.creation_timestamp,
        next_step=f"{_AGAIN[0].upper()}{_AGAIN[1:]} so that it fits {name}, or for another volume.",
        evidence=(*facts, *_proof(volume, [lack.what for lack in faults])),
        victims=users,
    )


_FIELDS = {
    "class": "storage_class",
    "size": "capacity",
    "mode": "volume_mode",
    "access": "access_modes",
    "attributes": "attributes_class",
    "deletion": "deletion_timestamp",
    "phase": "phase",
    "labels": "labels",
}


def _proof(volume: PersistentVolume, whats: list[str]) -> Iterator[Evidence]:
    return (evidence(volume, _FIELDS[what]) for what in whats if what in _FIELDS)


def _claimed(claim: PersistentVolumeClaim, volume: PersistentVolume, wish: str, users: tuple[Key, ...]) -> Finding:
    owner = f"{volume.claim_namespace}/{volume.claim_name}"
    is_namesake = owner == f"{claim.namespace}/{claim.name}"
    who = f"an earlier claim {owner}, which was deleted" if is_namesake else f"claim {owner}"
    is_left = volume.phase == RELEASED
    state = f"It is {volume.phase or 'without a phase'}{since(volume.last_phase_transition_time)}."
    data = f"The data of {owner} is on it, kept by policy {volume.reclaim_policy}." if is_left else ""
    step = (
        f"Look at the data of {volume.name}; if this claim is to have it, take the claimRef off the volume."
        if is_left
        else f"Decide whose {volume.name} is; {_AGAIN} for another volume."
    )
    return CLAIMED.finding(
        claim,
        f"Volume {volume.name} belongs to {'an earlier claim of this name' if is_namesake else owner}",
        joined(f"{wish}; but {volume.name} belongs to {who}.", state, data),
        claim.creation_timestamp,
        next_step=step,
        evidence=(
            evidence(claim, "volume_name"),
            evidence(volume, "phase"),
            evidence(volume, "claim_name"),
            evidence(volume, "claim_uid"),
        ),
        victims=users,
    )


PATTERNS = (
    Pattern(
        MISMATCH.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("VolumeMismatch",),
        re.compile(
            r'Cannot bind to requested volume "(?P<volume>[^"]+)": (?P<why>requested PV is too small'
            r"|storageClassName does not match|incompatible volumeMode|incompatible accessMode"
            r"|volumeAttributesClassName .*|the volume is marked for deletion .*)"
        ),
    ),
    Pattern(
        MISMATCH.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("VolumeMismatch",),
        re.compile(
            r'Cannot bind PersistentVolume "(?P<volume>[^"]+)" to requested PersistentVolumeClaim due to incompatible '
            r"volumeMode"
        ),
    ),
    Pattern(
        CLAIMED.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("FailedBinding",),
        re.compile(r'volume "(?P<volume>[^"]+)" already bound to a different claim'),
    ),
)
"""kubernetes: pkg/controller/volume/persistentvolume/pv_controller.go; the last may stand in a Normal event."""

RULE = Rule(
    UNBOUND,
    (MISSING, MISMATCH, CLAIMED),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("VolumeMismatch", "FailedBinding")),),
    patterns=PATTERNS,
)
