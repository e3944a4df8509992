"""PersistentVolume."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, ClassVar

from storagetui.model.base import UNIQUE, Part, Record
from storagetui.model.fields import At, Conversion
from storagetui.model.keys import Kind
from storagetui.model.quantity import Quantity

_ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
AVAILABLE, BOUND, RELEASED, FAILED, PENDING = "Available", "Bound", "Released", "Failed", "Pending"


class Requirement(Part, frozen=True, gc=False):
    """One expression of a selector: key, operator (`In`, `NotIn`, `Exists`, ...), values."""

    key: Annotated[str, At("key")]
    operator: Annotated[str, At("operator")]
    values: Annotated[tuple[str, ...], At("values")]


class SelectorTerm(Part, frozen=True, gc=False):
    """Expressions that must all hold; a node selector needs one of its terms to hold."""

    expressions: Annotated[tuple[Requirement, ...], At("matchExpressions")]


class PersistentVolume(Record, frozen=True, gc=False):
    """A piece of storage in the cluster."""

    kind: ClassVar[Kind] = Kind.PERSISTENT_VOLUME

    phase: Annotated[str, At("status.phase")]
    reason: Annotated[str, At("status.reason")]
    message: Annotated[str, At("status.message", UNIQUE)]
    last_phase_transition_time: Annotated[datetime | None, At("status.lastPhaseTransitionTime")]
    storage_class: Annotated[str, At("spec.storageClassName")]
    volume_mode: Annotated[str, At("spec.volumeMode")]
    access_modes: Annotated[tuple[str, ...], At("spec.accessModes")]
    capacity: Annotated[Quantity | None, At("spec.capacity[storage]")]
    """Bytes."""
    reclaim_policy: Annotated[str, At("spec.persistentVolumeReclaimPolicy")]
    claim_namespace: Annotated[str, At("spec.claimRef.namespace")]
    claim_name: Annotated[str, At("spec.claimRef.name", UNIQUE)]
    claim_uid: Annotated[str, At("spec.claimRef.uid", UNIQUE)]
    """Empty when a volume is reserved for a claim that does not exist yet."""
    node_affinity: Annotated[tuple[SelectorTerm, ...], At("spec.nodeAffinity.required.nodeSelectorTerms")]
    driver: Annotated[str, At("spec.csi.driver")]
    """The CSI driver; empty for other kinds of volume."""
    volume_handle: Annotated[str, At("spec.csi.volumeHandle", UNIQUE)]
    file_system: Annotated[str, At("spec.csi.fsType")]
    attributes_class: Annotated[str, At("spec.volumeAttributesClassName")]
    nfs_server: Annotated[str, At("spec.nfs.server")]
    local_path: Annotated[str, At("spec.local.path")]
    host_path: Annotated[str, At("spec.hostPath.path")]
    provisioned_by: Annotated[str, At("metadata.annotations[pv.kubernetes.io/provisioned-by]")]
    is_migrated: Annotated[bool, At("metadata.annotations[pv.kubernetes.io/migrated-to]", Conversion.PRESENCE)]

    def topology(self, *keys: str) -> tuple[str, ...]:
        """The values that the node affinity asks of any of these labels, each once, in order."""
        return self._asked(keys.__contains__)

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones whose nodes can reach the volume; empty when it is reachable from all or says nothing of zones.

        Kubernetes' own labels count first, then the one of the driver (`topology.ebs.csi.aws.com/zone`), whose value is
        empty for nodes without a zone (kubernetes-sigs/azuredisk-csi-driver#801).
        """
        return self.topology(*_ZONE_LABELS) or self._asked(lambda key: key.endswith("/zone"))

    def _asked(self, is_meant: Callable[[str], bool]) -> tuple[str, ...]:
        values = (
            value
            for term in self.node_affinity
            for requirement in term.expressions
            if requirement.operator == "In" and is_meant(requirement.key)
            for value in requirement.values
            if value
        )
        return tuple(dict.fromkeys(values))
