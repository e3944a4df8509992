"""A pod gets no node, because the driver reports too little free space for its claim."""

import re
from collections.abc import Iterator

from storagetui.cluster.relations import CAPACITIES_OF_CLASS
from storagetui.diagnosis.claim_states import class_of, is_pending
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks
from storagetui.diagnosis.pod_states import UNSCHEDULED, waiting_since
from storagetui.diagnosis.pod_volumes import unbound_claims
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.rules.scheduling.verdict import verdict
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted, things
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.drivers import CSIStorageCapacity
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.quantity import Quantity

TOO_LITTLE = State(
    code="sched-storage-capacity",
    title="Driver reports too little free space for the claim",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The scheduler compares what the claim asks for with maximumVolumeSize of the CSIStorageCapacity objects of "
        "its class, or with capacity where that is not set. A place without such an object counts as full. While the "
        "driver's provisioner is down the objects are old, and mislead both ways."
    ),
    remedies=(
        "Make room in the storage of a node or zone that the pod may use",
        "Look at the driver's controller, which keeps the capacity objects",
        "Delete the unbound claim and make it again smaller",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/storage-capacity/",),
)

_TOO_LITTLE = re.compile(r"node\(s\) did not have enough free storage")
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/binder.go."""
_SHOWN = 4


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when the scheduler speaks of free storage."""
    told = verdict(pod, ctx, _TOO_LITTLE)
    if told is None or not ctx.older_than(waiting_since(pod), ctx.thresholds.pod_pending_s):
        return
    claims = [claim for claim in unbound_claims(pod, ctx) if is_pending(claim)]
    names = [claim.name for claim in claims]
    classes = sorted({claim.class_name for claim in claims if claim.class_name})
    short = [claim for claim in claims if _is_short(claim, ctx)]
    drivers = [found.provisioner for claim in claims if (found := class_of(claim, ctx)) is not None]
    yield TOO_LITTLE.finding(
        pod,
        f"No place with enough free storage for {things('claim', names)}" if names else "No place with free storage",
        joined(
            *(_room(claim, ctx) for claim in claims),
            cannot_tell("which claims wait", ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)),
            *dict.fromkeys(hint(driver, Topic.ROOM) for driver in drivers),
            f"The scheduler says: {quoted(told.text)}",
        ),
        waiting_since(pod),
        certainty=Certainty.CONFIRMED if short else Certainty.INFERRED,
        next_step="Make room where the pod may run, or ask for less; see that the driver's controller runs.",
        evidence=(told.proof, *_proof(short, ctx)),
        victims=tuple(claim.key for claim in claims),
        causes=tuple(Key(Kind.STORAGE_CLASS, "", name) for name in classes),
        shared=f"No place has enough free storage for claims of class {listed(classes)}." if classes else "",
    )


def _places(claim: PersistentVolumeClaim, ctx: Context) -> list[CSIStorageCapacity]:
    """The capacities of the claim's class, the largest first."""
    if ctx.unknown(Kind.CSI_STORAGE_CAPACITY):
        return []
    found = ctx.cluster.related(CSIStorageCapacity, CAPACITIES_OF_CLASS, claim.class_name)
    return sorted(found, key=lambda one: (-_largest(one), one.namespace, one.name))


def _largest(place: CSIStorageCapacity) -> int:
    """The largest volume that can be made there, in bytes."""
    size = _size(place)
    return size.value if size is not None else 0


def _size(place: CSIStorageCapacity) -> Quantity | None:
    return place.maximum_volume_size or place.capacity


def _is_short(claim: PersistentVolumeClaim, ctx: Context) -> bool:
    """Whether some place is known to have too little for the claim, or no place is known at all."""
    if ctx.unknown(Kind.CSI_STORAGE_CAPACITY) or claim.requested is None:
        return False
    places = _places(claim, ctx)
    return not places or any(_largest(one) < claim.requested.value for one in places)


def _room(claim: PersistentVolumeClaim, ctx: Context) -> str:
    start = f"Claim {claim.name} asks for {asks(claim)}."
    if blind := ctx.unknown(Kind.CSI_STORAGE_CAPACITY):
        return joined(start, cannot_tell("how much is free where", blind))
    places = _places(claim, ctx)
    if not places:
        return joined(
            start,
            f"The driver reports no free space of class {claim.class_name} for any place: its provisioner may not run, "
            "or no node has its storage.",
        )
    return joined(start, f"Reported as the largest volume: {listed((_words(one) for one in places), _SHOWN)}.")


def _words(place: CSIStorageCapacity) -> str:
    where = ",".join(f"{key.rpartition('/')[2]}={value}" for key, value in place.node_labels) or "everywhere"
    return f"{_size(place) or 'nothing'} in {where}"


def _proof(claims: list[PersistentVolumeClaim], ctx: Context) -> Iterator[Evidence]:
    for claim in claims[:1]:
        for place in _places(claim, ctx)[:_SHOWN]:
            yield evidence(place, "maximum_volume_size" if place.maximum_volume_size is not None else "capacity")


RULE = Rule(
    UNSCHEDULED,
    (TOO_LITTLE,),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=(Pattern(TOO_LITTLE.code, Kind.POD, ("FailedScheduling",), _TOO_LITTLE),),
)
