"""expand-claim: ask for a bigger volume.

The rules are those of the claim's validation and of the resize controller (kubernetes:
pkg/apis/core/validation/validation.go, plugin/pkg/admission/storage/persistentvolume/resize/admission.go,
kubernetes-csi/external-resizer).
"""

from collections.abc import Iterator

from storagetui.actions.action import Action, Input, Inputs, Right
from storagetui.actions.doubt import doubt
from storagetui.actions.plan import (
    CapacityReached,
    Check,
    Operation,
    Plan,
    PlannedRequest,
    Refusal,
    RequestStep,
    Verb,
)
from storagetui.actions.quotas import keys_of_quotas, quota_checks
from storagetui.actions.requests import kubectl
from storagetui.cluster.chains import pods_of, sets_of_claim
from storagetui.cluster.state import Cluster, in_namespace
from storagetui.frame import Frame
from storagetui.model.base import value_of
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import LimitRange
from storagetui.model.quantity import Quantity, parse

ID = "expand-claim"
_WITHIN_S = 600.0
_FAILED = ("ControllerResizeInfeasible", "NodeResizeInfeasible", "ControllerResizeFailed", "NodeResizeFailed")
"""Values of allocatedResourceStatuses after which a bigger wish only adds to what has failed (1.28 to today)."""
_ERRORS = ("ControllerResizeError", "NodeResizeError")


def _is_for(frame: Frame, key: Key) -> Refusal | None:
    """Why the claim cannot be expanded to any size."""
    claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
    if claim is None:
        return Refusal(f"claim {key.namespace}/{key.name} does not exist")
    if claim.deletion_timestamp is not None:
        return Refusal("the claim is being deleted", "A claim that is going away cannot grow")
    if claim.phase != BOUND:
        return Refusal(
            f"the claim is {claim.phase or 'in no known phase'}", "Only a Bound claim has a volume that can grow"
        )
    return _class_refusal(frame, claim) or _failed_refusal(claim)


def _class_refusal(frame: Frame, claim: PersistentVolumeClaim) -> Refusal | None:
    """Who may not read classes is left to the server's admission, which the dry run asks."""
    if not claim.storage_class:
        return Refusal("the claim has no class", "Only volumes that a class with allowVolumeExpansion made can grow")
    made_by = frame.cluster.get(StorageClass, "", claim.storage_class)
    if made_by is None and doubt(frame, Kind.STORAGE_CLASS):
        return None
    if made_by is None:
        return Refusal(
            f"class {claim.storage_class} does not exist", "Without it nothing says that the volume may grow"
        )
    if not made_by.allow_volume_expansion:
        return Refusal(
            f"class {made_by.name} does not allow expansion",
            f"If driver {made_by.provisioner} can grow volumes, set allowVolumeExpansion: true on the class",
        )
    return None


def _failed_refusal(claim: PersistentVolumeClaim) -> Refusal | None:
    """An earlier expansion that has failed: a bigger wish on top of it fails as well and eats quota meanwhile."""
    wish = claim.allocated or claim.requested
    failed = claim.allocated_status in _FAILED
    error = next((one for one in claim.conditions if one.type in _ERRORS and one.status == "True"), None)
    if not failed and error is None:
        return None
    why = f": {error.message}" if error is not None and error.message else ""
    return Refusal(
        f"an earlier expansion to {wish} has failed{why}",
        "Mend its cause, or lower the wish to just above the capacity, before you ask for more",
    )


def _plan(frame: Frame, key: Key, inputs: Inputs) -> Plan | Refusal:
    """The plan for a size, `{"size": "20Gi"}`."""
    refusal = _is_for(frame, key)
    if refusal is not None:
        return refusal
    claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
    assert claim is not None, "is_for has looked"
    size = _size(claim, inputs.get("size", "").strip())
    if isinstance(size, Refusal):
        return size
    growth = _growth(claim, size)
    limited = _limit_refusal(frame.cluster, claim, size)
    quotas = quota_checks(frame, claim, growth)
    if limited is not None or isinstance(quotas, Refusal):
        return limited or quotas  # type: ignore[return-value]  # one of them is a Refusal
    request = PlannedRequest(
        verb=Verb.PATCH,
        key=key,
        uid=claim.uid,
        resource_version=claim.resource_version,
        operations=(Operation("replace", "/spec/resources/requests/storage", size.text),),
    )
    return Plan(
        action=ID,
        cluster_id=frame.cluster_id,
        key=key,
        uid=claim.uid,
        title=f"Expand claim {key.namespace}/{key.name}: {claim.requested} → {size}",
        inputs=(("size", size.text),),
        steps=(
            RequestStep(
                title=f"ask for {size} instead of {claim.requested}",
                request=request,
                done=CapacityReached(key, claim.uid, size),
                within_s=_WITHIN_S,
            ),
        ),
        checks=(
            _class_check(frame, claim),
            Check(f"{size} is more than the {claim.capacity or 'unknown capacity'} that the claim has"),
            *quotas,
        ),
        consequences=tuple(_consequences(frame, claim)),
        kubectl=(kubectl(request),),
        typed=key.name,
    )


def _class_check(frame: Frame, claim: PersistentVolumeClaim) -> Check:
    if frame.cluster.get(StorageClass, "", claim.storage_class) is not None:
        return Check(f"class {claim.storage_class} allows expansion")
    why = doubt(frame, Kind.STORAGE_CLASS)
    return Check(f"whether class {claim.storage_class} allows expansion, the dry run decides: {why}", is_known=False)


def _size(claim: PersistentVolumeClaim, text: str) -> Quantity | Refusal:
    """The size that was asked for, if it is one that the claim can grow to."""
    if not text:
        return Refusal("no size was given", "Write a size such as 20Gi")
    try:
        size = parse(text)
    except ValueError as error:
        return Refusal(str(error))
    for known, what in ((claim.requested, "asks for"), (claim.capacity, "has")):
        if known is not None and size <= known:
            return Refusal(
                f"{size} is not more than the {known} that the claim {what}", "A volume grows and never shrinks"
            )
    return size


def _growth(claim: PersistentVolumeClaim, size: Quantity) -> int:
    """Bytes that a quota counts on top: it counts the larger of the request and of what is allocated."""
    counted = max((one.value for one in (claim.requested, claim.allocated) if one is not None), default=0)
    return max(0, size.value - counted)


def _limit_refusal(cluster: Cluster, claim: PersistentVolumeClaim, size: Quantity) -> Refusal | None:
    for limits in in_namespace(cluster.all(LimitRange).values(), claim.namespace):
        for limit in limits.limits:
            if limit.type == Kind.PERSISTENT_VOLUME_CLAIM and limit.maximum_storage and size > limit.maximum_storage:
                return Refusal(
                    f"LimitRange {limits.name} allows claims of {limit.maximum_storage} at most",
                    "Ask for less, or raise the limit",
                )
    return None


def _consequences(frame: Frame, claim: PersistentVolumeClaim) -> Iterator[str]:
    yield "A volume never shrinks: this cannot be undone."
    if claim.allocated_status or _is_growing(claim):
        yield f"An expansion to {claim.requested} is still under way; this one is served after it."
    pods, unseen = pods_of(frame.cluster, claim.key), doubt(frame, Kind.POD, claim.namespace)
    if unseen:
        yield f"Its file system grows when a pod mounts it; whether one does now cannot be told: {unseen}."
    elif not any(pod.node_name for pod in pods):
        yield "No running pod uses the claim: its file system grows when one mounts it."
    for owner, template, _ in sets_of_claim(frame.cluster, claim):
        asked = next(one.requested for one in owner.claim_templates if one.name == template)
        yield f"The template {template} of set {owner.name} keeps asking for {asked}: new ordinals get that size."
    manager = value_of(claim.labels, "app.kubernetes.io/managed-by")
    if manager:
        yield f"The claim says that it is managed by {manager}, which may set the size back."


def _is_growing(claim: PersistentVolumeClaim) -> bool:
    """Whether more is asked for than is there; a volume that was made by hand may be larger than its claim."""
    return claim.requested is not None and (claim.capacity is None or claim.requested > claim.capacity)


def _reads(frame: Frame, key: Key) -> tuple[Key, ...]:
    claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
    is_seen = claim is not None and claim.storage_class and not doubt(frame, Kind.STORAGE_CLASS)
    made_by = (Key(Kind.STORAGE_CLASS, "", claim.storage_class),) if claim is not None and is_seen else ()
    return (key, *made_by, *keys_of_quotas(frame.cluster, key.namespace))


def _suggest(frame: Frame, key: Key) -> str:
    """The present size, to be typed over."""
    claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
    return claim.requested.text if claim is not None and claim.requested is not None else ""


EXPAND_CLAIM = Action(
    id=ID,
    title="expand claim",
    record=PersistentVolumeClaim,
    rights=(Right(Verb.PATCH, Kind.PERSISTENT_VOLUME_CLAIM),),
    inputs=(Input("size", "New size", _suggest),),
    is_for=_is_for,
    plan=_plan,
    reads=_reads,
)
