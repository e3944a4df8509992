"""What a change reaches on nodes: who waits there for a volume, a driver or a place, and what is attached there."""

from collections.abc import Iterable, Iterator

from storagetui.cluster.relations import (
    ATTACHMENTS_OF_NODE,
    ATTACHMENTS_OF_VOLUME,
    CLAIMS_OF_VOLUME,
    FAILED_PODS_OF_CLAIM,
    HELD_UP_PODS_OF_NODE,
    PODS_OF_CLAIM,
    UNREADY_PODS,
    UNSETTLED_ATTACHMENTS,
    VOLUMES_OF_CLAIM,
    WAITING_PODS,
    sidecars_of,
)
from storagetui.cluster.state import Cluster
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.base import Record
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.drivers import CSIDriver, CSINode
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume


def on_nodes_of_pod(pod: Pod, cluster: Cluster) -> Iterator[Key]:
    """Its node and who waits there, the attachments of its volumes, whose place it takes, whose driver it may be."""
    if pod.node_name:
        yield Key(Kind.NODE, "", pod.node_name)
        if pod.claim_keys:
            yield from _held_up(pod.node_name, cluster)
    for claim in pod.claim_keys:
        yield from cluster.keys_of(FAILED_PODS_OF_CLAIM, claim)
        for volume in cluster.keys_of(VOLUMES_OF_CLAIM, claim):
            yield from cluster.keys_of(ATTACHMENTS_OF_VOLUME, volume.name)
    sidecars = sidecars_of(pod)
    if "registrar" in sidecars and pod.node_name:
        yield from _held_up(pod.node_name, cluster)
    if "attacher" in sidecars:
        yield from cluster.keys_of(WAITING_PODS, True)
        yield from cluster.keys_of(UNSETTLED_ATTACHMENTS, True)


def on_nodes_of_claim(claim: PersistentVolumeClaim, cluster: Cluster) -> Iterator[Key]:
    """The nodes on which pods wait for the claim, and with it for the driver of its volume."""
    return _nodes_of_pods(claim.key, cluster)


def on_nodes_of_volume(volume: PersistentVolume, cluster: Cluster) -> Iterator[Key]:
    """The nodes of the volume's pods, and who waits where it is attached."""
    for claim in cluster.keys_of(CLAIMS_OF_VOLUME, volume.name):
        yield from _nodes_of_pods(claim, cluster)
    for attachment in cluster.related(VolumeAttachment, ATTACHMENTS_OF_VOLUME, volume.name):
        yield from _held_up(attachment.node_name, cluster)


def on_nodes_of_attachment(attachment: VolumeAttachment, cluster: Cluster) -> Iterator[Key]:
    """Other attachments of the volume, and who waits for a place on the node."""
    if attachment.volume_name:
        yield from cluster.keys_of(ATTACHMENTS_OF_VOLUME, attachment.volume_name)
    yield from _held_up(attachment.node_name, cluster)


def on_nodes_of_csi_node(csi_node: CSINode, cluster: Cluster) -> Iterable[Key]:
    """The attachments on the node, whose places it counts."""
    return cluster.keys_of(ATTACHMENTS_OF_NODE, csi_node.name)


def when_registered(old: Record | None, new: Record | None, cluster: Cluster) -> Iterator[Key]:
    """Who waits anywhere, when a node gets or loses a driver: where it is missing is told with where it is."""
    if _names(old) != _names(new):
        for key in cluster.keys_of(WAITING_PODS, True):
            yield key
            pod = cluster.get(Pod, key.namespace, key.name)
            if pod is not None and pod.node_name:
                yield Key(Kind.NODE, "", pod.node_name)


def on_nodes_of_driver(_driver: CSIDriver, cluster: Cluster) -> Iterable[Key]:
    """Pods that were turned away, or that cannot write: what the driver allows is told with them."""
    return cluster.keys_of(UNREADY_PODS, True)


def _names(csi_node: Record | None) -> frozenset[str]:
    return frozenset(one.name for one in csi_node.drivers) if isinstance(csi_node, CSINode) else frozenset()


def _nodes_of_pods(claim: Key, cluster: Cluster) -> Iterator[Key]:
    for pod in cluster.related(Pod, PODS_OF_CLAIM, claim):
        if pod.node_name and pod.phase == "Pending":
            yield Key(Kind.NODE, "", pod.node_name)


def _held_up(node_name: str, cluster: Cluster) -> Iterable[Key]:
    """The pods whose findings tell how full the node is."""
    return cluster.keys_of(HELD_UP_PODS_OF_NODE, node_name)
