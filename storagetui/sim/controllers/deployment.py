"""The Deployment controller: one replica set per pod template, scaled up and down in turn.

Source: kubernetes/pkg/controller/deployment: rolling.go, recreate.go, sync.go, progress.go.
"""

import math
from collections.abc import Callable, Iterable

import msgspec

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.revisions import template_hash
from storagetui.sim.controllers.set_identity import owner_reference
from storagetui.sim.events import Source
from storagetui.sim.facts import Key, annotation, being_deleted, condition, controller_of, key_of
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

DEPLOYMENTS = "deployments.apps"
REPLICA_SETS = "replicasets.apps"
REVISION = "deployment.kubernetes.io/revision"
HASH_LABEL = "pod-template-hash"
SOURCE = Source("deployment-controller")
PROGRESS_DEADLINE_S = 600


class _Round(msgspec.Struct):
    """One look at one deployment."""

    deployment: Json
    newest: Json
    older: list[Json]

    @property
    def wanted(self) -> int:
        """How many pods there shall be."""
        return int(dig(self.deployment, "spec", "replicas", default=1))

    @property
    def surge(self) -> int:
        """How many pods there may be beyond that."""
        return _share(self.deployment, "maxSurge", self.wanted, math.ceil)

    @property
    def spare(self) -> int:
        """How many pods may be unavailable; one when neither surge nor this allows any step."""
        spare = _share(self.deployment, "maxUnavailable", self.wanted, math.floor)
        return spare or (0 if self.surge else 1)


class DeploymentController(Controller):
    """Rolls out each deployment's template."""

    watches = (DEPLOYMENTS, REPLICA_SETS, "pods")

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The deployment itself, or the one that controls a replica set; a pod only when it goes."""
        if resource == DEPLOYMENTS:
            return [key_of(obj)]
        owner = controller_of(obj)
        if resource == "pods":
            if event != "DELETED" or owner is None or owner["kind"] != "ReplicaSet":
                return []
            above = self.world.store.find(REPLICA_SETS, owner["name"], namespace_of(obj))
            owner = controller_of(above) if above is not None else None
        return [(namespace_of(obj), owner["name"])] if owner and owner["kind"] == "Deployment" else []

    def reconcile(self, key: Key) -> None:
        """Take the next step of the rollout."""
        deployment = self.world.store.find(DEPLOYMENTS, key[1], key[0])
        if deployment is None:
            return
        if being_deleted(deployment):
            return
        this = self._round(deployment)
        if dig(deployment, "spec", "strategy", "type") == "Recreate":
            self._recreate(this)
        else:
            self._roll(this)
        self._write_status(self._round(deployment))

    def _round(self, deployment: Json) -> _Round:
        sets = self.world.relations.sets_of_controller.of(uid_of(deployment))
        name = f"{name_of(deployment)}-{template_hash(dig(deployment, 'spec', 'template', default={}))}"
        newest = next((item for item in sets if name_of(item) == name), None)
        older = [item for item in sets if name_of(item) != name]
        if newest is None:
            newest = self._create(deployment, name, older)
        return _Round(deployment, newest, sorted(older, key=lambda item: int(annotation(item, REVISION) or 0)))

    def _create(self, deployment: Json, name: str, older: list[Json]) -> Json:
        template = copied(dig(deployment, "spec", "template", default={}))
        hashed = {HASH_LABEL: name.rsplit("-", 1)[1]}
        metadata = template.setdefault("metadata", {})
        metadata["labels"] = {**metadata.get("labels", {}), **hashed}
        selector = copied(dig(deployment, "spec", "selector", default={}))
        selector["matchLabels"] = {**selector.get("matchLabels", {}), **hashed}
        number = max((int(annotation(item, REVISION) or 0) for item in older), default=0) + 1
        spec: Json = {"replicas": 0, "selector": selector, "template": template}
        if seconds := dig(deployment, "spec", "minReadySeconds"):
            spec["minReadySeconds"] = seconds
        own: Json = {"name": name, "namespace": namespace_of(deployment), "labels": metadata["labels"]}
        own |= {"annotations": {REVISION: str(number)}, "ownerReferences": [owner_reference(deployment)]}
        made = self.world.store.create(REPLICA_SETS, {"metadata": own, "spec": spec})

        def count(obj: Json) -> None:
            obj["metadata"].setdefault("annotations", {})[REVISION] = str(number)

        self.world.store.modify(DEPLOYMENTS, name_of(deployment), namespace_of(deployment), count)
        return made

    def _recreate(self, this: _Round) -> None:
        for item in this.older:
            self._scale(this, item, 0)
        pods = self.world.relations.pods_of_controller
        if not any(pods.of(uid_of(item)) for item in this.older):
            self._scale(this, this.newest, this.wanted)

    def _roll(self, this: _Round) -> None:
        if not any(_size(item) for item in this.older):
            self._scale(this, this.newest, this.wanted)
            return
        total = sum(map(_size, (this.newest, *this.older)))
        room = this.wanted + this.surge - total
        if _size(this.newest) > this.wanted:
            self._scale(this, this.newest, this.wanted)
        elif room > 0 and _size(this.newest) < this.wanted:
            self._scale(this, this.newest, min(this.wanted, _size(this.newest) + room))
            return
        minimum = this.wanted - this.spare
        may_go = total - minimum - (_size(this.newest) - _available(this.newest))
        for item in this.older:
            unhealthy = min(max(0, may_go), _size(item) - _available(item))
            may_go -= unhealthy
            self._scale(this, item, _size(item) - unhealthy)
        surplus = sum(map(_available, (this.newest, *this.older))) - minimum
        for item in this.older:
            size = _size(self.world.store.get(REPLICA_SETS, name_of(item), namespace_of(item)))
            gone = min(max(0, surplus), max(0, may_go), size)
            surplus, may_go = surplus - gone, may_go - gone
            self._scale(this, item, size - gone)

    def _scale(self, this: _Round, replica_set: Json, size: int) -> None:
        old = _size(self.world.store.get(REPLICA_SETS, name_of(replica_set), namespace_of(replica_set)))
        if size == old:
            return

        def scale(obj: Json) -> None:
            obj["spec"]["replicas"] = size
            desired = {"deployment.kubernetes.io/desired-replicas": str(this.wanted)}
            obj["metadata"].setdefault("annotations", {}).update(desired)

        self.world.store.modify(REPLICA_SETS, name_of(replica_set), namespace_of(replica_set), scale)
        said = f"Scaled {'up' if size > old else 'down'} replica set {name_of(replica_set)} from {old} to {size}"
        self.world.recorder.normal(SOURCE, DEPLOYMENTS, this.deployment, "ScalingReplicaSet", said)

    def _write_status(self, this: _Round) -> None:
        everything = (this.newest, *this.older)
        counts = {
            "replicas": sum(int(dig(item, "status", "replicas", default=0)) for item in everything),
            "updatedReplicas": int(dig(this.newest, "status", "replicas", default=0)),
            "readyReplicas": sum(int(dig(item, "status", "readyReplicas", default=0)) for item in everything),
            "availableReplicas": sum(map(_available, everything)),
        }
        counts["unavailableReplicas"] = max(0, sum(map(_size, everything)) - counts["availableReplicas"])
        status: Json = {"observedGeneration": this.deployment["metadata"]["generation"]}
        status |= {name: count for name, count in counts.items() if count}
        status["conditions"] = self._conditions(this, counts)
        key = key_of(this.deployment)
        old = self.world.store.get(DEPLOYMENTS, key[1], key[0])
        if old.get("status") != status:

            def put(obj: Json) -> None:
                obj["status"] = status

            self.world.store.modify(DEPLOYMENTS, key[1], key[0], put, subresource="status")

    def _conditions(self, this: _Round, counts: dict[str, int]) -> list[Json]:
        enough = counts["availableReplicas"] >= this.wanted - this.spare
        word = "has" if enough else "does not have"
        reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
        available = _condition("Available", enough, reason, f"Deployment {word} minimum availability.")
        done = counts["updatedReplicas"] == this.wanted == counts["replicas"] == counts["availableReplicas"]
        old = condition(this.deployment, "Progressing")
        before = {name: dig(this.deployment, "status", name, default=0) for name in counts}
        subject = f'ReplicaSet "{name_of(this.newest)}"'
        if done:
            said = f"{subject} has successfully progressed."
            progressing = _condition("Progressing", True, "NewReplicaSetAvailable", said)
        elif old is not None and before == counts and self._is_overdue(this, old):
            said = f"{subject} has timed out progressing."
            progressing = _condition("Progressing", False, "ProgressDeadlineExceeded", said)
        else:
            progressing = _condition("Progressing", True, "ReplicaSetUpdated", f"{subject} is progressing.")
        moved = before != counts
        return [self._dated(this, available, moved=False), self._dated(this, progressing, moved=moved)]

    def _is_overdue(self, this: _Round, progressing: Json) -> bool:
        if progressing["reason"] == "ProgressDeadlineExceeded":
            return True
        if progressing["reason"] == "NewReplicaSetAvailable":
            return False
        deadline_s = int(dig(this.deployment, "spec", "progressDeadlineSeconds", default=PROGRESS_DEADLINE_S))
        left_s = deadline_s - self.world.clock.since_s(progressing["lastUpdateTime"])
        if left_s > 0:
            self.look(key_of(this.deployment), left_s + 0.5)
        return left_s <= 0

    def _dated(self, this: _Round, new: Json, *, moved: bool) -> Json:
        """The condition with its times: the transition's only when the status changes, the update's when it moved."""
        now = self.world.clock.timestamp()
        old = condition(this.deployment, new["type"]) or {}
        same = old.get("status") == new["status"]
        unmoved = same and old.get("reason") == new["reason"] and not moved
        new["lastTransitionTime"] = old["lastTransitionTime"] if same else now
        new["lastUpdateTime"] = old["lastUpdateTime"] if unmoved else now
        return new


def _condition(type_: str, holds: bool, reason: str, message: str) -> Json:
    return {"type": type_, "status": "True" if holds else "False", "reason": reason, "message": message}


def _size(replica_set: Json) -> int:
    return int(dig(replica_set, "spec", "replicas", default=0))


def _available(replica_set: Json) -> int:
    return int(dig(replica_set, "status", "availableReplicas", default=0))


def _share(deployment: Json, field: str, wanted: int, rounding: Callable[[float], int]) -> int:
    given = dig(deployment, "spec", "strategy", "rollingUpdate", field, default="25%")
    if isinstance(given, int):
        return given
    return rounding(wanted * int(str(given).rstrip("%")) / 100)
