"""The volumes of a pod, one by one, with what is known of each."""

from collections.abc import Iterator
from typing import NamedTuple

from storagetui.cluster.chains import attachments_of
from storagetui.diagnosis.rule import Context
from storagetui.diagnosis.words import since
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.claims import SHARED_MODES, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node
from storagetui.model.pods import Pod
from storagetui.model.volumes import PersistentVolume


class Bound(NamedTuple):
    """A volume that a pod uses through a claim."""

    claim: PersistentVolumeClaim
    volume: PersistentVolume


def bound_volumes(pod: Pod, ctx: Context) -> list[Bound]:
    """The pod's claims that are bound, with their volumes, as far as both can be read."""
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM) or ctx.unknown(Kind.PERSISTENT_VOLUME):
        return []
    claims = (ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name) for key in pod.claim_keys)
    found = []
    for claim in claims:
        volume = ctx.cluster.get(PersistentVolume, "", claim.volume_name) if claim and claim.volume_name else None
        if claim is not None and volume is not None:
            found.append(Bound(claim, volume))
    return found


def drivers_of(pod: Pod, ctx: Context) -> list[str]:
    """The CSI drivers that a pod's volumes need on its node, inline ones included, each once."""
    named = [one.volume.driver for one in bound_volumes(pod, ctx)] + [one.inline_driver for one in pod.volumes]
    return list(dict.fromkeys(filter(None, named)))


def is_for_one_node(one: Bound) -> bool:
    """Whether only one node at a time may have the volume: any mode that many nodes may share lifts that."""
    return not any(mode in SHARED_MODES for mode in (*one.claim.access_modes, *one.volume.access_modes))


def attachments(one: Bound, ctx: Context) -> list[VolumeAttachment]:
    """The attachments of a volume; none when attachments cannot be read, for which `unknown` is to be asked."""
    return [] if ctx.unknown(Kind.VOLUME_ATTACHMENT) else attachments_of(ctx.cluster, one.volume.name)


def attachment_here(pod: Pod, one: Bound, ctx: Context) -> VolumeAttachment | None:
    """The attachment of a volume to the pod's node."""
    return next((found for found in attachments(one, ctx) if found.node_name == pod.node_name), None)


def unbound_claims(pod: Pod, ctx: Context) -> Iterator[PersistentVolumeClaim]:
    """The pod's claims that exist and are not Bound."""
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return
    for key in pod.claim_keys:
        claim = ctx.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
        if claim is not None and claim.phase != "Bound":
            yield claim


def missing_claims(pod: Pod, ctx: Context) -> list[Key]:
    """The claims that the pod names and that do not exist; claims of ephemeral volumes, which are made, left out."""
    if ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM):
        return []
    named = (Key(Kind.PERSISTENT_VOLUME_CLAIM, pod.namespace, one.claim_name) for one in pod.volumes if one.claim_name)
    return [key for key in named if ctx.cluster.find(key) is None]


def node(name: str, ctx: Context) -> Node | None:
    """The node of that name, if nodes can be read and it exists."""
    return None if ctx.unknown(Kind.NODE) else ctx.cluster.get(Node, "", name)


def node_words(name: str, ctx: Context) -> str:
    """A sentence on whether a node answers."""
    if blind := ctx.unknown(Kind.NODE):
        return f"Cannot tell whether {name} answers, because {blind}."
    found = ctx.cluster.get(Node, "", name)
    return dead_words(name, found) or f"Node {name} is Ready."


def dead_words(name: str, found: Node | None) -> str:
    """A sentence on what is wrong with a node, None for one that is gone; empty for a Ready one."""
    if found is None:
        return f"Node {name} no longer exists."
    if found.is_ready:
        return ""
    ready = found.ready
    if ready is None:
        return f"Node {name} has never reported."
    state = f"Ready={ready.status}{since(ready.last_transition_time)}"
    return (
        f"Node {name} does not answer ({state})."
        if ready.status == "Unknown"
        else f"Node {name} is not Ready ({state})."
    )
