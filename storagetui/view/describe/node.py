"""A node, described as far as storage goes."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.relations import ATTACHMENTS_OF_NODE, PODS_OF_NODE
from storagetui.frame import Frame
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.drivers import CSINode, NodeDriver
from storagetui.model.keys import Kind
from storagetui.model.nodes import LEASE_NAMESPACE, Lease, Node
from storagetui.model.pods import Pod
from storagetui.view.column import UNKNOWN, Tone
from storagetui.view.describe.metadata import conditions_section, metadata_section
from storagetui.view.format import ago_exact, counted, number
from storagetui.view.knowledge import is_known, nothing
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.states import attachment_state, node_state, pod_state
from storagetui.view.text import clean


def describe_node(node: Node, frame: Frame, now: datetime) -> Iterator[Section]:
    """Whether it reports, which drivers it has, what is attached to it and who runs on it."""
    yield section("Node", _facts(node, frame, now))
    yield section("Drivers", _drivers(node, frame))
    yield section("Attachments", _attachments(node, frame))
    yield section("Pods with volumes", _pods(node, frame))
    if node.conditions:
        yield conditions_section(node.conditions, now)
    yield metadata_section(node, frame, now)


def slots(node_name: str, driver: str, frame: Frame) -> int:
    """How many volumes of a driver are attached to a node, or on their way to it."""
    found = frame.cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, node_name)
    return sum(attachment.attacher == driver for attachment in found)


def _facts(node: Node, frame: Frame, now: datetime) -> list[Line | None]:
    ready, lease = node.ready, frame.cluster.get(Lease, LEASE_NAMESPACE, node.name)
    since = ready.last_transition_time if ready is not None else None
    return [
        fact("State", node_state(node.name, frame)),
        optional("Since", ago_exact(since, now) if since is not None else ""),
        optional("Why", ready.message if ready is not None and ready.status != "True" else "", Tone.WARN),
        optional("Last sign", ago_exact(lease.renew_time, now) if lease is not None else ""),
        optional("Zone", node.zone),
        optional("Cordoned", "no new pods" if node.is_unschedulable else "", Tone.NOTE),
        *listed("Taints", (Line("", clean(f"{one.key}={one.value}:{one.effect}")) for one in node.taints)),
    ]


def _drivers(node: Node, frame: Frame) -> list[Line]:
    found = frame.cluster.get(CSINode, "", node.name)
    if found is None or not found.drivers:
        words = "none registered" if is_known(frame, Kind.CSI_NODE) else UNKNOWN
        return [fact("Registered", words, Tone.NOTE)]
    return [_driver(node, one, frame) for one in sorted(found.drivers, key=lambda one: one.name)]


def _driver(node: Node, driver: NodeDriver, frame: Frame) -> Line:
    used = slots(node.name, driver.name, frame)
    if driver.allocatable is None:
        return Line(clean(driver.name), f"{counted(used, 'volumes')}, no stated limit")
    is_full = used >= driver.allocatable
    text = f"{number(used)} of {counted(driver.allocatable, 'volumes')}" + (", full" if is_full else "")
    return Line(clean(driver.name), text, Tone.WARN if is_full else Tone.PLAIN)


def _attachments(node: Node, frame: Frame) -> list[Line]:
    found = sorted(
        frame.cluster.related(VolumeAttachment, ATTACHMENTS_OF_NODE, node.name), key=lambda one: one.volume_name
    )
    lines = []
    for one in found:
        state = attachment_state(one, frame)
        lines.append(Line("", f"{clean(one.volume_name)} {state.text}", state.tone, one.key))
    return lines or [fact("", nothing(frame, Kind.VOLUME_ATTACHMENT))]


def _pods(node: Node, frame: Frame) -> list[Line]:
    found = [pod for pod in frame.cluster.related(Pod, PODS_OF_NODE, node.name) if pod.claim_keys]
    lines = []
    for pod in sorted(found, key=lambda one: one.key):
        state = pod_state(pod, frame)
        lines.append(Line("", f"{clean(pod.namespace)}/{clean(pod.name)} {state.text}", state.tone, pod.key))
    return lines or [fact("", nothing(frame, Kind.POD))]
