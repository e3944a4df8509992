"""What every record has."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

from storagetui.model.fields import At, Conversion, Pairs
from storagetui.model.keys import Key, Kind

UNIQUE = Conversion.UNIQUE_TEXT


class Part(msgspec.Struct, frozen=True, gc=False):
    """A record inside a record."""


class OwnerReference(Part, frozen=True, gc=False):
    """Who made an object."""

    kind: Annotated[str, At("kind")]
    name: Annotated[str, At("name")]
    uid: Annotated[str, At("uid")]
    controller: Annotated[bool, At("controller")]


class Condition(Part, frozen=True, gc=False):
    """One entry of `status.conditions`."""

    type: Annotated[str, At("type")]
    status: Annotated[str, At("status")]
    """`True`, `False` or `Unknown`."""
    reason: Annotated[str, At("reason")]
    message: Annotated[str, At("message")]
    last_transition_time: Annotated[datetime | None, At("lastTransitionTime")]


class Record(msgspec.Struct, frozen=True, gc=False):
    """What is kept of an object's metadata; each kind adds its own fields."""

    kind: ClassVar[Kind]

    namespace: Annotated[str, At("metadata.namespace")]
    """Empty for kinds that have no namespace."""
    name: Annotated[str, At("metadata.name", UNIQUE)]
    uid: Annotated[str, At("metadata.uid", UNIQUE)]
    resource_version: Annotated[str, At("metadata.resourceVersion", UNIQUE)]
    """Opaque: compared for equality alone."""
    creation_timestamp: Annotated[datetime | None, At("metadata.creationTimestamp")]
    deletion_timestamp: Annotated[datetime | None, At("metadata.deletionTimestamp")]
    """When it may be gone: for a pod the moment of the deletion plus the grace period."""
    finalizers: Annotated[tuple[str, ...], At("metadata.finalizers")]
    owners: Annotated[tuple[OwnerReference, ...], At("metadata.ownerReferences")]
    labels: Annotated[Pairs, At("metadata.labels")]

    @property
    def key(self) -> Key:
        """The object's name."""
        return Key(self.kind, self.namespace, self.name)

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages this object, of which there is at most one."""
        return next((owner for owner in self.owners if owner.controller), None)


def condition(conditions: tuple[Condition, ...], type_: str) -> Condition | None:
    """The condition of a type, if the object has it."""
    return next((one for one in conditions if one.type == type_), None)


def value_of(pairs: Pairs, key: str) -> str:
    """The value of a key in sorted pairs, or an empty text."""
    return next((value for name, value in pairs if name == key), "")
