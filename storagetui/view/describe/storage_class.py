"""A StorageClass, described."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.relations import CLAIMS_OF_CLASS, VOLUMES_OF_CLASS
from storagetui.frame import Frame
from storagetui.model.classes import WAIT_FOR_FIRST_CONSUMER, StorageClass
from storagetui.model.drivers import CSIDriver, CSINode
from storagetui.model.keys import Key, Kind
from storagetui.model.nodes import Node
from storagetui.view.column import UNKNOWN, Tone
from storagetui.view.describe.metadata import metadata_section
from storagetui.view.format import counted, number, reclaim_words
from storagetui.view.knowledge import is_known
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.text import clean

BY_HAND = "kubernetes.io/no-provisioner"
"""Provisioner of classes whose volumes people make."""


def describe_class(storage_class: StorageClass, frame: Frame, now: datetime) -> Iterator[Section]:
    """How volumes of the class are made, and by whom."""
    yield section("StorageClass", _facts(storage_class, frame))
    if storage_class.parameters:
        yield section("Parameters", (fact(clean(key), value) for key, value in storage_class.parameters))
    yield metadata_section(storage_class, frame, now)


def registered(driver: str, frame: Frame) -> str:
    """On how many nodes a driver is registered, of how many: `3 of 3 nodes`; `?` where that is not known."""
    if not is_known(frame, Kind.CSI_NODE):
        return UNKNOWN
    count = sum(any(one.name == driver for one in node.drivers) for node in frame.cluster.all(CSINode).values())
    if not is_known(frame, Kind.NODE):
        return counted(count, "nodes")
    return f"{number(count)} of {counted(len(frame.cluster.all(Node)), 'nodes')}"


def _facts(storage_class: StorageClass, frame: Frame) -> list[Line | None]:
    delays = storage_class.volume_binding_mode == WAIT_FOR_FIRST_CONSUMER
    topologies = [
        " and ".join(f"{one.key} in {', '.join(one.values)}" for one in term.expressions)
        for term in storage_class.allowed_topologies
    ]
    return [
        _driver(storage_class, frame),
        None
        if storage_class.provisioner == BY_HAND
        else fact("Registered", f"on {registered(storage_class.provisioner, frame)}"),
        fact(
            "Binding",
            f"{storage_class.volume_binding_mode or 'Immediate'}: "
            + ("a volume is made once a pod needs it, where the pod runs" if delays else "a volume is made at once"),
        ),
        fact("Growing", "allowed" if storage_class.allow_volume_expansion else "not allowed"),
        fact("Reclaim", reclaim_words(storage_class.reclaim_policy or "Delete")),
        optional("Default", "claims that name no class get this one" if storage_class.is_default else ""),
        *listed("Topologies", (Line("", clean(text)) for text in topologies)),
        optional("Mount options", ", ".join(storage_class.mount_options)),
        fact("Used by", _used(storage_class, frame)),
    ]


def _driver(storage_class: StorageClass, frame: Frame) -> Line:
    name = storage_class.provisioner
    if name == BY_HAND:
        return Line("Driver", "none: volumes of this class are made by hand")
    key = Key(Kind.CSI_DRIVER, "", name)
    if frame.cluster.get(CSIDriver, "", name) is not None:
        return fact("Driver", name, key=key)
    if is_known(frame, Kind.CSI_DRIVER):
        return fact("Driver", f"{name} (no CSIDriver of that name)", Tone.NOTE)
    return fact("Driver", f"{name} {UNKNOWN}")


def _used(storage_class: StorageClass, frame: Frame) -> str:
    claims = len(frame.cluster.keys_of(CLAIMS_OF_CLASS, storage_class.name))
    volumes = len(frame.cluster.keys_of(VOLUMES_OF_CLASS, storage_class.name))
    shown = []
    for count, noun, kind in (
        (claims, "claims", Kind.PERSISTENT_VOLUME_CLAIM),
        (volumes, "volumes", Kind.PERSISTENT_VOLUME),
    ):
        shown.append(counted(count, noun) if is_known(frame, kind) else f"{UNKNOWN} {noun}")
    return ", ".join(shown)
