"""A pod whose volume is attached to its node, and what the kubelet says of it."""

from typing import Any

from storagetui.model.base import Record
from storagetui.model.events import Event
from storagetui.model.pods import Pod
from tests.build import attachment, claim, csi_node, event, node, pod, volume
from tests.diagnosis.world import placed

CHAIN: tuple[Record, ...] = (
    claim("shop/data"),
    volume("pv-data", claim="shop/data"),
    csi_node("node-a", "disk.csi.example"),
    node("node-a"),
    attachment("va", volume="pv-data", node="node-a"),
)


def waiting(ago: float = 70, **over: Any) -> Pod:
    """A pod that was given its node so long ago, and whose containers have not begun."""
    return pod("shop/web", phase="Pending", claims=("data",), status=placed(ago), **over)


def ready(**over: Any) -> Pod:
    """The same pod, Ready: whatever was said of it is history."""
    return pod("shop/web", claims=("data",), **over)


def failure(text: str, reason: str = "FailedMount", *, ago: float = 5, count: int = 4, **over: Any) -> Event:
    """What the kubelet reported about the pod."""
    return event(waiting(), reason, text, count=count, ago=ago, **over)


def mount(why: str, step: str = "SetUp") -> str:
    """A failed step as the kubelet words it."""
    return f'MountVolume.{step} failed for volume "pv-data" : {why}'


def with_volume(made: Record) -> tuple[Record, ...]:
    """The chain with another volume in it."""
    return tuple(made if one.key == made.key else one for one in CHAIN)
