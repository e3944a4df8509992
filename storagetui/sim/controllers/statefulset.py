"""The StatefulSet controller: ordered start and stop, rolling updates, claims from templates.

Source: kubernetes/pkg/controller/statefulset/stateful_set_control.go and stateful_pod_control.go.
"""

from collections.abc import Iterable

import msgspec

from storagetui.sim.controllers.controller import Controller
from storagetui.sim.controllers.revisions import current_and_update, template_of
from storagetui.sim.controllers.set_claims import SetClaims
from storagetui.sim.controllers.set_identity import (
    REVISION_LABEL,
    is_available,
    is_gone_bad,
    is_parallel,
    ordinal_of,
    ordinals,
    owner_reference,
    partition,
    pod_of_ordinal,
    updates_by_itself,
)
from storagetui.sim.events import Source
from storagetui.sim.facts import (
    Key,
    being_deleted,
    condition,
    controller_of,
    is_running_and_ready,
    key_of,
    labels,
    phase,
    selects,
)
from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json, dig, name_of, namespace_of, uid_of

SETS = "statefulsets.apps"
SOURCE = Source("statefulset-controller")


class _Round(msgspec.Struct):
    """One look at one set."""

    set: Json
    current: Json
    update: Json
    pods: dict[int, Json]
    """Existing pods by ordinal."""
    waits_for: Json | None = None
    """The pod that may be stopped although it is not healthy: the first unhealthy one."""

    @property
    def monotonic(self) -> bool:
        """Whether one pod waits for the one before."""
        return not is_parallel(self.set)


class StatefulSetController(Controller):
    """Keeps the pods and claims of each set in line with its specification."""

    watches = (SETS, "pods")

    def noticed(self, event: str, resource: str, obj: Json, old: Json | None) -> Iterable[Key]:
        """The set itself, the set that a pod belongs to, or those that may adopt it."""
        if resource == SETS:
            return [key_of(obj)]
        owner = controller_of(obj)
        if owner is not None:
            return [(namespace_of(obj), owner["name"])] if owner["kind"] == "StatefulSet" else []
        name, dash, _ = name_of(obj).rpartition("-")
        return [(namespace_of(obj), name)] if dash and self.world.store.find(SETS, name, namespace_of(obj)) else []

    def reconcile(self, key: Key) -> None:
        """Do the next step of the set's rollout, then write what there is into its status."""
        stateful_set = self.world.store.find(SETS, key[1], key[0])
        if stateful_set is None:
            return
        current, update = current_and_update(self.world, stateful_set)
        this = _Round(stateful_set, current, update, self._pods(stateful_set))
        try:
            if not being_deleted(stateful_set):
                self._step(this)
        finally:
            this.pods = self._pods(stateful_set)
            self._write_status(this)

    def _pods(self, stateful_set: Json) -> dict[int, Json]:
        uid = uid_of(stateful_set)
        if not being_deleted(stateful_set):
            self._adopt(stateful_set)
        found = {ordinal_of(stateful_set, pod): pod for pod in self.world.relations.pods_of_controller.of(uid)}
        return {ordinal: found[ordinal] for ordinal in sorted(found) if ordinal >= 0}

    def _adopt(self, stateful_set: Json) -> None:
        """Take over pods of the set's names that nobody controls."""
        known = len(self.world.relations.pods_of_controller.of(uid_of(stateful_set)))
        if known >= len(ordinals(stateful_set)):
            return
        for ordinal in ordinals(stateful_set):
            pod = self.world.store.find("pods", f"{name_of(stateful_set)}-{ordinal}", namespace_of(stateful_set))
            if pod is None or controller_of(pod) is not None or being_deleted(pod):
                continue
            if selects(dig(stateful_set, "spec", "selector"), labels(pod)):

                def adopt(obj: Json) -> None:
                    obj["metadata"].setdefault("ownerReferences", []).append(owner_reference(stateful_set))

                self.world.store.modify("pods", name_of(pod), namespace_of(pod), adopt)

    def _step(self, this: _Round) -> None:
        wanted = ordinals(this.set)
        condemned = [ordinal for ordinal in this.pods if ordinal not in wanted]
        this.waits_for = self._first_unhealthy(this, condemned)
        blocked = False
        for ordinal in wanted:
            blocked |= self._blocks(this, ordinal)
            if blocked and this.monotonic:
                return
        if blocked:
            return
        claims = SetClaims(self.world)
        for ordinal in condemned:
            claims.retain(this.set, this.pods[ordinal], ordinal)
        for ordinal in reversed(condemned):
            blocked |= self._stop(this, ordinal)
            if blocked and this.monotonic:
                return
        if not blocked and updates_by_itself(this.set):
            self._roll_on(this)

    def _first_unhealthy(self, this: _Round, condemned: list[int]) -> Json | None:
        for ordinal in (*ordinals(this.set), *condemned):
            pod = this.pods.get(ordinal)
            if pod is not None and not self._healthy(this, pod):
                return pod
        return None

    def _blocks(self, this: _Round, ordinal: int) -> bool:
        """Bring one wanted ordinal on; whether the set has to wait for it (processReplica)."""
        pod = this.pods.get(ordinal)
        if pod is not None and phase(pod) in ("Succeeded", "Failed"):
            if is_gone_bad(pod):
                self._delete(this, pod)
            return True
        claims = SetClaims(self.world)
        if pod is None:
            self._create(this, ordinal)
            return this.monotonic
        if phase(pod) == "Pending" and not being_deleted(pod):
            claims.create_missing(this.set, ordinal)
            claims.retain(this.set, pod, ordinal)
        if not this.monotonic:
            claims.retain(this.set, pod, ordinal)
            return False
        if not self._healthy(this, pod):
            return True
        claims.retain(this.set, pod, ordinal)
        return False

    def _create(self, this: _Round, ordinal: int) -> None:
        old = updates_by_itself(this.set) and ordinal < ordinals(this.set).start + partition(this.set)
        revision = this.current if old else this.update
        pod = pod_of_ordinal(this.set, template_of(revision), name_of(revision), ordinal)
        claims = SetClaims(self.world)
        what = f"Create Pod {name_of(pod)} in StatefulSet {name_of(this.set)}"
        if claims.any_is_stale(this.set, pod, ordinal):
            return
        try:
            claims.create_missing(this.set, ordinal)
            made = self.world.store.create("pods", pod)
        except Refusal as error:
            said = f"{what} failed error: {error.message}"
            self.world.recorder.warning(SOURCE, SETS, this.set, "FailedCreate", said)
            raise
        claims.retain(this.set, made, ordinal)
        self.world.recorder.normal(SOURCE, SETS, this.set, "SuccessfulCreate", f"{what} successful")

    def _stop(self, this: _Round, ordinal: int) -> bool:
        """Stop one pod too many; whether the set has to wait (processCondemned)."""
        pod = this.pods[ordinal]
        if being_deleted(pod):
            return this.monotonic
        unhealthy = not is_running_and_ready(pod) or not self._healthy(this, pod)
        if unhealthy and this.monotonic and (this.waits_for is None or uid_of(pod) != uid_of(this.waits_for)):
            return True
        self._delete(this, pod)
        return True

    def _roll_on(self, this: _Round) -> None:
        """Stop the highest pod of an old revision, once all above it are well."""
        for ordinal in reversed(ordinals(this.set)):
            pod = this.pods.get(ordinal)
            if pod is None or ordinal - ordinals(this.set).start < partition(this.set):
                return
            if labels(pod).get(REVISION_LABEL) != name_of(this.update) and not being_deleted(pod):
                self._delete(this, pod)
                return
            if not self._healthy(this, pod):
                return

    def _delete(self, this: _Round, pod: Json) -> None:
        what = f"Delete Pod {name_of(pod)} in StatefulSet {name_of(this.set)}"
        try:
            self.world.store.delete("pods", name_of(pod), namespace_of(pod), uid=uid_of(pod))
        except Refusal as error:
            said = f"{what} failed error: {error.message}"
            self.world.recorder.warning(SOURCE, SETS, this.set, "FailedDelete", said)
            raise
        self.world.recorder.normal(SOURCE, SETS, this.set, "SuccessfulDelete", f"{what} successful")

    def _healthy(self, this: _Round, pod: Json) -> bool:
        return self._available(this, pod) and not being_deleted(pod)

    def _available(self, this: _Round, pod: Json) -> bool:
        min_ready_s = int(dig(this.set, "spec", "minReadySeconds", default=0))
        since = dig(condition(pod, "Ready"), "lastTransitionTime")
        since_s = self.world.clock.since_s(since) if since else 0.0
        if is_available(pod, min_ready_s, since_s):
            return True
        if is_running_and_ready(pod):
            self.look(key_of(this.set), min_ready_s - since_s + 0.01)
        return False

    def _write_status(self, this: _Round) -> None:
        pods = this.pods.values()
        names = [labels(pod).get(REVISION_LABEL) for pod in pods]
        counts = {
            "readyReplicas": sum(
                phase(pod) == "Running" and dig(condition(pod, "Ready"), "status") == "True" for pod in pods
            ),
            "currentReplicas": names.count(name_of(this.current)),
            "updatedReplicas": names.count(name_of(this.update)),
        }
        current = name_of(this.current)
        if updates_by_itself(this.set) and counts["updatedReplicas"] == len(pods) == counts["readyReplicas"]:
            counts["currentReplicas"], current = counts["updatedReplicas"], name_of(this.update)
        status: Json = {"observedGeneration": this.set["metadata"]["generation"], "replicas": len(pods)}
        status |= {name: count for name, count in counts.items() if count}
        status["availableReplicas"] = sum(self._available(this, pod) for pod in pods)
        status |= {"currentRevision": current, "updateRevision": name_of(this.update), "collisionCount": 0}
        old = self.world.store.find(SETS, name_of(this.set), namespace_of(this.set))
        if old is not None and old.get("status") != status:

            def put(obj: Json) -> None:
                obj["status"] = status

            self.world.store.modify(SETS, name_of(this.set), namespace_of(this.set), put, subresource="status")
