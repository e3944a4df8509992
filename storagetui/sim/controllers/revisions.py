"""The history of a StatefulSet's pod template, kept as ControllerRevisions.

Source: kubernetes/pkg/controller/history/controller_history.go and stateful_set_control.go: getStatefulSetRevisions.
"""

import hashlib

from storagetui.sim.controllers.set_identity import owner_reference
from storagetui.sim.controllers.world import World
from storagetui.sim.facts import controller_of, labels, selects
from storagetui.sim.wire import Json, copied, dig, encoded, name_of, namespace_of, uid_of

REVISIONS = "controllerrevisions.apps"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Json) -> str:
    """Ten letters that stand for a pod template; equal templates have equal ones."""
    digest = hashlib.sha256(encoded(_sorted(template))).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def template_of(revision: Json) -> Json:
    """The pod template that a revision remembers."""
    template = copied(dig(revision, "data", "spec", "template", default={}))
    template.pop("$patch", None)
    found: Json = template
    return found


def current_and_update(world: World, stateful_set: Json) -> tuple[Json, Json]:
    """The revisions that the set's status calls current and update; a missing update revision is created."""
    history = _history(world, stateful_set)
    update = _update_revision(world, stateful_set, history)
    current_name = dig(stateful_set, "status", "currentRevision", default="")
    current = next((item for item in history if name_of(item) == current_name), update)
    return current, update


def _history(world: World, stateful_set: Json) -> list[Json]:
    """The set's revisions, oldest first; those that a deleted set left behind are taken over."""
    uid = uid_of(stateful_set)
    found = world.relations.revisions_of_controller.of(uid)
    if not found:
        selector = dig(stateful_set, "spec", "selector")
        for revision in world.store.list(REVISIONS, namespace_of(stateful_set)):
            if controller_of(revision) is None and selects(selector, labels(revision)):
                found.append(_adopted(world, stateful_set, revision))
    return sorted(found, key=lambda item: int(item["revision"]))


def _adopted(world: World, stateful_set: Json, revision: Json) -> Json:
    def adopt(obj: Json) -> None:
        obj["metadata"]["ownerReferences"] = [owner_reference(stateful_set)]

    return world.store.modify(REVISIONS, name_of(revision), namespace_of(revision), adopt)


def _update_revision(world: World, stateful_set: Json, history: list[Json]) -> Json:
    template = dig(stateful_set, "spec", "template", default={})
    name = _name(stateful_set, template)
    number = int(history[-1]["revision"]) + 1 if history else 1
    known = next((item for item in history if name_of(item) == name), None)
    if known is None:
        return world.store.create(REVISIONS, _revision(stateful_set, template, name, number))
    if known is history[-1]:
        return known

    def renew(obj: Json) -> None:
        obj["revision"] = number

    return world.store.modify(REVISIONS, name, namespace_of(stateful_set), renew)


def first_revision(stateful_set: Json) -> Json:
    """The only revision of a set whose template has never changed."""
    template = dig(stateful_set, "spec", "template", default={})
    return _revision(stateful_set, template, _name(stateful_set, template), 1)


def _name(stateful_set: Json, template: Json) -> str:
    return f"{name_of(stateful_set)}-{template_hash(template)}"


def _revision(stateful_set: Json, template: Json, name: str, number: int) -> Json:
    wanted = dig(stateful_set, "spec", "selector", "matchLabels", default={})
    metadata = {
        "name": name,
        "namespace": namespace_of(stateful_set),
        "labels": {**wanted, "controller.kubernetes.io/hash": name.rsplit("-", 1)[1]},
        "ownerReferences": [owner_reference(stateful_set)],
    }
    data = {"spec": {"template": {"$patch": "replace", **copied(template)}}}
    return {"metadata": metadata, "data": data, "revision": number}


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value) if key != "creationTimestamp"}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
