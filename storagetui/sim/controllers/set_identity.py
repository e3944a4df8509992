"""The names, pods and claims of a StatefulSet: pure functions.

Source: kubernetes/pkg/controller/statefulset/stateful_set_utils.go.
"""

import re
from collections.abc import Iterator

from storagetui.sim.facts import being_deleted, is_finished, is_true, phase
from storagetui.sim.wire import Json, copied, dig, name_of, namespace_of, uid_of

_ORDINAL = re.compile(r"(.+)-([0-9]+)")
REVISION_LABEL = "controller-revision-hash"
POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
POD_INDEX_LABEL = "apps.kubernetes.io/pod-index"


def ordinal_of(stateful_set: Json, pod: Json) -> int:
    """The pod's ordinal in that set, or -1 when the name is not one of the set's."""
    match = _ORDINAL.fullmatch(name_of(pod))
    return int(match[2]) if match and match[1] == name_of(stateful_set) else -1


def ordinals(stateful_set: Json) -> range:
    """The ordinals that the set wants."""
    start = int(dig(stateful_set, "spec", "ordinals", "start", default=0))
    return range(start, start + int(dig(stateful_set, "spec", "replicas", default=1)))


def is_parallel(stateful_set: Json) -> bool:
    """Whether pods start and stop without waiting for each other."""
    return bool(dig(stateful_set, "spec", "podManagementPolicy") == "Parallel")


def partition(stateful_set: Json) -> int:
    """The ordinal below which a rolling update leaves pods alone."""
    return int(dig(stateful_set, "spec", "updateStrategy", "rollingUpdate", "partition", default=0))


def updates_by_itself(stateful_set: Json) -> bool:
    """Whether a new template is rolled out without somebody deleting pods."""
    return bool(dig(stateful_set, "spec", "updateStrategy", "type", default="RollingUpdate") == "RollingUpdate")


def owner_reference(owner: Json) -> Json:
    """A controller reference to that object."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name_of(owner),
        "uid": uid_of(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def claims_of_ordinal(stateful_set: Json, ordinal: int) -> Iterator[tuple[str, Json]]:
    """Template name and claim, as it would be created, for each claim template."""
    wanted = dig(stateful_set, "spec", "selector", "matchLabels", default={})
    for template in dig(stateful_set, "spec", "volumeClaimTemplates", default=[]):
        claim: Json = {"spec": copied(template["spec"]), "metadata": copied(template["metadata"])}
        metadata = claim["metadata"]
        metadata.pop("creationTimestamp", None)
        metadata["labels"] = {**metadata.get("labels", {}), **wanted}
        metadata["name"] = f"{name_of(template)}-{name_of(stateful_set)}-{ordinal}"
        metadata["namespace"] = namespace_of(stateful_set)
        yield name_of(template), claim


def pod_of_ordinal(stateful_set: Json, template: Json, revision: str, ordinal: int) -> Json:
    """The pod of that ordinal and revision, as it would be created."""
    name = f"{name_of(stateful_set)}-{ordinal}"
    spec = copied(template.get("spec") or {})
    metadata = copied(template.get("metadata") or {})
    metadata.pop("creationTimestamp", None)
    metadata |= {"name": name, "namespace": namespace_of(stateful_set)}
    own = {POD_NAME_LABEL: name, POD_INDEX_LABEL: str(ordinal), REVISION_LABEL: revision}
    metadata["labels"] = {**metadata.get("labels", {}), **own}
    metadata["ownerReferences"] = [owner_reference(stateful_set)]
    volumes = [
        {"name": template_name, "persistentVolumeClaim": {"claimName": name_of(claim)}}
        for template_name, claim in claims_of_ordinal(stateful_set, ordinal)
    ]
    taken = {volume["name"] for volume in volumes}
    spec["volumes"] = volumes + [item for item in spec.get("volumes", []) if item["name"] not in taken]
    spec |= {"hostname": name, "subdomain": dig(stateful_set, "spec", "serviceName", default="")}
    return {"metadata": metadata, "spec": spec}


def claim_owners(stateful_set: Json, claim: Json, pod: Json, ordinal: int) -> list[Json]:
    """The claim's owner references as the set's retention policy wants them (updateClaimOwnerRefForSetAndPod)."""
    policy = dig(stateful_set, "spec", "persistentVolumeClaimRetentionPolicy", default={})
    when_scaled, when_deleted = policy.get("whenScaled", "Retain"), policy.get("whenDeleted", "Retain")
    ours = (("StatefulSet", name_of(stateful_set)), ("Pod", name_of(pod)))
    owners = [
        owner
        for owner in dig(claim, "metadata", "ownerReferences", default=[])
        if (owner["kind"], owner["name"]) not in ours
    ]
    if any(owner.get("controller") for owner in owners):
        return owners
    condemned = ordinal not in ordinals(stateful_set)
    if when_scaled == "Delete" and condemned:
        return [*owners, owner_reference({"apiVersion": "v1", "kind": "Pod", **pod})]
    if when_deleted == "Delete" and not (when_scaled == "Delete" and condemned):
        return [*owners, owner_reference(stateful_set)]
    return owners


def is_available(pod: Json, min_ready_s: int, since_ready_s: float) -> bool:
    """Running, Ready for long enough, and not finished."""
    return phase(pod) == "Running" and is_true(pod, "Ready") and (not min_ready_s or since_ready_s >= min_ready_s)


def is_gone_bad(pod: Json) -> bool:
    """Finished and not yet being deleted: the set replaces it."""
    return is_finished(pod) and not being_deleted(pod)
