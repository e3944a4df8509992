"""Why a pod may or may not run on a node: the scheduler's filters, in their order and in their words.

Source: kubernetes/pkg/scheduler/framework/plugins: nodeunschedulable, tainttoleration, nodeaffinity, noderesources,
volumerestrictions, nodevolumelimits, volumebinding, volumezone, interpodaffinity.
"""

from collections.abc import Iterable

import msgspec

from storagetui.sim.controllers.binding import best_match, wants_first_consumer
from storagetui.sim.controllers.world import World
from storagetui.sim.facts import (
    BIND_COMPLETED,
    HOSTNAME,
    ZONE,
    Key,
    access_modes,
    amount,
    annotation,
    being_deleted,
    claim_names,
    class_of,
    driver_of,
    fits_node,
    is_finished,
    key_of,
    labels,
    node_of,
    phase,
    requested,
    selects,
    term_matches,
    uses_volumes,
)
from storagetui.sim.wire import Json, dig, name_of, namespace_of, uid_of

TAINTED = "node(s) had untolerated taint(s)"
UNSCHEDULABLE = "node(s) were unschedulable"
NOT_SELECTED = "node(s) didn't match Pod's node affinity/selector"
TOO_MANY_PODS = "Too many pods"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
NO_FREE_VOLUME = "node(s) didn't find available persistent volumes to bind"
OTHER_PLACE = "node(s) didn't match PersistentVolume's node affinity"
OTHER_ZONE = "node(s) had no available volume zone"
NO_SPACE = "node(s) did not have enough free storage"
VOLUME_LOST = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
TOO_MANY_VOLUMES = "node(s) exceed max volume count"
USED_BY_OTHER_POD = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod"
)
HELPED_BY_PREEMPTION = frozenset({TOO_MANY_PODS, ANTI_AFFINITY, TOO_MANY_VOLUMES, USED_BY_OTHER_POD})
"""Reasons that stopping other pods could remove; for those the preemption looks for victims, and finds none here."""
_UNSCHEDULABLE_TAINT = "node.kubernetes.io/unschedulable"


class PodVolumes(msgspec.Struct):
    """The claims of one pod, sorted by what the scheduler has to do about them."""

    bound: list[Json] = []
    """Volumes of claims that are bound."""
    lost: bool = False
    """A claim is bound to a volume that does not exist."""
    late: list[Json] = []
    """Claims that are bound once a node is chosen."""
    problem: str = ""
    """Why the pod cannot run on any node at all."""


def volumes_of(world: World, pod: Json) -> PodVolumes:
    """Look up the claims and volumes of a pod (VolumeBinding's PreFilter)."""
    found = PodVolumes()
    ephemeral = {f"{name_of(pod)}-{item['name']}" for item in pod["spec"].get("volumes", []) if "ephemeral" in item}
    for name in claim_names(pod):
        claim = world.store.find("persistentvolumeclaims", name, namespace_of(pod))
        if claim is None:
            found.problem = f'persistentvolumeclaim "{name}" not found'
            if name in ephemeral:
                found.problem = f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
        elif phase(claim) == "Lost":
            volume = dig(claim, "spec", "volumeName", default="")
            found.problem = f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"'
        elif being_deleted(claim):
            found.problem = f'persistentvolumeclaim "{name}" is being deleted'
        elif annotation(claim, BIND_COMPLETED):
            bound = world.store.find("persistentvolumes", dig(claim, "spec", "volumeName", default=""))
            found.lost |= bound is None
            found.bound += [bound] if bound is not None else []
        elif _is_late(world, claim):
            found.late.append(claim)
        else:
            found.problem = found.problem or "pod has unbound immediate PersistentVolumeClaims"
        if found.problem and not found.problem.startswith("pod has"):
            return found
    return found


def _is_late(world: World, claim: Json) -> bool:
    storage_class = world.store.find("storageclasses.storage.k8s.io", class_of(claim)) if class_of(claim) else None
    return wants_first_consumer(storage_class) and not dig(claim, "spec", "volumeName")


def obstacles(world: World, pod: Json, node: Json, volumes: PodVolumes, neighbors: list[Json]) -> list[str]:
    """The reasons of the first filter that keeps the pod off the node; none when it fits.

    `neighbors` are the pods on the node, those included that are only about to be bound to it.
    """
    spec = pod["spec"]
    tolerations = spec.get("tolerations", [])
    if dig(node, "spec", "unschedulable") and not _tolerates(tolerations, _UNSCHEDULABLE_TAINT, "NoSchedule"):
        return [UNSCHEDULABLE]
    if not _tolerates_all(tolerations, node):
        return [TAINTED]
    if not _is_selected(spec, node):
        return [NOT_SELECTED]
    if len(neighbors) >= amount(dig(node, "status", "allocatable", "pods", default="110")):
        return [TOO_MANY_PODS]
    if _single_pod_claim_used(world, pod):
        return [USED_BY_OTHER_POD]
    if uses_volumes(pod) and _exceeds_limit(world, node, neighbors, volumes):
        return [TOO_MANY_VOLUMES]
    if reasons := _volume_obstacles(world, node, volumes):
        return reasons
    if any(_zone_differs(volume, node) for volume in volumes.bound):
        return [OTHER_ZONE]
    return [ANTI_AFFINITY] if _is_repelled(world, pod, node) else []


def _tolerates_all(tolerations: Iterable[Json], node: Json) -> bool:
    return all(
        taint["effect"] == "PreferNoSchedule" or _tolerates(tolerations, taint["key"], taint["effect"])
        for taint in dig(node, "spec", "taints", default=[])
    )


def _tolerates(tolerations: Iterable[Json], key: str, effect: str) -> bool:
    return any(item.get("key") in (key, None, "") and item.get("effect") in (effect, None, "") for item in tolerations)


def _is_selected(spec: Json, node: Json) -> bool:
    found = labels(node)
    if any(found.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    required = dig(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    terms = dig(required, "nodeSelectorTerms")
    return terms is None or any(term_matches(term, found) and _is_named(term, name_of(node)) for term in terms)


def _is_named(term: Json, name: str) -> bool:
    """Whether the term's fields, of which there is only `metadata.name`, mean this node."""
    return all(name in field.get("values", []) for field in term.get("matchFields", []))


def _single_pod_claim_used(world: World, pod: Json) -> bool:
    for name in claim_names(pod):
        claim = world.store.find("persistentvolumeclaims", name, namespace_of(pod))
        if claim is None or "ReadWriteOncePod" not in access_modes(claim):
            continue
        users = world.relations.pods_of_claim.of(key_of(claim))
        if any(node_of(user) and not is_finished(user) and uid_of(user) != uid_of(pod) for user in users):
            return True
    return False


def _exceeds_limit(world: World, node: Json, neighbors: list[Json], volumes: PodVolumes) -> bool:
    """Volumes of pods on the node, attachments nobody accounts for, and the new ones, against the driver's limit."""
    csi_node = world.store.find("csinodes.storage.k8s.io", name_of(node))
    limits = {
        driver["name"]: int(driver["allocatable"]["count"])
        for driver in dig(csi_node, "spec", "drivers", default=[])
        if dig(driver, "allocatable", "count") is not None
    }
    at_most = sum(len(item["spec"].get("volumes", ())) for item in neighbors)
    at_most += len(world.relations.attachments_of_node.of(name_of(node))) + len(volumes.bound) + len(volumes.late)
    if not limits or at_most <= min(limits.values()):
        return False
    wanted: dict[str, set[str]] = {driver: set() for driver in limits}
    late: dict[str, int] = dict.fromkeys(limits, 0)
    for claim in volumes.late:
        if (driver := _provisioner_of(world, claim)) in late:
            late[driver] += 1
    for found in (volumes, *(volumes_of(world, pod) for pod in neighbors)):
        named = [(driver_of(volume), name_of(volume)) for volume in found.bound]
        if found is not volumes:
            named += [(_provisioner_of(world, claim), f"claim {uid_of(claim)}") for claim in found.late]
        for driver, name in named:
            if driver in wanted:
                wanted[driver].add(name)
    for attachment in world.relations.attachments_of_node.of(name_of(node)):
        if attachment["spec"]["attacher"] in wanted:
            wanted[attachment["spec"]["attacher"]].add(dig(attachment, "spec", "source", "persistentVolumeName"))
    mine = {driver_of(volume) for volume in volumes.bound} | {driver for driver, count in late.items() if count}
    return any(driver in mine and len(wanted[driver]) + late[driver] > limits[driver] for driver in limits)


def _provisioner_of(world: World, claim: Json) -> str:
    storage_class = world.store.find("storageclasses.storage.k8s.io", class_of(claim))
    return str(dig(storage_class, "provisioner", default=""))


def _volume_obstacles(world: World, node: Json, volumes: PodVolumes) -> list[str]:
    """What VolumeBinding finds, in the order in which it reports."""
    if volumes.lost:
        return [VOLUME_LOST]
    reasons: list[str] = []
    if not all(fits_node(volume, node) for volume in volumes.bound):
        reasons.append(OTHER_PLACE)
    left = unmatched(world, node, volumes)
    if not all(_may_be_provisioned(world, claim, node) for claim in left):
        reasons.append(NO_FREE_VOLUME)
    elif not all(_has_room(world, claim, node) for claim in left):
        reasons.append(NO_SPACE)
    return reasons


def static_matches(world: World, node: Json, volumes: PodVolumes) -> dict[Key, Json]:
    """Existing free volumes for late claims on that node, each used once, by claim."""
    found: dict[Key, Json] = {}
    for claim in volumes.late:
        taken = {name_of(volume) for volume in found.values()}
        free = world.relations.free_volumes_in_class.of(class_of(claim))
        usable = [volume for volume in free if name_of(volume) not in taken and fits_node(volume, node)]
        if match := best_match(claim, usable):
            found[key_of(claim)] = match
    return found


def unmatched(world: World, node: Json, volumes: PodVolumes) -> list[Json]:
    """Late claims for which there is no existing volume on that node."""
    matches = static_matches(world, node, volumes) if volumes.late else {}
    return [claim for claim in volumes.late if key_of(claim) not in matches]


def _may_be_provisioned(world: World, claim: Json, node: Json) -> bool:
    storage_class = world.store.find("storageclasses.storage.k8s.io", class_of(claim))
    if dig(storage_class, "provisioner", default="") in ("", "kubernetes.io/no-provisioner"):
        return False
    allowed = dig(storage_class, "allowedTopologies", default=[])
    found = labels(node)
    return not allowed or any(
        all(found.get(item["key"]) in item["values"] for item in term.get("matchLabelExpressions", []))
        for term in allowed
    )


def _has_room(world: World, claim: Json, node: Json) -> bool:
    """Whether the driver, if it reports capacity, has room for the claim near the node (hasEnoughCapacity)."""
    driver = world.store.find("csidrivers.storage.k8s.io", _provisioner_of(world, claim))
    if not dig(driver, "spec", "storageCapacity"):
        return True
    for capacity in world.store.list("csistoragecapacities.storage.k8s.io"):
        near = selects(capacity.get("nodeTopology"), labels(node))
        if capacity.get("storageClassName") == class_of(claim) and near:
            largest = capacity.get("maximumVolumeSize") or capacity.get("capacity")
            if amount(largest) >= requested(claim):
                return True
    return False


def _zone_differs(volume: Json, node: Json) -> bool:
    zone = labels(volume).get(ZONE)
    return zone is not None and labels(node).get(ZONE) not in zone.split("__")


def _is_repelled(world: World, pod: Json, node: Json) -> bool:
    """Required anti-affinity of the pod itself, by host or by zone."""
    rules = dig(
        pod, "spec", "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution", default=[]
    )
    for rule in rules:
        domain = labels(node).get(rule["topologyKey"])
        if domain is None:
            continue
        nodes = [node] if rule["topologyKey"] == HOSTNAME else _in_domain(world, rule["topologyKey"], domain)
        for other in (item for near in nodes for item in world.relations.pods_on_node.of(name_of(near))):
            same_place = namespace_of(other) == namespace_of(pod) and uid_of(other) != uid_of(pod)
            if same_place and not is_finished(other) and selects(rule.get("labelSelector"), labels(other)):
                return True
    return False


def _in_domain(world: World, key: str, domain: str) -> list[Json]:
    return [node for node in world.store.list("nodes") if labels(node).get(key) == domain]
