"""Which rows a change may have changed: the relations of the cluster, followed backwards.

Both the old and the new state are asked, so that a row is touched by what left it too.
"""

from collections.abc import Callable, Iterable

from storagetui.cluster.chains import claims_of_set
from storagetui.cluster.relations import (
    CLAIMS_OF_CLASS,
    CLAIMS_OF_VOLUME,
)
from storagetui.cluster.state import Cluster
from storagetui.frame import Frame
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.classes import StorageClass
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume
from storagetui.model.workloads import StatefulSet

Steps = Callable[[Record, Cluster], Iterable[Key]]


def follow(changed: frozenset[Key], before: Frame, now: Frame, kind: Kind, steps: Steps) -> set[Key]:
    """The rows of a kind that the changed objects, as they were and as they are, lead to."""
    found: set[Key] = set()
    for key in changed:
        if key.kind == kind:
            found.add(key)
        for frame in (before, now):
            record = frame.cluster.find(key)
            if record is not None:
                found.update(steps(record, frame.cluster))
    return found


def claims_touched(changed: frozenset[Key], before: Frame, now: Frame) -> set[Key]:
    """The claims that a change touches."""
    relevant = frozenset(key for key in changed if not _same_templates(key, before, now))
    return follow(relevant, before, now, Kind.PERSISTENT_VOLUME_CLAIM, _claims)


def _claims(record: Record, cluster: Cluster) -> Iterable[Key]:
    if isinstance(record, Pod):
        yield from record.claim_keys
    elif isinstance(record, PersistentVolume):
        yield from cluster.keys_of(CLAIMS_OF_VOLUME, record.name)
    elif isinstance(record, VolumeAttachment):
        yield from cluster.keys_of(CLAIMS_OF_VOLUME, record.volume_name)
    elif isinstance(record, StorageClass):
        yield from cluster.keys_of(CLAIMS_OF_CLASS, record.name)
    elif isinstance(record, StatefulSet):
        for claims in claims_of_set(cluster, record).values():
            yield from (claim.key for claim in claims.values())


def _same_templates(key: Key, before: Frame, now: Frame) -> bool:
    """Whether a set is there before and after with the same claim templates and ordinals: its claims look the same."""
    if key.kind is not Kind.STATEFUL_SET:
        return False
    old = before.cluster.get(StatefulSet, key.namespace, key.name)
    new = now.cluster.get(StatefulSet, key.namespace, key.name)
    return (
        old is not None
        and new is not None
        and old.claim_templates == new.claim_templates
        and old.ordinals == new.ordinals
    )
