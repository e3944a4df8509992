"""Namespace and what limits storage in one: ResourceQuota and LimitRange."""

from typing import Annotated, ClassVar

from storagetui.model.base import Condition, Part, Record
from storagetui.model.fields import At, Quantities
from storagetui.model.keys import Kind
from storagetui.model.quantity import Quantity


class Namespace(Record, frozen=True, gc=False):
    """A namespace."""

    kind: ClassVar[Kind] = Kind.NAMESPACE

    phase: Annotated[str, At("status.phase", wire="3.1")]
    conditions: Annotated[tuple[Condition, ...], At("status.conditions", wire="3.2")]
    """What keeps a namespace that is to go."""


class ResourceQuota(Record, frozen=True, gc=False):
    """How much a namespace may use in all."""

    kind: ClassVar[Kind] = Kind.RESOURCE_QUOTA

    hard: Annotated[Quantities, At("status.hard", wire="3.1")]
    used: Annotated[Quantities, At("status.used", wire="3.2")]


class Limit(Part, frozen=True, gc=False):
    """One entry of a LimitRange."""

    type: Annotated[str, At("type", wire="1")]
    minimum_storage: Annotated[Quantity | None, At("min[storage]", wire="3")]
    """Bytes."""
    maximum_storage: Annotated[Quantity | None, At("max[storage]", wire="2")]
    """Bytes."""


class LimitRange(Record, frozen=True, gc=False):
    """How much one object of a namespace may ask for."""

    kind: ClassVar[Kind] = Kind.LIMIT_RANGE

    limits: Annotated[tuple[Limit, ...], At("spec.limits", wire="2.1")]
