"""States that are told apart by what a component says of a failed step: a description of each, read by few rules."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.event_text import grpc_code, without_rpc
from storagetui.diagnosis.pod_volumes import Bound, bound_volumes, node
from storagetui.diagnosis.rule import Context, Pattern, State
from storagetui.diagnosis.words import joined
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

MOUNT_REASONS = ("FailedMount", "FailedMapVolume")
"""Reasons of the kubelet's events about a volume that it cannot bring to a pod."""
ATTACH_REASONS = ("FailedAttachVolume",)
"""The same of the attach/detach controller."""


class Step(NamedTuple):
    """A step toward a pod's volume that somebody says has failed."""

    ctx: Context
    pod: Pod
    match: re.Match[str]
    """How the text fits the state."""
    text: str
    """What is said, without the wrapping of transports."""
    volume_name: str
    """As the text names it: a PersistentVolume, or an entry of the pod's volumes; empty when it names none."""
    one: Bound | None
    """The claim and the volume, when the text is about a claim's."""

    def group(self, name: str) -> str:
        """A named part of the text; empty when the text does not have it."""
        return self.match.groupdict().get(name) or ""

    @property
    def driver(self) -> str:
        """The volume's driver; empty when it has none or is not known."""
        return self.one.volume.driver if self.one is not None else ""

    @property
    def grpc(self) -> str:
        """The driver's code, `Internal` for instance."""
        return grpc_code(self.match.string)


def _nothing(_step: Step) -> str:
    return ""


def _no(_step: Step) -> bool:
    return False


def _nobody(_step: Step) -> tuple[Key, ...]:
    return ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A state that a text tells of, and what is to be said then beside the text."""

    state: State
    regexes: tuple[re.Pattern[str], ...]
    title: str
    """With `{node}`, `{volume}`, `{claim}` and `{driver}`, the last of which may come out as `the driver`."""
    next_step: str
    """With the same."""
    common: str = ""
    """The title of what several volumes share, where their own title names one of them."""
    particulars: Callable[[Step], str] = _nothing
    """Facts about the objects that matter here, in sentences."""
    causes: Callable[[Step], tuple[Key, ...]] = _nobody
    is_confirmed: Callable[[Step], bool] = _no
    """Whether the objects confirm what the text says."""
    reasons: tuple[str, ...] = MOUNT_REASONS
    is_catch_all: bool = False
    topic: Topic | None = None
    """On what the driver's name may change the advice."""

    def shared(self, step: Step) -> str:
        """What holds of the cause, whoever waits because of it."""
        if not self.causes(step):
            return ""
        if self.common:
            return joined(f"{self.named(self.common, step)}.", self.hint(step))
        return joined(f"{self.named(self.title, step)}.", self.particulars(step))

    def hint(self, step: Step) -> str:
        """What is to be said of the step's driver in particular."""
        return hint(step.driver, self.topic) if self.topic is not None and step.driver else ""

    def patterns(self) -> tuple[Pattern, ...]:
        """Its patterns, for events about pods."""
        return tuple(
            Pattern(self.state.code, Kind.POD, self.reasons, regex, is_catch_all=self.is_catch_all)
            for regex in self.regexes
        )

    def named(self, form: str, step: Step) -> str:
        """The title or the next step with its names filled in."""
        return form.format(
            node=step.pod.node_name,
            volume=step.volume_name or "a volume",
            claim=step.one.claim.name if step.one is not None else step.volume_name,
            driver=step.driver or "the driver",
        )


def patterns_of(told: Iterable[Told]) -> tuple[Pattern, ...]:
    """The patterns of several."""
    return tuple(pattern for one in told for pattern in one.patterns())


def by_code(told: Iterable[Told]) -> dict[str, Told]:
    """Several by the codes of their states."""
    return {one.state.code: one for one in told}


def step_of(pod: Pod, ctx: Context, match: re.Match[str], text: str, volume_name: str) -> Step:
    """A failed step, with the claim and the volume looked up by the name that the text gives.

    A text that names no volume is about the only one of the pod, if there is only one.
    """
    bound = bound_volumes(pod, ctx)
    entry = {volume.name: volume.claim_name for volume in pod.volumes if volume.claim_name}
    found = [one for one in bound if volume_name in (one.volume.name, *_entries(entry, one))]
    if not volume_name and len(bound) == 1:
        found = bound
    one = found[0] if found else None
    return Step(ctx, pod, match, without_rpc(text), volume_name or (one.volume.name if one else ""), one)


def _entries(entry: dict[str, str], one: Bound) -> tuple[str, ...]:
    return tuple(name for name, claim in entry.items() if claim == one.claim.name)


def of_driver(step: Step) -> tuple[Key, ...]:
    """The driver as the cause, for what ails all its volumes."""
    return (Key(Kind.CSI_DRIVER, "", step.driver),) if step.driver else ()


def of_node(step: Step) -> tuple[Key, ...]:
    """The node as the cause, for what is wrong with the node alone."""
    return (Key(Kind.NODE, "", step.pod.node_name),)


def node_system(step: Step) -> str:
    """What runs on the pod's node: its kernel and its system."""
    found = node(step.pod.node_name, step.ctx)
    if found is None or not found.kernel_version:
        return ""
    system = f" ({found.os_image})" if found.os_image else ""
    return f"Node {found.name} runs kernel {found.kernel_version}{system}."
