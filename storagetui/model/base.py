"""What every record has."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeVar

import msgspec

from storagetui.model.fields import EMPTY, At, Conversion, Field, Pairs, table
from storagetui.model.keys import Key, Kind

UNIQUE, UNLESS_ZERO = Conversion.UNIQUE_TEXT, Conversion.COUNT_UNLESS_ZERO


class Part(msgspec.Struct, frozen=True, gc=False):
    """A record inside a record."""

    is_shared: ClassVar[bool] = False
    """Whether many objects have the same ones, byte by byte, so that it pays to look for one that is known already."""
    is_alike: ClassVar[bool] = False
    """Whether they are often the same once the rest of them is left out, so that it pays to keep one of those."""


class OwnerReference(Part, frozen=True, gc=False):
    """Who made an object."""

    is_shared: ClassVar[bool] = True

    kind: Annotated[str, At("kind", wire="1")]
    name: Annotated[str, At("name", wire="3")]
    uid: Annotated[str, At("uid", wire="4")]
    controller: Annotated[bool, At("controller", wire="6")]


class Condition(Part, frozen=True, gc=False):
    """One entry of `status.conditions`."""

    type: Annotated[str, At("type", wire="1")]
    status: Annotated[str, At("status", wire="2")]
    """`True`, `False` or `Unknown`."""
    reason: Annotated[str, At("reason", wire="5")]
    message: Annotated[str, At("message", wire="6")]
    last_transition_time: Annotated[datetime | None, At("lastTransitionTime", wire="4")]


class HealthCondition(Part, frozen=True, gc=False):
    """What is wrong with a volume, as its driver says (Kubernetes 1.37, behind the gate CSIVolumeHealth)."""

    status: Annotated[str, At("status", wire="1")]
    """`Inaccessible`, `DataLoss` or `Degraded`."""
    reason: Annotated[str, At("reason", wire="2")]
    message: Annotated[str, At("message", wire="3")]


class Brief(msgspec.Struct, frozen=True):
    """Which objects of a kind are kept in brief, because the rest of them matters to nobody."""

    by: tuple[str, ...]
    """The fields that decide."""
    is_whole: Callable[..., bool]
    """Given these fields' values: whether everything is kept."""
    kept: frozenset[str]
    """The fields that are kept of the others; the rest is as if it were absent."""
    shortened: Mapping[str, Callable[[Any], Any]]
    """Fields that decide, of which a part is kept, with what makes the part."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """What is kept of an object's metadata; each kind adds its own fields."""

    kind: ClassVar[Kind]
    brief: ClassVar[Brief | None] = None

    namespace: Annotated[str, At("metadata.namespace", wire="1.3")]
    """Empty for kinds that have no namespace."""
    name: Annotated[str, At("metadata.name", UNIQUE, wire="1.1")]
    uid: Annotated[str, At("metadata.uid", UNIQUE, wire="1.5")]
    resource_version: Annotated[str, At("metadata.resourceVersion", UNIQUE, wire="1.6")]
    """Opaque: compared for equality alone."""
    creation_timestamp: Annotated[datetime | None, At("metadata.creationTimestamp", wire="1.8")]
    deletion_timestamp: Annotated[datetime | None, At("metadata.deletionTimestamp", wire="1.9")]
    """When it may be gone: for a pod the moment of the deletion plus the grace period."""
    finalizers: Annotated[tuple[str, ...], At("metadata.finalizers", wire="1.14")]
    owners: Annotated[tuple[OwnerReference, ...], At("metadata.ownerReferences", wire="1.13")]
    labels: Annotated[Pairs, At("metadata.labels", wire="1.11")]

    @property
    def key(self) -> Key:
        """The object's name."""
        return Key(self.kind, self.namespace, self.name)

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages this object, of which there is at most one."""
        for owner in self.owners:
            if owner.controller:
                return owner
        return None


R = TypeVar("R", bound=Record)


def condition(conditions: tuple[Condition, ...], type_: str) -> Condition | None:
    """The condition of a type, if the object has it."""
    for one in conditions:  # asked several times of every object
        if one.type == type_:
            return one
    return None


def value_of(pairs: Pairs, key: str) -> str:
    """The value of a key in sorted pairs, or an empty text."""
    return next((value for name, value in pairs if name == key), "")


def in_brief(record: R) -> R:
    """What is kept of an object: the record itself, or one without what matters to nobody (see Brief)."""
    how = record.brief
    if how is None or how.is_whole(*[getattr(record, name) for name in how.by]):
        return record
    return type(record)(*[_in_brief(record, how, field) for field in table(type(record))])


def _in_brief(record: Record, how: Brief, field: Field) -> Any:
    if field.name in how.kept:
        return getattr(record, field.name)
    shorten = how.shortened.get(field.name)
    return EMPTY[field.conversion] if shorten is None else shorten(getattr(record, field.name))
