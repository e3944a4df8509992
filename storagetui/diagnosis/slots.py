"""How many volumes of a driver a node may have attached, and which take the places."""

from typing import NamedTuple

from storagetui.cluster.chains import pods_of
from storagetui.cluster.relations import ATTACHMENTS_OF_NODE
from storagetui.diagnosis.pod_states import is_over
from storagetui.diagnosis.rule import Context
from storagetui.diagnosis.words import cannot_tell, joined, listed
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.drivers import CSIDriver, CSINode
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume


class Slots(NamedTuple):
    """The places of one driver on one node."""

    limit: int | None
    """As the node's CSINode has it; None for none stated."""
    taken: tuple[VolumeAttachment, ...]
    """The attachments of the driver to the node, by name."""


def slots(node_name: str, driver: str, ctx: Context) -> Slots:
    """The places as the cluster knows them, for callers that have asked whether both kinds can be read."""
    csi_node = ctx.cluster.get(CSINode, "", node_name)
    registered = csi_node.drivers if csi_node is not None else ()
    limit = next((one.allocatable for one in registered if one.name == driver), None)
    found = ctx.cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, node_name)
    taken = sorted((one for one in found if one.attacher == driver), key=lambda one: one.name)
    return Slots(limit, tuple(taken))


def users_of(volume_name: str, ctx: Context) -> list[Pod]:
    """The pods that use a volume through its claim and have not run to their end."""
    volume = ctx.cluster.get(PersistentVolume, "", volume_name) if volume_name else None
    if volume is None or not volume.claim_name:
        return []
    claim = Key(Kind.PERSISTENT_VOLUME_CLAIM, volume.claim_namespace, volume.claim_name)
    return [pod for pod in pods_of(ctx.cluster, claim) if not is_over(pod)]


def users_there(attachment: VolumeAttachment, ctx: Context) -> list[Pod]:
    """Those of them on an attachment's node."""
    return [pod for pod in users_of(attachment.volume_name, ctx) if pod.node_name == attachment.node_name]


def slot_words(node_name: str, driver: str, ctx: Context) -> str:
    """How full the node is by what the cluster knows: used, limit, and what takes a place for nobody."""
    blind = tuple(filter(None, map(ctx.unknown, (Kind.CSI_NODE, Kind.VOLUME_ATTACHMENT))))
    if blind:
        return cannot_tell(f"how many volumes of {driver} node {node_name} has", *blind)
    limit, taken = slots(node_name, driver, ctx)
    known = f"a limit of {limit}" if limit is not None else "no stated limit"
    some = f"{len(taken)} attachment{'' if len(taken) == 1 else 's'}"
    return joined(
        f"Node {node_name} has {some} of {driver} and {known}.",
        _idle(taken, ctx),
        _unaccounted(limit, taken),
        _renewal(driver, ctx),
    )


def _idle(taken: tuple[VolumeAttachment, ...], ctx: Context) -> str:
    if ctx.unknown(Kind.PERSISTENT_VOLUME) or ctx.unknown_elsewhere(Kind.POD):
        return ""
    idle = [one.volume_name or one.name for one in taken if not users_there(one, ctx)]
    return f"No pod there uses {listed(idle)}." if idle else ""


def _unaccounted(limit: int | None, taken: tuple[VolumeAttachment, ...]) -> str:
    if limit is None or len(taken) > limit:
        return ""
    return "Disks that are no attachments, the node's own among them, and network interfaces take places too."


def _renewal(driver: str, ctx: Context) -> str:
    declared = None if ctx.unknown(Kind.CSI_DRIVER) else ctx.cluster.get(CSIDriver, "", driver)
    if declared is None:
        return ""
    if declared.limit_update_seconds:
        return f"The limit is asked for anew every {declared.limit_update_seconds} s."
    return "The limit was asked for when the driver registered, and not since."
