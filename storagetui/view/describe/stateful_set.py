"""A StatefulSet, described; its ordinals are the matrix's."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.rollout import PARALLEL, ordinals_text
from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import ClaimTemplate, StatefulSet, TemplateVolume
from storagetui.view.column import NONE, Tone
from storagetui.view.describe.metadata import labels_line, metadata_section
from storagetui.view.format import access_modes, counted, number, size
from storagetui.view.matrix import dns_name, matrix
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.sets import retention_words
from storagetui.view.sets_table import left_behind, ready, service_state
from storagetui.view.text import clean


def describe_set(owner: StatefulSet, frame: Frame, now: datetime) -> Iterator[Section]:
    """How many it wants and has, how it rolls out, and what its claims are made from."""
    yield section("StatefulSet", _facts(owner, frame))
    yield section("Claim templates", _templates(owner, frame))
    yield metadata_section(owner, frame, now)


def _facts(owner: StatefulSet, frame: Frame) -> list[Line | None]:
    made = matrix(frame, owner.key)
    stands = made.frontier if made is not None else None
    service = Key(Kind.SERVICE, owner.namespace, owner.service_name)
    ordinals = owner.ordinals
    first = dns_name(owner, ordinals.start).text
    which = f"#{ordinals.start}–#{ordinals[-1]}" if len(ordinals) > 1 else f"#{ordinals.start}" if ordinals else NONE
    return [
        fact("Ready", ready(owner)),
        fact("Ordinals", which),
        _policy(owner),
        Line("Held up", f"#{stands.ordinal} blocks {ordinals_text(stands.waiting)}", Tone.WARN) if stands else None,
        *_update(owner),
        fact("Service", service_state(owner, frame), key=service if frame.cluster.find(service) is not None else None),
        fact("DNS name", first),
        labels_line("Selector", owner.selector),
    ]


def _policy(owner: StatefulSet) -> Line:
    if owner.pod_management_policy == PARALLEL:
        return Line("Order", "Parallel: all pods at once")
    return Line("Order", "OrderedReady: one after the other, each must be ready before the next")


def _update(owner: StatefulSet) -> Iterator[Line]:
    strategy = owner.update_strategy or "RollingUpdate"
    held = f", only from #{number(owner.partition)} on" if owner.partition else ""
    by_hand = ": pods are replaced when they are deleted" if strategy == "OnDelete" else ""
    yield Line("Updates", clean(f"{strategy}{held}{by_hand}"))
    if owner.generation is not None and owner.observed_generation not in (None, owner.generation):
        yield Line("", "the controller has not seen the latest change yet", Tone.NOTE)
    if owner.update_revision and owner.current_revision != owner.update_revision:
        done = f"{number(owner.updated_replicas or 0)} of {counted(owner.wanted, 'pods')} on {owner.update_revision}"
        yield Line("", clean(f"rolling out: {done}"), Tone.NOTE)


def _templates(owner: StatefulSet, frame: Frame) -> list[Line | None]:
    left = left_behind(owner, frame)
    return [
        *[_template(one, frame) for one in owner.claim_templates],
        *listed("Also mounts", (Line("", clean(f"claim {one.claim_name}")) for one in _shared(owner))),
        optional("When it goes", retention_words(owner) if owner.claim_templates else ""),
        Line("Left behind", f"{counted(left, 'claims')} of ordinals that it no longer has", Tone.NOTE)
        if left
        else None,
    ]


def _template(one: ClaimTemplate, frame: Frame) -> Line:
    key = Key(Kind.STORAGE_CLASS, "", one.storage_class)
    name = clean(one.storage_class) or "the default"
    text = f"{size(one.requested)}, class {name}, {clean(access_modes(one.access_modes))}"
    return Line(clean(one.name), text, Tone.PLAIN, key if frame.cluster.find(key) is not None else None)


def _shared(owner: StatefulSet) -> list[TemplateVolume]:
    return [one for one in owner.template_volumes if one.claim_name]
