"""The claims of a StatefulSet: made from its templates, kept or given away by its retention policy.

Source: kubernetes/pkg/controller/statefulset/stateful_pod_control.go.
"""

from storagetui.sim import refusal
from storagetui.sim.controllers.set_identity import claim_owners, claims_of_ordinal
from storagetui.sim.controllers.world import World
from storagetui.sim.events import Source
from storagetui.sim.facts import being_deleted
from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json, dig, name_of, namespace_of

CLAIMS = "persistentvolumeclaims"
SOURCE = Source("statefulset-controller")


class SetClaims:
    """What a set does to the claims of one ordinal."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create_missing(self, stateful_set: Json, ordinal: int) -> None:
        """Create the ordinal's claims that do not exist.

        Raises Refusal when one is refused or is being deleted; the others have been tried then.
        """
        problems: list[Refusal] = []
        for _, claim in claims_of_ordinal(stateful_set, ordinal):
            existing = self._world.store.find(CLAIMS, name_of(claim), namespace_of(claim))
            if existing is None:
                if problem := self._create(stateful_set, claim, ordinal):
                    problems.append(problem)
            elif being_deleted(existing):
                problems.append(refusal.conflict(CLAIMS, name_of(claim), "is being deleted"))
                problems[-1].message = f"pvc {name_of(claim)} is being deleted"
        if problems:
            said = [problem.message for problem in problems]
            problems[0].message = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
            raise problems[0]

    def _create(self, stateful_set: Json, claim: Json, ordinal: int) -> Refusal | None:
        pod, recorder = f"{name_of(stateful_set)}-{ordinal}", self._world.recorder
        try:
            self._world.store.create(CLAIMS, claim)
        except Refusal as error:
            said = f"Create Claim {name_of(claim)} for Pod {pod} in StatefulSet {name_of(stateful_set)} failed error: "
            recorder.warning(SOURCE, "statefulsets.apps", stateful_set, "FailedCreate", said + error.message)
            why = f"failed to create PVC {name_of(claim)}: {error.message}"
            return Refusal(error.code, error.reason, why, error.details)
        said = f"Create Claim {name_of(claim)} Pod {pod} in StatefulSet {name_of(stateful_set)} success"
        recorder.normal(SOURCE, "statefulsets.apps", stateful_set, "SuccessfulCreate", said)
        return None

    def retain(self, stateful_set: Json, pod: Json, ordinal: int) -> None:
        """Bring the owners of the ordinal's claims in line with the set's retention policy."""
        for _, template in claims_of_ordinal(stateful_set, ordinal):
            claim = self._world.store.find(CLAIMS, name_of(template), namespace_of(template))
            if claim is None:
                continue
            owners = claim_owners(stateful_set, claim, pod, ordinal)
            if owners != dig(claim, "metadata", "ownerReferences", default=[]):

                def own(obj: Json, owners: list[Json] = owners) -> None:
                    obj["metadata"]["ownerReferences"] = owners
                    if not owners:
                        del obj["metadata"]["ownerReferences"]

                self._world.store.modify(CLAIMS, name_of(claim), namespace_of(claim), own)

    def any_is_stale(self, stateful_set: Json, pod: Json, ordinal: int) -> bool:
        """Whether a claim belongs to an earlier pod of the same name and is about to go (PodClaimIsStale)."""
        for _, template in claims_of_ordinal(stateful_set, ordinal):
            claim = self._world.store.find(CLAIMS, name_of(template), namespace_of(template))
            for owner in dig(claim, "metadata", "ownerReferences", default=[]):
                if owner["kind"] == "Pod" and owner["name"] == name_of(pod):
                    return True
        return False
