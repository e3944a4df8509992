"""What the controllers read from objects: pure functions over plain dicts."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

from storagetui.sim.quantity import parse
from storagetui.sim.selectors import of_object
from storagetui.sim.wire import Json, dig, name_of, uid_of

Key: TypeAlias = tuple[str, str]
"""Namespace and name; the namespace is empty for what has none."""

SELECTED_NODE = "volume.kubernetes.io/selected-node"
STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
ZONE = "topology.kubernetes.io/zone"
HOSTNAME = "kubernetes.io/hostname"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


def key_of(obj: Json) -> Key:
    """The object's namespace and name."""
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata.get("name", "")


def amount(quantity: Any) -> Fraction:
    """An exact quantity, `10Gi` or `1500m`; nothing counts as zero. Raises ValueError for what is none."""
    return parse(quantity).value if quantity is not None else Fraction(0)


def annotation(obj: Json, name: str) -> str:
    """The annotation's value, or nothing."""
    return str(dig(obj, "metadata", "annotations", name, default=""))


def labels(obj: Json) -> dict[str, str]:
    """The object's labels."""
    found: dict[str, str] = dig(obj, "metadata", "labels", default={})
    return found


def finalizers(obj: Json) -> list[str]:
    """The object's finalizers."""
    found: list[str] = dig(obj, "metadata", "finalizers", default=[])
    return found


def being_deleted(obj: Json) -> bool:
    """Whether a deletion is under way."""
    return "deletionTimestamp" in obj["metadata"]


def controller_of(obj: Json) -> Json | None:
    """The owner reference of the controller, if there is one."""
    for owner in dig(obj, "metadata", "ownerReferences", default=[]):
        if owner.get("controller"):
            found: Json = owner
            return found
    return None


def controlled_by(obj: Json, uid: str) -> bool:
    """Whether the object with that uid is its controller."""
    owner = controller_of(obj)
    return owner is not None and owner.get("uid") == uid


def condition(obj: Json, type_: str) -> Json | None:
    """A condition of the object's status."""
    for item in dig(obj, "status", "conditions", default=[]):
        if item.get("type") == type_:
            found: Json = item
            return found
    return None


def is_true(obj: Json, type_: str) -> bool:
    """Whether a condition holds."""
    return bool(dig(condition(obj, type_), "status") == "True")


def phase(obj: Json) -> str:
    """The phase, or nothing."""
    return str(dig(obj, "status", "phase", default=""))


def is_finished(pod: Json) -> bool:
    """Whether all containers have ended for good."""
    return phase(pod) in ("Succeeded", "Failed")


def is_running_and_ready(pod: Json) -> bool:
    """Running, Ready and not on its way out."""
    return phase(pod) == "Running" and is_true(pod, "Ready") and not being_deleted(pod)


def node_of(pod: Json) -> str:
    """The node the pod is bound to, or nothing."""
    return str(dig(pod, "spec", "nodeName", default=""))


def is_node_ready(node: Json | None) -> bool:
    """Whether the node exists and its Ready condition is True."""
    return node is not None and is_true(node, "Ready")


def has_taint(node: Json, key: str, effect: str = "") -> bool:
    """Whether the node has a taint of that key, and effect if one is given."""
    taints = dig(node, "spec", "taints", default=[])
    return any(taint["key"] == key and effect in ("", taint["effect"]) for taint in taints)


def claim_names(pod: Json) -> Iterator[str]:
    """The claims that the pod's volumes name, those of generic ephemeral volumes included."""
    for volume in dig(pod, "spec", "volumes", default=[]):
        if name := dig(volume, "persistentVolumeClaim", "claimName"):
            yield name
        elif "ephemeral" in volume:
            yield f"{name_of(pod)}-{volume['name']}"


def uses_volumes(pod: Json) -> bool:
    """Whether the pod names any claim."""
    return next(claim_names(pod), None) is not None


def class_of(obj: Json) -> str:
    """The class name of a claim or volume; the old annotation counts before the field."""
    old = annotation(obj, "volume.beta.kubernetes.io/storage-class")
    return old or str(dig(obj, "spec", "storageClassName", default=""))


def requested(claim: Json) -> Fraction:
    """The bytes that the claim asks for."""
    return amount(dig(claim, "spec", "resources", "requests", "storage"))


def access_modes(obj: Json) -> list[str]:
    """The access modes of a claim's or volume's specification."""
    modes: list[str] = dig(obj, "spec", "accessModes", default=[])
    return modes


def one_node_only(volume: Json) -> bool:
    """Whether only one node at a time may attach it: neither ReadWriteMany nor ReadOnlyMany is among its modes."""
    return not {"ReadWriteMany", "ReadOnlyMany"} & set(access_modes(volume))


def volume_mode(obj: Json) -> str:
    """Filesystem, unless Block is asked for."""
    return str(dig(obj, "spec", "volumeMode", default="Filesystem"))


def driver_of(volume: Json) -> str:
    """The CSI driver of a volume, or nothing."""
    return str(dig(volume, "spec", "csi", "driver", default=""))


def unique_name(volume: Json) -> str:
    """The volume's name in a node's volumesInUse and volumesAttached."""
    return f"kubernetes.io/csi/{driver_of(volume)}^{dig(volume, 'spec', 'csi', 'volumeHandle', default='')}"


def is_bound_to(volume: Json, claim: Json) -> bool:
    """Whether the volume's claimRef means this claim: a reference without uid reserves it (IsVolumeBoundToClaim)."""
    reference = dig(volume, "spec", "claimRef", default={})
    if (reference.get("namespace"), reference.get("name")) != key_of(claim):
        return False
    return reference.get("uid", "") in ("", uid_of(claim))


def fits_node(volume: Json, node: Json) -> bool:
    """Whether the node's labels satisfy the volume's required node affinity: any of the terms, all of a term."""
    terms = dig(volume, "spec", "nodeAffinity", "required", "nodeSelectorTerms")
    return terms is None or any(term_matches(term, labels(node)) for term in terms)


def term_matches(term: Json, found: dict[str, str]) -> bool:
    """Whether labels satisfy all expressions of a node selector term."""
    return all(_expression_holds(item, found) for item in term.get("matchExpressions", []))


def _expression_holds(expression: Json, found: dict[str, str]) -> bool:
    value = found.get(expression["key"])
    values = expression.get("values", [])
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return False


def selects(selector: Json | None, found: dict[str, str]) -> bool:
    """Whether a label selector (matchLabels and matchExpressions) selects these labels; none selects nothing."""
    return selector is not None and of_object(selector).matches(found)
