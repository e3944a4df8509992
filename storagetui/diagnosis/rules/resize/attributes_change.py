"""The attributes of a claim's volume are to change."""

import re
from collections.abc import Iterator
from datetime import datetime

from storagetui.diagnosis.event_text import events, grpc_code, message, said, without_rpc
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.growth import driver, volume
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State, Symptom
from storagetui.diagnosis.words import cannot_tell, joined, quoted
from storagetui.diagnosis.words import since as since_words
from storagetui.model.base import Condition, condition
from storagetui.model.claims import LOST, PersistentVolumeClaim
from storagetui.model.classes import VolumeAttributesClass
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind

_LINK = "https://kubernetes.io/docs/concepts/storage/volume-attributes-classes/"

MISSING = State(
    code="vac-missing",
    title="VolumeAttributesClass named by the claim does not exist",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The change waits until the class exists; a new claim that names such a class stays Pending. A class of "
        "another driver is refused in the same way."
    ),
    remedies=("Make the class that the claim names", "Set the claim back to the class in use"),
    links=(_LINK,),
)
FAILED = State(
    code="vac-failed",
    title="Volume attributes cannot be changed",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The driver refused the parameters, or the provider failed. Parameters of a class cannot be edited: name "
        "another class, or the one in use, which cancels the change. InvalidArgument is final, everything else is "
        "tried again."
    ),
    remedies=(
        "Set the claim back to the class in use, or name a corrected one",
        "Read the log of the driver's controller and of its sidecar csi-resizer",
        "Wait, where the provider limits how often a volume may be changed",
    ),
    links=(_LINK,),
)
CHANGING = State(
    code="vac-in-progress",
    title="Volume attributes are being changed",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning="The driver works on it; the volume stays usable meanwhile.",
    remedies=("Wait: nothing is wrong yet",),
    links=(_LINK,),
    is_calm=True,
)

_MODIFYING, _ERROR, _REPORT = "ModifyingVolume", "ModifyVolumeError", "VolumeModifyFailed"


def _shows(claim: PersistentVolumeClaim) -> bool:
    if claim.phase == LOST or claim.deletion_timestamp is not None:
        return False
    is_other = bool(claim.attributes_class) and claim.attributes_class != claim.current_attributes_class
    return is_other or bool(claim.modify_status)


MODIFYING = Symptom("attributes of the claim's volume are to change", PersistentVolumeClaim, _shows)


def find_missing(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when a class that the claim names, or that its volume is to get, does not exist or is another driver's."""
    name, owner = claim.attributes_class or claim.target_attributes_class, driver(claim, volume(claim, ctx))
    if blind := ctx.unknown(Kind.VOLUME_ATTRIBUTES_CLASS):
        yield from _unseen(claim, ctx, name, blind)
        return
    found = ctx.cluster.get(VolumeAttributesClass, "", name) if name else None
    if not name or (found is not None and (not found.driver or owner in (found.driver, "the driver"))):
        return
    reported = _missed(claim, ctx, name)
    if found is None and reported is None and claim.modify_status != "Pending":
        return  # a server before Kubernetes 1.34 has these classes in another version, if at all
    wrong = f"is for driver {found.driver}, and the volume is of {owner}" if found is not None else "does not exist"
    yield MISSING.finding(
        claim,
        f"VolumeAttributesClass {name} {wrong}",
        joined(
            f"The claim names VolumeAttributesClass {name}, which {wrong}.",
            _present(claim),
            "The change waits for it." if claim.phase == "Bound" else "The volume is not made before it exists.",
        ),
        _since(condition(claim.conditions, _MODIFYING), reported) or claim.creation_timestamp,
        next_step=f"Make VolumeAttributesClass {name} for {owner}, or set the claim back to "
        f"{claim.current_attributes_class or 'one that exists'}.",
        evidence=_facts(claim, reported),
        causes=(Key(Kind.VOLUME_ATTRIBUTES_CLASS, "", name),) if found is None else (),
        shared=f"VolumeAttributesClass {name} does not exist." if found is None else "",
    )


def _unseen(claim: PersistentVolumeClaim, ctx: Context, name: str, blind: str) -> Iterator[Finding]:
    """What the resizer says of a class where classes cannot be read: a change is Pending while its class is missing."""
    reported = _missed(claim, ctx, name) if name else None
    if reported is None and claim.modify_status != "Pending":
        return
    yield MISSING.finding(
        claim,
        f"VolumeAttributesClass {name} does not exist, by the driver's word"
        if reported is not None
        else f"Change to the attributes of {name} has to wait",
        joined(
            f"The claim names VolumeAttributesClass {name}.",
            _present(claim),
            f"It is said: {quoted(message(reported))}"
            if reported is not None
            else "A change is Pending while something is missing that it needs, the class itself for one.",
            cannot_tell("whether the class exists now", blind),
        ),
        _since(condition(claim.conditions, _MODIFYING), reported) or claim.creation_timestamp,
        certainty=Certainty.INFERRED,
        next_step=f"Look whether VolumeAttributesClass {name} exists and is for the driver of the volume.",
        evidence=_facts(claim, reported),
    )


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the driver has failed, or has been at it, or nobody has."""
    if claim.phase != "Bound":
        return
    name = claim.target_attributes_class or claim.attributes_class
    owner, stands, under_way = (
        driver(claim, volume(claim, ctx)),
        condition(claim.conditions, _ERROR),
        condition(claim.conditions, _MODIFYING),
    )
    reported = _report(claim, ctx)
    is_failed = (stands is not None and stands.status == "True") or claim.modify_status == "Infeasible"
    if is_failed or (reported is not None and not _is_newer(under_way, reported)):
        text = (stands.message if stands is not None else "") or (message(reported) if reported is not None else "")
        code = grpc_code(text) or (stands.reason if stands is not None else "")
        yield FAILED.finding(
            claim,
            f"{owner} fails to give the volume the attributes of {name}" + (f": {code}" if code else ""),
            joined(
                _present(claim),
                f"{owner} was asked to change them to {name} and failed"
                + ("; it will not be tried again." if claim.modify_status == "Infeasible" else "; it is tried again."),
                f"It says: {quoted(without_rpc(text))}" if text else "",
                _parameters(name, ctx),
            ),
            _since(stands, reported),
            certainty=Certainty.CONFIRMED if is_failed else Certainty.INFERRED,
            next_step=f"Set the claim back to {claim.current_attributes_class or 'no class'}, or name a class whose "
            "parameters the driver takes.",
            evidence=_facts(claim, reported),
        )
    elif claim.modify_status == "InProgress" or (under_way is not None and under_way.status == "True"):
        since = under_way.last_transition_time if under_way is not None else None
        yield CHANGING.finding(
            claim,
            f"Volume is being given the attributes of {name}",
            joined(_present(claim), f"{owner} has been changing them to {name}{since_words(since)}."),
            since,
            evidence=_facts(claim, None),
        )


def _present(claim: PersistentVolumeClaim) -> str:
    now = claim.current_attributes_class
    state = f"The change is {claim.modify_status}." if claim.modify_status else ""
    return joined(f"The volume has the attributes of {now}." if now else "The volume has those of no class.", state)


def _parameters(name: str, ctx: Context) -> str:
    if blind := ctx.unknown(Kind.VOLUME_ATTRIBUTES_CLASS):
        return cannot_tell(f"what {name} asks for", blind)
    found = ctx.cluster.get(VolumeAttributesClass, "", name)
    if found is None or not found.parameters:
        return ""
    return f"{name} asks for {', '.join(f'{key}={value}' for key, value in found.parameters)}."


def _report(claim: PersistentVolumeClaim, ctx: Context) -> Event | None:
    return next(events(ctx, claim, (_REPORT,)), None)


def _missed(claim: PersistentVolumeClaim, ctx: Context, name: str) -> Event | None:
    """The latest word of the resizer, or of the provisioner, that a class is not there."""
    texts = (f'VAC "{name}" does not exist', f'volumeattributesclasses.storage.k8s.io "{name}" not found')
    said = events(ctx, claim, (_REPORT, "ProvisioningFailed"))
    return next((event for event in said if any(text in event.message for text in texts)), None)


def _is_newer(stands: Condition | None, event: Event) -> bool:
    """Whether a change was begun after a failure was reported."""
    begun = stands.last_transition_time if stands is not None else None
    return begun is not None and event.last_seen is not None and begun > event.last_seen


def _since(stands: Condition | None, event: Event | None) -> datetime | None:
    return (stands.last_transition_time if stands is not None else None) or (event.first_seen if event else None)


def _facts(claim: PersistentVolumeClaim, event: Event | None) -> tuple[Evidence, ...]:
    found = [evidence(claim, "attributes_class"), evidence(claim, "current_attributes_class")]
    if claim.modify_status:
        found.append(evidence(claim, "modify_status"))
    stands = [one for one in claim.conditions if one.type in (_MODIFYING, _ERROR)]
    found += [evidence(claim, "conditions", f"{one.type}={one.status}: {one.message}") for one in stands]
    return (*found, said(event)) if event is not None else tuple(found)


_CLAIM = Kind.PERSISTENT_VOLUME_CLAIM
MISSING_RULE = Rule(
    MODIFYING,
    (MISSING,),
    find_missing,
    heard=(Heard(_CLAIM, (_REPORT, "ProvisioningFailed")),),
    patterns=(
        Pattern(MISSING.code, _CLAIM, (_REPORT,), re.compile(r'VAC "(?P<vac>[^"]+)" does not exist')),
        Pattern(
            MISSING.code,
            _CLAIM,
            ("ProvisioningFailed",),
            re.compile(
                r"VAC (?P<vac>\S+) referenced in PVC is for driver (?P<d>\S+) "
                r"which does not match driver name (?P<d2>\S+)"
            ),
        ),
    ),
)
RULE = Rule(
    MODIFYING,
    (FAILED, CHANGING),
    find,
    heard=(Heard(_CLAIM, (_REPORT, "VolumeModify")),),
    patterns=(
        Pattern(CHANGING.code, _CLAIM, ("VolumeModify",), re.compile("external resizer is modifying volume")),
        Pattern(FAILED.code, _CLAIM, (_REPORT,), re.compile(r"(?P<why>.+)"), is_catch_all=True),
    ),
)
