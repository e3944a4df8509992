"""A claim is Pending and none of the particular rules says why."""

from collections.abc import Iterator

from storagetui.diagnosis.claim_states import (
    NO_PROVISIONER,
    UNBOUND,
    asked_since,
    class_of,
    waiting_pods,
)
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.event_text import events
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks, nearest
from storagetui.diagnosis.provisioning import stages
from storagetui.diagnosis.rule import Context, Heard, Rule, State
from storagetui.diagnosis.standing import NOT_YET
from storagetui.diagnosis.words import cannot_tell, joined, moment, things
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Kind
from storagetui.model.volumes import PersistentVolume

PENDING = State(
    code="claim-pending",
    title="Claim is Pending for longer than usual",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The claim has no volume yet, for longer than the threshold `claim_pending_s`, and nothing more particular is "
        "known. What is known of its class, its provisioner and its events stands with the finding."
    ),
    remedies=("Read the claim's events", "Read the log of the driver's controller"),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding",),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield what is known when a claim has been Pending for too long."""
    since = asked_since(claim, ctx)
    if not ctx.older_than(since, ctx.thresholds.claim_pending_s):
        return
    blind = tuple(filter(None, (_class_unknown(claim, ctx), ctx.unknown_events(), ctx.unknown(Kind.POD))))
    waiting = waiting_pods(claim, ctx)
    severity = Severity.LOW if blind and not waiting else Severity.MEDIUM
    if any(reason.endswith(NOT_YET) for reason in blind):
        severity = Severity.INFO
    yield PENDING.finding(
        claim,
        "Claim has no volume yet",
        joined(
            f"The claim asks for {asks(claim)} and is still Pending.",
            _named_volume(claim, ctx) if claim.volume_name else joined(_class(claim, ctx), _provisioning(claim, ctx)),
        ),
        since,
        severity=severity,
        next_step="Read its events; then look at the driver's controller and its log.",
        evidence=tuple(
            evidence(claim, field)
            for field in ("phase", "storage_class", "volume_name", "selected_node", "provisioner")
            if getattr(claim, field)
        ),
        victims=waiting,
    )


def _class_unknown(claim: PersistentVolumeClaim, ctx: Context) -> str:
    return ctx.unknown(Kind.STORAGE_CLASS) if not claim.volume_name else ""


def _named_volume(claim: PersistentVolumeClaim, ctx: Context) -> str:
    name, blind = claim.volume_name, ctx.unknown(Kind.PERSISTENT_VOLUME)
    if blind:
        return cannot_tell(f"whether volume {name}, which it names, exists and is free", blind)
    volume = ctx.cluster.get(PersistentVolume, "", name)
    if volume is None:
        return f"It names volume {name}, which does not exist."
    owner = f"{volume.claim_namespace}/{volume.claim_name}" if volume.claim_name else ""
    reserved = f", reserved for {owner}" if owner else ""
    return f"It names volume {name}, which is {volume.phase or 'without a phase'}{reserved}."


def _class(claim: PersistentVolumeClaim, ctx: Context) -> str:
    name = claim.class_name
    if not name:
        names = [one.name for one in ctx.cluster.all(StorageClass).values() if one.is_default]
        return f"{things('class', sorted(names))} should have been filled in as the default." if names else ""
    if blind := ctx.unknown(Kind.STORAGE_CLASS):
        return cannot_tell(f"whether class {name} exists, and whether it waits for a first pod", blind)
    found = class_of(claim, ctx)
    if found is None or found.provisioner == NO_PROVISIONER:
        return joined(nearest(claim, ctx), f"Class {name} makes no volumes by itself.")
    return ""


def _provisioning(claim: PersistentVolumeClaim, ctx: Context) -> str:
    driver = claim.provisioner
    if not driver:
        return ""
    where = f" for node {claim.selected_node}" if claim.selected_node else ""
    asked = f"{driver} was asked to make the volume{where}"
    if blind := ctx.unknown_events():
        return joined(f"{asked}.", cannot_tell("whether it has answered", blind))
    begun = next(events(ctx, claim, ("Provisioning",)), None)
    if begun is not None and begun.last_seen is not None:
        last = f"it said at {moment(begun.last_seen)} that it is at it, and has not failed"
        return joined(f"{asked}; {last}.", hint(driver, Topic.CONTROLLER), stages(claim, ctx))
    return joined(f"{asked}; no event tells how far it is.", hint(driver, Topic.CONTROLLER))


RULE = Rule(
    UNBOUND,
    (PENDING,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("Provisioning", "ExternalProvisioning")),),
)
