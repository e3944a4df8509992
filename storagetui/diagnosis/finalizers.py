"""Who puts finalizers on claims, volumes and snapshots, and when they come off: a plain table.

To add one, add a row; a name that ends with `/` stands for all that begin with it.
"""

from collections.abc import Iterable

PVC_PROTECTION, PV_PROTECTION = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"
SNAPSHOT_SOURCE = "snapshot.storage.kubernetes.io/pvc-as-source-protection"
CLONE_SOURCE = "provisioner.storage.kubernetes.io/cloning-protection"
ATTACHER = "external-attacher/"
PROVISIONER = "external-provisioner.volume.kubernetes.io/finalizer"
IN_TREE_PROVISIONER = "kubernetes.io/pv-controller"

_OWNERS = {
    PVC_PROTECTION: "Kubernetes, until no pod with a node names the claim",
    PV_PROTECTION: "Kubernetes, until the volume is not Bound any more",
    SNAPSHOT_SOURCE: "the snapshot controller, until no snapshot of the claim is in the making",
    CLONE_SOURCE: "the driver's provisioner, until no clone of the claim is in the making",
    PROVISIONER: "the driver's provisioner, until the driver has deleted the volume",
    IN_TREE_PROVISIONER: "Kubernetes' volume controller, until the volume is deleted in the storage system",
    ATTACHER: "the driver's attacher, until no VolumeAttachment names the volume",
    "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection": "the snapshot controller, until no claim is "
    "being made from the snapshot",
    "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection": "the snapshot controller, until the content is "
    "gone",
    "snapshot.storage.kubernetes.io/volumesnapshot-in-group-protection": "the snapshot controller, until the group "
    "snapshot is gone",
    "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection": "the driver's csi-snapshotter, until the "
    "snapshot is deleted in the storage system",
    "provisioner.storage.kubernetes.io/volumesnapshot-as-source-protection": "the driver's provisioner, until no claim "
    "is being made from the snapshot",
    "foregroundDeletion": "Kubernetes' garbage collector, until all that depends on the object is gone",
    "orphan": "Kubernetes' garbage collector, until what depends on the object is let go",
    "replication.storage.openshift.io/": "the replication of CSI-Addons, until replication of the claim is off",
    "volumereplicationgroups.ramendr.openshift.io/": "Ramen (disaster recovery), until the claim is not protected any "
    "more",
    "cns.vmware.com/": "vSphere's CNS, until no VM has the volume",
    "velero.io/": "Velero, until its data mover is done",
    "volsync.backube/": "VolSync, until its replication is done",
    "cdi.kubevirt.io/": "KubeVirt's data importer, until its DataVolume is done",
    "trident.netapp.io": "NetApp Trident, until the volume is deleted in the storage system",
    "longhorn.io": "Longhorn",
    "k10.kasten.io/": "Kasten, until its backup is done",
    "arangodb.com/": "ArangoDB's operator",
}


def owner(finalizer: str) -> str:
    """Who set a finalizer, and until when it stays, as far as that is known; empty for one that is not."""
    found = _OWNERS.get(finalizer)
    if found is None:
        found = next(
            (words for name, words in _OWNERS.items() if name.endswith("/") and finalizer.startswith(name)), ""
        )
    return found


def words(finalizers: Iterable[str]) -> str:
    """Sentences on each: `Finalizer x is set by ...`, or that nobody knows it."""
    return " ".join(_sentence(one) for one in finalizers)


def _sentence(finalizer: str) -> str:
    found = owner(finalizer)
    if found:
        return f"Finalizer {finalizer} is held by {found}."
    domain = finalizer.partition("/")[0]
    return f"Who sets finalizer {finalizer} is not known here: look for what calls itself {domain}."
