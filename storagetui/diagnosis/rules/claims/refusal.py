"""States that are told apart by what a provisioner says when it makes no volume: a description of each."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from storagetui.diagnosis.claim_states import class_of
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.event_text import grpc_code, without_rpc
from storagetui.diagnosis.rule import Context, Pattern, State
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.classes import StorageClass
from storagetui.model.events import Event
from storagetui.model.keys import Key, Kind

INFEASIBLE = "Volume provisioning failed with infeasible error. Retries will be delayed. "
"""Put before what an external-provisioner from 6.0 on will not try again soon."""
_WRAPPING = re.compile(r'failed to provision volume with StorageClass "[^"]*": ')


class Answer(NamedTuple):
    """What a provisioner said last of a claim."""

    ctx: Context
    claim: PersistentVolumeClaim
    event: Event
    match: re.Match[str]
    """How the text fits the state."""

    def group(self, name: str) -> str:
        """A named part of the text; empty when the text does not have it."""
        return self.match.groupdict().get(name) or ""

    @property
    def text(self) -> str:
        """What is said, without the wrapping of transports."""
        return without_rpc(_WRAPPING.sub("", self.match.string.replace(INFEASIBLE, "")))

    @property
    def grpc(self) -> str:
        """The driver's code, `Internal` for instance."""
        return grpc_code(self.match.string)

    @property
    def driver(self) -> str:
        """Who was asked to make the volume."""
        return self.claim.provisioner or self.event.component.partition("_")[0] or "the provisioner"

    @property
    def made_by(self) -> StorageClass | None:
        """The claim's class."""
        return class_of(self.claim, self.ctx)


def _nothing(_answer: Answer) -> str:
    return ""


def _nobody(_answer: Answer) -> tuple[Key, ...]:
    return ()


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A state that a text tells of, and what is to be said then beside the text."""

    state: State
    regexes: tuple[re.Pattern[str], ...]
    title: str
    """With `{driver}`, `{class_name}` and `{asked}`."""
    next_step: str
    """With the same."""
    topics: tuple[Topic, ...] = ()
    """On which the driver's name may change the advice."""
    particulars: Callable[[Answer], str] = _nothing
    """Facts about the objects that matter here, in sentences."""
    causes: Callable[[Answer], tuple[Key, ...]] = _nobody
    shared: Callable[[Answer], str] = _nothing
    """What holds for all claims of the cause, in sentences."""
    is_catch_all: bool = False

    def patterns(self) -> tuple[Pattern, ...]:
        """Its patterns."""
        return tuple(
            Pattern(
                self.state.code,
                Kind.PERSISTENT_VOLUME_CLAIM,
                ("ProvisioningFailed",),
                regex,
                is_catch_all=self.is_catch_all,
            )
            for regex in self.regexes
        )

    def hints(self, driver: str) -> tuple[str, ...]:
        """What the driver's name adds."""
        return tuple(filter(None, (hint(driver, topic) for topic in self.topics)))


def patterns_of(refusals: Iterable[Refusal]) -> tuple[Pattern, ...]:
    """The patterns of several, in their order."""
    return tuple(pattern for one in refusals for pattern in one.patterns())


def of_class(answer: Answer) -> tuple[Key, ...]:
    """The claim's class as the cause, for what is wrong with the class alone."""
    name = answer.claim.class_name
    return (Key(Kind.STORAGE_CLASS, "", name),) if name else ()
