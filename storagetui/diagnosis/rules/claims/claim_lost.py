"""A bound claim has lost its volume."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import LOST_VOLUME, consumers
from storagetui.diagnosis.event_text import events
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.volumes import PersistentVolume

LOST = State(
    code="pvc-lost",
    title="Claim lost its volume",
    severity=Severity.CRITICAL,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The PersistentVolume vanished, often forced out with its finalizers removed. The controller only knows that "
        "the object is gone: the storage behind it may still exist, and a new volume of the same name, with the old "
        "handle, reclaim policy Retain and a claimRef to this claim, is bound again."
    ),
    remedies=(
        "Look for the storage in the provider's console before anything else",
        "Make the volume again under its name, with policy Retain and a claimRef to the claim's name and uid",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection",),
)
MISBOUND = State(
    code="pvc-misbound",
    title="Two claims point at one volume",
    severity=Severity.CRITICAL,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The volume's claimRef carries another uid: after a restore or an edit by hand. The data belongs to the claim "
        "that the volume points at."
    ),
    remedies=("Read the claim that the volume points at before touching either",),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding",),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield one of the two states, by what has become of the volume."""
    name, blind = claim.volume_name, ctx.unknown(Kind.PERSISTENT_VOLUME)
    volume = ctx.cluster.get(PersistentVolume, "", name) if name and not blind else None
    seen = next(events(ctx, claim, ("ClaimLost", "ClaimMisbound")), None)
    since = seen.first_seen if seen is not None else None
    facts = (evidence(claim, "phase"), evidence(claim, "volume_name"))
    users = tuple(pod.key for pod in consumers(claim, ctx))
    if volume is not None and volume.claim_uid not in ("", claim.uid):
        other = f"{volume.claim_namespace}/{volume.claim_name}"
        same = " (another claim of the same name, since deleted or made again)" if other == _place(claim) else ""
        yield MISBOUND.finding(
            claim,
            f"Volume {name} belongs to another claim",
            f"The claim names volume {name}, and the volume is bound to {other}{same}: its uid is not this claim's. "
            "The data belongs to the claim that the volume names; this one cannot be used.",
            since,
            next_step=f"Look at claim {other} and decide whose data it is; touch neither before that.",
            evidence=(*facts, evidence(volume, "claim_uid")),
            victims=users,
        )
        return
    fate = (
        f"Volume {name} no longer exists."
        if volume is None
        else f"A volume {name} exists again and is not bound to it."
    )
    yield LOST.finding(
        claim,
        f"Claim lost its volume {name}",
        joined(
            f"The claim is Lost: it was bound to volume {name}.",
            cannot_tell(f"whether {name} still exists", blind) or fate,
            "Pods that use it do not start. The storage behind it may still be there.",
        ),
        since,
        certainty=Certainty.INFERRED if blind else Certainty.CONFIRMED,
        next_step=f"Look for the storage of {name} at the provider; if it is there, make the volume again under this "
        "name with its handle, policy Retain and a claimRef to the claim.",
        evidence=facts,
        victims=users,
    )


def _place(claim: PersistentVolumeClaim) -> str:
    return f"{claim.namespace}/{claim.name}"


PATTERNS = (
    Pattern(
        LOST.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ClaimLost",),
        re.compile(r"Bound claim has lost (?:its|reference to) PersistentVolume"),
    ),
    Pattern(
        MISBOUND.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ClaimMisbound",),
        re.compile(r"Two claims are bound to the same volume, this one is bound incorrectly"),
    ),
)

RULE = Rule(
    LOST_VOLUME,
    (LOST, MISBOUND),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ClaimLost", "ClaimMisbound")),),
    patterns=PATTERNS,
)
