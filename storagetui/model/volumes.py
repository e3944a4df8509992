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

    key: Annotated[str, At("key", wire="1")]
    operator: Annotated[str, At("operator", wire="2")]
    values: Annotated[tuple[str, ...], At("values", wire="3")]


class SelectorTerm(Part, frozen=True, gc=False):
    """Expressions that must all hold; a node selector needs one of its terms to hold."""

    is_shared: ClassVar[bool] = True

    expressions: Annotated[tuple[Requirement, ...], At("matchExpressions", wire="1")]


class SecretReference(Part, frozen=True, gc=False):
    """A Secret that the driver is given, in a namespace of its own."""

    namespace: Annotated[str, At("namespace", wire="2")]
    name: Annotated[str, At("name", wire="1")]


class PersistentVolume(Record, frozen=True, gc=False):
    """A piece of storage in the cluster."""

    kind: ClassVar[Kind] = Kind.PERSISTENT_VOLUME

    phase: Annotated[str, At("status.phase", wire="3.1")]
    reason: Annotated[str, At("status.reason", wire="3.3")]
    message: Annotated[str, At("status.message", UNIQUE, wire="3.2")]
    last_phase_transition_time: Annotated[datetime | None, At("status.lastPhaseTransitionTime", wire="3.4")]
    storage_class: Annotated[str, At("spec.storageClassName", wire="2.6")]
    old_class: Annotated[str, At("metadata.annotations[volume.beta.kubernetes.io/storage-class]", wire="1.12")]
    """The class as it was named before Kubernetes 1.6; it still counts, and before the field."""
    volume_mode: Annotated[str, At("spec.volumeMode", wire="2.8")]
    access_modes: Annotated[tuple[str, ...], At("spec.accessModes", wire="2.3")]
    capacity: Annotated[Quantity | None, At("spec.capacity[storage]", wire="2.1")]
    """Bytes."""
    reclaim_policy: Annotated[str, At("spec.persistentVolumeReclaimPolicy", wire="2.5")]
    claim_namespace: Annotated[str, At("spec.claimRef.namespace", wire="2.4.2")]
    claim_name: Annotated[str, At("spec.claimRef.name", UNIQUE, wire="2.4.3")]
    claim_uid: Annotated[str, At("spec.claimRef.uid", UNIQUE, wire="2.4.4")]
    """Empty when a volume is reserved for a claim that does not exist yet."""
    node_affinity: Annotated[
        tuple[SelectorTerm, ...], At("spec.nodeAffinity.required.nodeSelectorTerms", wire="2.9.1.1")
    ]
    driver: Annotated[str, At("spec.csi.driver", wire="2.2.22.1")]
    """The CSI driver; empty for other kinds of volume."""
    volume_handle: Annotated[str, At("spec.csi.volumeHandle", UNIQUE, wire="2.2.22.2")]
    file_system: Annotated[str, At("spec.csi.fsType", wire="2.2.22.4")]
    attributes_class: Annotated[str, At("spec.volumeAttributesClassName", wire="2.10")]
    mount_options: Annotated[tuple[str, ...], At("spec.mountOptions", wire="2.7")]
    attach_secret: Annotated[SecretReference | None, At("spec.csi.controllerPublishSecretRef", wire="2.2.22.6")]
    stage_secret: Annotated[SecretReference | None, At("spec.csi.nodeStageSecretRef", wire="2.2.22.7")]
    publish_secret: Annotated[SecretReference | None, At("spec.csi.nodePublishSecretRef", wire="2.2.22.8")]
    nfs_server: Annotated[str, At("spec.nfs.server", wire="2.2.5.1")]
    nfs_path: Annotated[str, At("spec.nfs.path", wire="2.2.5.2")]
    iscsi_portal: Annotated[str, At("spec.iscsi.targetPortal", wire="2.2.7.1")]
    iscsi_target: Annotated[str, At("spec.iscsi.iqn", wire="2.2.7.2")]
    local_path: Annotated[str, At("spec.local.path", wire="2.2.20.1")]
    host_path: Annotated[str, At("spec.hostPath.path", wire="2.2.3.1")]
    is_growing: Annotated[
        bool,
        At("metadata.annotations[volume.alpha.kubernetes.io/pre-resize-capacity]", Conversion.PRESENCE, wire="1.12"),
    ]
    """Whether the driver has grown it and a node has not yet."""
    provisioned_by: Annotated[str, At("metadata.annotations[pv.kubernetes.io/provisioned-by]", wire="1.12")]
    is_migrated: Annotated[
        bool, At("metadata.annotations[pv.kubernetes.io/migrated-to]", Conversion.PRESENCE, wire="1.12")
    ]

    @property
    def class_name(self) -> str:
        """The volume's class, in either of the two places (k8s.io/component-helpers/storage/volume/helpers.go)."""
        return self.old_class or self.storage_class

    @property
    def is_stock(self) -> bool:
        """Whether the volume was made before anybody asked for it: by hand, or by the discovery of local disks.

        kubernetes-sigs/sig-storage-local-static-provisioner names itself in the annotation, as provisioners do.
        """
        return not self.provisioned_by or self.provisioned_by.startswith("local-volume-provisioner-")

    @property
    def secrets(self) -> tuple[SecretReference, ...]:
        """The Secrets that attaching and mounting need, each once."""
        found = (self.attach_secret, self.stage_secret, self.publish_secret)
        return tuple(dict.fromkeys(one for one in found if one is not None))

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
