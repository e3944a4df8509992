"""ResourceQuotas: what an object uses of them, whether it fits, and their status.

Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go and
kubernetes/pkg/quota/v1/evaluator/core/persistent_volume_claims.go. Claims and counts of objects are measured; CPU
and memory of pods are not, and a quota with scopes covers nothing here.
"""

from collections.abc import Iterable
from typing import Protocol

from storagetui.sim import quantity, refusal
from storagetui.sim.quantity import ZERO, Quantity
from storagetui.sim.resources import Resource
from storagetui.sim.validation.claims import class_of
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of

_CLASS_SUFFIX = ".storageclass.storage.k8s.io/"
_COUNTED_BY_NAME = frozenset(
    {"configmaps", "persistentvolumeclaims", "pods", "resourcequotas", "secrets", "services"},
)
_ONE = quantity.parse("1")


class Objects(Protocol):
    """What admission reads: the stored objects."""

    def find(self, resource: str, name: str, namespace: str = "") -> Json | None:
        """One object, or None."""

    def list(self, resource: str, namespace: str = "") -> Iterable[Json]:
        """All objects, or those of a namespace."""


def usage(kind: Resource, obj: Json | None) -> dict[str, Quantity]:
    """What one object uses, by the name a quota gives to it; nothing for no object and for pods that have ended."""
    if obj is None or (kind.name == "pods" and dig(obj, "status", "phase") in ("Succeeded", "Failed")):
        return {}
    used = {f"count/{kind.name}": _ONE}
    if kind.name in _COUNTED_BY_NAME:
        used[kind.name] = _ONE
    if kind.name == "persistentvolumeclaims":
        used |= _claim_usage(obj)
    return used


def check(objects: Objects, kind: Resource, new: Json, old: Json | None) -> None:
    """Refuse with 403 an object, or a change of one, that does not fit into every quota of its namespace."""
    before, after = usage(kind, old), usage(kind, new)
    for item in objects.list("resourcequotas", namespace_of(new)):
        hard, used = dig(item, "status", "hard", default={}), dig(item, "status", "used", default={})
        if _scoped(item):
            continue
        more = {name: _more(after[name], before.get(name, ZERO)) for name in after if name in hard}
        more = {name: amount for name, amount in more.items() if amount.value > 0}
        exceeded = [
            name
            for name, amount in more.items()
            if quantity.parse(used.get(name, "0")).plus(amount).value > quantity.parse(hard[name]).value
        ]
        if exceeded:
            asked = _listed({name: str(more[name]) for name in exceeded})
            have = _listed({name: used.get(name, "0") for name in exceeded})
            limit = _listed({name: hard[name] for name in exceeded})
            why = f"exceeded quota: {name_of(item)}, requested: {asked}, used: {have}, limited: {limit}"
            raise refusal.forbidden(kind.name, asked_name(new), why)


def counted(objects: Objects, item: Json, kinds: Iterable[Resource]) -> Json:
    """A quota's status from scratch: its limits, and what all objects of its namespace use of them."""
    hard = dig(item, "spec", "hard", default={})
    used = dict.fromkeys(hard, ZERO)
    for kind in kinds:
        if not kind.namespaced or _scoped(item) or not any(_concerns(kind, name) for name in hard):
            continue
        for obj in objects.list(kind.name, namespace_of(item)):
            for name, amount in usage(kind, obj).items():
                if name in used:
                    used[name] = used[name].plus(amount)
    return {"hard": dict(hard), "used": {name: str(amount) for name, amount in used.items()}}


def recounted(item: Json, kind: Resource, new: Json | None, old: Json | None) -> Json | None:
    """A quota's status after one object came, went or changed; None when it stays the same."""
    used = dig(item, "status", "used", default={})
    if _scoped(item) or not used:
        return None
    after, before = usage(kind, new), usage(kind, old)
    made = dict(used)
    for name in {*after, *before} & used.keys():
        amount = quantity.parse(used[name]).plus(after.get(name, ZERO)).minus(before.get(name, ZERO))
        made[name] = str(amount if amount.value > 0 else ZERO)
    return None if made == used else {**copied(item["status"]), "used": made}


def asked_name(obj: Json) -> str:
    """The name that admission says: the name, or what it will be generated from (admission/errors.go)."""
    return name_of(obj) or str(dig(obj, "metadata", "generateName", default="Unknown"))


def _claim_usage(claim: Json) -> dict[str, Quantity]:
    """A claim counts with the larger of what it asks for and what is being made for it, in whole bytes."""
    asked = dig(claim, "spec", "resources", "requests", "storage")
    used: dict[str, Quantity] = {}
    if asked is not None:
        allocated = quantity.parse(dig(claim, "status", "allocatedResources", "storage", default="0"))
        size = quantity.parse(asked).rounded_up()
        used["requests.storage"] = allocated.rounded_up() if allocated.value > size.value else size
    prefix = class_of(claim) + _CLASS_SUFFIX
    if prefix != _CLASS_SUFFIX:
        used[f"{prefix}persistentvolumeclaims"] = _ONE
        if "requests.storage" in used:
            used[f"{prefix}requests.storage"] = used["requests.storage"]
    return used


def _concerns(kind: Resource, name: str) -> bool:
    if kind.name == "persistentvolumeclaims" and (name == "requests.storage" or _CLASS_SUFFIX in name):
        return True
    return name == f"count/{kind.name}" or (name == kind.name and name in _COUNTED_BY_NAME)


def _more(after: Quantity, before: Quantity) -> Quantity:
    return after.minus(before) if before.value else after


def _scoped(item: Json) -> bool:
    return bool(dig(item, "spec", "scopes") or dig(item, "spec", "scopeSelector"))


def _listed(amounts: dict[str, str]) -> str:
    return ",".join(f"{name}={amounts[name]}" for name in sorted(amounts))
