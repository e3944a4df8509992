"""What the quotas of a namespace leave for a claim to grow by."""

from collections.abc import Iterator

from storagetui.actions.doubt import is_current
from storagetui.actions.plan import Check, Refusal
from storagetui.cluster.state import Cluster, in_namespace
from storagetui.frame import Frame
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.namespaces import ResourceQuota
from storagetui.model.quantity import Quantity


def quota_checks(frame: Frame, claim: PersistentVolumeClaim, growth: int) -> tuple[Check, ...] | Refusal:
    """What each quota says to a growth in bytes: checks, or the Refusal of the first that has no room.

    A quota counts `requests.storage` over all claims and `CLASS.storageclass.storage.k8s.io/requests.storage` over
    those of a class (kubernetes.io/docs/concepts/policy/resource-quotas).
    """
    if not is_current(frame, Kind.RESOURCE_QUOTA, claim.namespace):
        return (Check("quotas cannot be read now: the server's dry run decides", is_known=False),)
    checks = []
    for quota, resource, used, hard in _rows(frame.cluster, claim):
        left = hard.value - used.value
        if growth > left:
            return Refusal(
                f"quota {quota} leaves {_bytes(max(left, 0))} of {resource} ({used} of {hard} used), "
                f"and {_bytes(growth)} more would be needed",
                "Ask for less, free some, or have the quota raised",
            )
        room = f"quota {quota} has room for {_bytes(growth)} more of {resource}"
        checks.append(Check(room, detail=f"{used} of {hard} used"))
    return tuple(checks)


def keys_of_quotas(cluster: Cluster, namespace: str) -> tuple[Key, ...]:
    """The quotas of a namespace, by name."""
    return tuple(sorted(quota.key for quota in in_namespace(cluster.all(ResourceQuota).values(), namespace)))


def _rows(cluster: Cluster, claim: PersistentVolumeClaim) -> Iterator[tuple[str, str, Quantity, Quantity]]:
    resources = ("requests.storage", f"{claim.storage_class}.storageclass.storage.k8s.io/requests.storage")
    zero = Quantity(0, "0")
    for key in keys_of_quotas(cluster, claim.namespace):
        quota = cluster.get(ResourceQuota, key.namespace, key.name)
        if quota is None:
            continue
        used = dict(quota.used)
        for resource, hard in quota.hard:
            if resource in resources:
                yield quota.name, resource, used.get(resource, zero), hard


def _bytes(count: int) -> str:
    """Bytes in the largest binary unit that writes them exactly."""
    for power, suffix in ((5, "Pi"), (4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")):
        if count and count % 1024**power == 0:
            return f"{count // 1024**power}{suffix}"
    return str(count)
