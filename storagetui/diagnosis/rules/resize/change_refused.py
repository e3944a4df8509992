"""The API server refuses a change of a claim.

Who asked is told by the answer alone. What the cluster still shows of it is an event in which somebody passes the
answer on, and a set that asks more for a claim than it has where the class stands against it.
"""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import events_about, sets_of_claim
from storagetui.diagnosis.event_text import bare, match_text, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.growth import class_words, is_growing
from storagetui.diagnosis.rule import Context, Pattern, Rule, State, Symptom
from storagetui.diagnosis.words import joined, moment, quoted
from storagetui.model.claims import BOUND, PENDING, PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import StatefulSet

_CLAIMS = "https://kubernetes.io/docs/concepts/storage/persistent-volumes/"
_EXPANDING = f"{_CLAIMS}#expanding-persistent-volumes-claims"

CLASS = State(
    code="resize-rejected-class",
    title="Class does not allow expansion",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The admission looks at the class alone: it must exist and say allowVolumeExpansion: true. The text of the "
        "refusal speaks of dynamic provisioning, but a volume made by hand passes with such a class."
    ),
    remedies=("Set allowVolumeExpansion: true on the class, if its driver can grow volumes; this field can be edited",),
    links=(
        "https://kubernetes.io/docs/concepts/storage/storage-classes/#allow-volume-expansion",
        _EXPANDING,
    ),
)
NOT_BOUND = State(
    code="resize-rejected-not-bound",
    title="Only a bound claim can grow",
    severity=Severity.LOW,
    certainty=Certainty.CONFIRMED,
    meaning="The size of a claim that is Pending cannot be changed in either direction.",
    remedies=("Delete the unbound claim and make it again with the right size",),
    links=(_EXPANDING,),
)
SHRINK = State(
    code="resize-rejected-shrink",
    title="Volumes cannot shrink",
    severity=Severity.LOW,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "What is asked for may only go down to undo an expansion that failed, and must stay above the capacity: equal "
        "is refused too, although the text says `less than`."
    ),
    remedies=(
        "Ask for a size between the capacity and the one that failed",
        "Copy the data to a new, smaller claim",
    ),
    links=(
        f"{_CLAIMS}#recovering-from-failure-when-expanding-volumes",
        "https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/1790-recover-resize-failure",
    ),
)
IMMUTABLE = State(
    code="pvc-spec-immutable",
    title="Claim's spec cannot be edited",
    severity=Severity.LOW,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Once a claim is made only the size that a bound one asks for, and the name of its class of attributes (since "
        "Kubernetes 1.29), may change; labels and annotations may at any time."
    ),
    remedies=(
        "Make a new claim with the right spec and copy the data",
        "Delete the claim, if it is unbound, and make it again",
    ),
    links=(_CLAIMS,),
)

PATTERNS = (
    Pattern(
        CLASS.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        (),
        re.compile(
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support "
            "resize"
        ),
    ),
    Pattern(
        NOT_BOUND.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        (),
        re.compile("Only bound persistent volume claims can be expanded"),
    ),
    Pattern(
        SHRINK.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        (),
        re.compile(r"field can not be less than (?P<floor>previous value|status\.capacity)"),
    ),
    Pattern(
        IMMUTABLE.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        (),
        re.compile(
            r"spec is immutable after creation except resources\.requests(?: and volumeAttributesClassName)? "
            r"for bound claims"
        ),
    ),
    Pattern(
        NOT_BOUND.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        (),
        re.compile(r"spec is immutable after creation except resources\.requests"),
        needs_objects=True,
    ),
)
_STATES = {one.code: one for one in (CLASS, NOT_BOUND, SHRINK, IMMUTABLE)}
_TITLES = {
    CLASS.code: "Class {storage_class} refuses to let the claim grow",
    NOT_BOUND.code: "The claim is not bound and cannot be given another size",
    SHRINK.code: "The claim cannot shrink",
    IMMUTABLE.code: "A field of the claim was to be changed that cannot be",
}
_FRESH_S = 3600.0
"""How long a refusal is worth a word."""


def _shows(claim: PersistentVolumeClaim) -> bool:
    return claim.phase in (BOUND, PENDING) and claim.deletion_timestamp is None


REFUSED = Symptom("a change of the claim is refused", PersistentVolumeClaim, _shows)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for the latest event that passes a refusal on, or for a set whose wish the class stands against."""
    for event in events_about(ctx.cluster, claim):
        found = match_text(bare(event.message), PATTERNS)
        if found is None or ctx.older_than(event.last_seen, _FRESH_S):
            continue
        code = NOT_BOUND.code if found[1] == IMMUTABLE.code and claim.phase != BOUND else found[1]
        when = f" at {moment(event.last_seen)}" if event.last_seen is not None else ""
        yield _STATES[code].finding(
            claim,
            _TITLES[code].format(storage_class=claim.class_name or "(none)"),
            joined(
                f"{event.component or 'Somebody'} wanted to change the claim, and the API server refused{when}: "
                f"{quoted(event.message)}",
                f"The claim asks for {claim.requested}; it is {claim.phase} and has {claim.capacity or 'nothing yet'}.",
                class_words(claim, ctx) if code == CLASS.code else "",
            ),
            event.first_seen,
            certainty=Certainty.INFERRED,
            next_step=f"{_STATES[code].remedies[0]}.",
            evidence=(evidence(claim, "requested"), evidence(claim, "phase"), said(event)),
            causes=_causes(claim) if code == CLASS.code else (),
        )
        return
    yield from _outgrown(claim, ctx)


def _outgrown(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """A set's template asks for more than its claim has, and the claim's class lets no claim grow."""
    name = claim.class_name
    if claim.phase != BOUND or claim.capacity is None or is_growing(claim) or not name:
        return
    for owner, template, _ in sets_of_claim(ctx.cluster, claim):
        wish = next(one.requested for one in owner.claim_templates if one.name == template)
        if wish is None or wish <= claim.capacity or ctx.unknown(Kind.STORAGE_CLASS):
            continue
        found = ctx.cluster.get(StorageClass, "", name)
        if found is not None and found.allow_volume_expansion:
            return
        yield _stays_small(claim, owner, f"The template {template} of set {owner.name} asks for {wish}", found)
        return


def _stays_small(claim: PersistentVolumeClaim, owner: StatefulSet, wish: str, found: StorageClass | None) -> Finding:
    name = claim.class_name
    why = "does not exist" if found is None else "does not allow expansion"
    step = f"Set allowVolumeExpansion: true on class {name}, if its driver can grow volumes."
    return CLASS.finding(
        claim,
        f"Set {owner.name} wants more than {claim.capacity}, and class {name} {why}",
        f"{wish} by now, and the claim has {claim.capacity}. Class {name} {why}, so that the claim cannot be grown to "
        "it: new ordinals get the new size, this one stays.",
        owner.creation_timestamp,
        severity=Severity.LOW,
        next_step=step if found is not None else f"Make class {name} again with allowVolumeExpansion: true.",
        evidence=(
            evidence(claim, "capacity"),
            evidence(owner, "claim_templates", wish),
            *((evidence(found, "allow_volume_expansion"),) if found is not None else ()),
        ),
        causes=_causes(claim),
    )


def _causes(claim: PersistentVolumeClaim) -> tuple[Key, ...]:
    return (Key(Kind.STORAGE_CLASS, "", claim.class_name),) if claim.class_name else ()


RULE = Rule(REFUSED, (CLASS, NOT_BOUND, SHRINK, IMMUTABLE), find, patterns=PATTERNS)
