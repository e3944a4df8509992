"""A CSI driver, described."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.frame import Frame
from storagetui.model.classes import StorageClass
from storagetui.model.drivers import CSIDriver, CSINode
from storagetui.model.keys import Kind
from storagetui.model.nodes import Node
from storagetui.view.column import Tone
from storagetui.view.describe.metadata import metadata_section
from storagetui.view.describe.node import slots
from storagetui.view.describe.storage_class import registered
from storagetui.view.format import number
from storagetui.view.knowledge import is_known, nothing
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.states import node_cell
from storagetui.view.text import clean


def describe_driver(driver: CSIDriver, frame: Frame, now: datetime) -> Iterator[Section]:
    """What it says of itself, where it runs, and which classes use it."""
    yield section("Driver", _facts(driver, frame))
    yield section("Nodes", _nodes(driver, frame))
    yield metadata_section(driver, frame, now)


def _facts(driver: CSIDriver, frame: Frame) -> list[Line | None]:
    attaches = driver.attach_required is not False
    classes = [one for one in frame.cluster.all(StorageClass).values() if one.provisioner == driver.name]
    lines = [Line("", clean(one.name), Tone.PLAIN, one.key) for one in sorted(classes, key=lambda one: one.name)]
    return [
        fact("Attaches", "volumes are attached to a node before they are mounted" if attaches else "not needed"),
        fact("Capacity", "published: the scheduler heeds it" if driver.storage_capacity else "not published"),
        optional("File group", driver.fs_group_policy),
        optional("Lifecycle", ", ".join(driver.lifecycle_modes)),
        fact("Registered", f"on {registered(driver.name, frame)}"),
        *(listed("Classes", lines) or [fact("Classes", nothing(frame, Kind.STORAGE_CLASS))]),
    ]


def _nodes(driver: CSIDriver, frame: Frame) -> list[Line]:
    lines, missing = [], []
    for name in sorted(node.name for node in frame.cluster.all(Node).values()):
        csi_node = frame.cluster.get(CSINode, "", name)
        held = next((one for one in csi_node.drivers if one.name == driver.name), None) if csi_node else None
        if held is None:
            missing.append(name)
            continue
        limit = f" of {number(held.allocatable)}" if held.allocatable is not None else ""
        cell = node_cell(name, frame)
        lines.append(Line(cell.text, f"{number(slots(name, driver.name, frame))}{limit} volumes attached", cell.tone))
    if missing and is_known(frame, Kind.CSI_NODE):
        lines.append(fact("Not on", ", ".join(missing), Tone.NOTE))
    return lines or [fact("", nothing(frame, Kind.NODE, Kind.CSI_NODE))]
