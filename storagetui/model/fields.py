"""The field table: which record field stands where on the wire, and how its value is converted.

A record declares each field once, `phase: Annotated[str, At("status.phase", wire="3.1")]`; the decoders and the
evidence of findings read the table that `table` derives from it.

`path` is the way in JSON, `wire` the same way in protobuf: the numbers that the fields have in `generated.proto` of
k8s.io/api and k8s.io/apimachinery, from the object (of a nested record: from the item) on. A step into a map's key has
no number, and a struct that Go inlines is a step of protobuf's alone: `spec.volumes` of a pod is `2.1`, and from such a
volume on `persistentVolumeClaim.claimName` is `2.10.1`, where the first 2 is `volumeSource`. What a conversion takes
apart by itself (the seconds of a time, the text of a quantity, the entries of a map) has no number either. Custom
resources are never read in protobuf; their fields have no `wire`. A field of a built-in kind that lacks it makes the
whole kind be read as JSON, and a test fail.
"""

from datetime import datetime
from enum import Enum, auto
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from storagetui.model.quantity import Quantity

Pairs = tuple[tuple[str, str], ...]
"""A map of strings, sorted by key."""
Quantities = tuple[tuple[str, Quantity], ...]
"""A map of quantities, sorted by key."""


class Conversion(Enum):
    """How a wire value becomes a record's value; absent and null become the empty value of the type."""

    TEXT = auto()
    """A string out of few: interned."""
    UNIQUE_TEXT = auto()
    """A string that is rarely shared."""
    FLAG = auto()
    """A boolean, absent is False."""
    OPTIONAL_FLAG = auto()
    """A boolean, absent is None."""
    PRESENCE = auto()
    """Whether something stands there at all."""
    COUNT = auto()
    """An integer, absent is None."""
    COUNT_UNLESS_ZERO = auto()
    """An integer that JSON leaves out when it is 0 and protobuf does not: absent and 0 are None."""
    NUMBER_OR_TEXT = auto()
    """IntOrString, kept as text."""
    MOMENT = auto()
    """RFC 3339 to an aware datetime, absent is None."""
    QUANTITY = auto()
    """A quantity, absent is None."""
    NAMES = auto()
    """A list of strings as a shared tuple."""
    PAIRS = auto()
    """A map of strings as a sorted, shared tuple."""
    QUANTITIES = auto()
    """A map of quantities as a sorted tuple."""
    ITEM = auto()
    """One nested record, absent is None."""
    ITEMS = auto()
    """A list of nested records as a tuple."""


EMPTY: dict[Conversion, Any] = {
    **dict.fromkeys(Conversion),
    **dict.fromkeys((Conversion.TEXT, Conversion.UNIQUE_TEXT, Conversion.NUMBER_OR_TEXT), ""),
    **dict.fromkeys((Conversion.FLAG, Conversion.PRESENCE), False),
    **dict.fromkeys((Conversion.NAMES, Conversion.PAIRS, Conversion.QUANTITIES, Conversion.ITEMS), ()),
}
"""What each conversion makes of something absent."""


class At(msgspec.Struct, frozen=True):
    """Where a field stands in the object and what is special about it."""

    path: str
    """Dots between names; a map's key in brackets: `metadata.annotations[volume.kubernetes.io/selected-node]`."""
    conversion: Conversion | None = None
    """Given where the type does not tell it."""
    wire: str = ""
    """The field numbers of protobuf, with dots between; empty for custom resources."""


class Field(msgspec.Struct, frozen=True):
    """One row of the table."""

    name: str
    path: str
    steps: tuple[str, ...]
    """The path, cut at its dots and brackets."""
    conversion: Conversion
    item: type[Any] | None = None
    """The nested record of ITEM and ITEMS."""
    numbers: tuple[int, ...] = ()
    """The path in protobuf; empty for custom resources."""


def table(record: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The rows of a record class, in the order of its fields.

    Raises TypeError for a field without `At` or of a type that no conversion makes.
    """
    return _table(record)


def field_path(record: type[msgspec.Struct], name: str) -> str:
    """The path of a record's field as Kubernetes writes it, `spec.storageClassName`; raises KeyError."""
    return _paths(record)[name]


@cache
def _paths(record: type[msgspec.Struct]) -> dict[str, str]:
    return {field.name: field.path for field in _table(record)}


@cache
def _table(record: type[msgspec.Struct]) -> tuple[Field, ...]:
    hints = get_type_hints(record, include_extras=True)
    return tuple(_field(record, name, hints[name]) for name in record.__struct_fields__)


def _field(record: type[msgspec.Struct], name: str, hint: Any) -> Field:
    place = next((extra for extra in get_args(hint)[1:] if isinstance(extra, At)), None)
    if get_origin(hint) is not Annotated or place is None:
        raise TypeError(f"{record.__name__}.{name} does not say where it stands: Annotate it with At(path)")
    conversion, item = _conversion(get_args(hint)[0])
    steps = tuple(step.rstrip("]") for part in _split(place.path) for step in part)
    numbers = tuple(int(number) for number in place.wire.split(".") if number)
    return Field(name, place.path, steps, place.conversion or conversion, item, numbers)


def _split(path: str) -> list[list[str]]:
    """Cut at dots outside brackets, then at the bracket: `a.b[c.d/e]` gives [[a], [b, c.d/e]]."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(path):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "." and depth == 0:
            parts.append(path[start:position])
            start = position + 1
    return [part.split("[", 1) for part in [*parts, path[start:]]]


_PLAIN: dict[Any, Conversion] = {
    str: Conversion.TEXT,
    bool: Conversion.FLAG,
    int: Conversion.COUNT,
    datetime: Conversion.MOMENT,
    Quantity: Conversion.QUANTITY,
    tuple[str, ...]: Conversion.NAMES,
    Pairs: Conversion.PAIRS,
    Quantities: Conversion.QUANTITIES,
}


def _conversion(kind: Any) -> tuple[Conversion, type[Any] | None]:
    if get_origin(kind) in (Union, UnionType):
        kind = next(arm for arm in get_args(kind) if arm is not NoneType)
        if kind is bool:
            return Conversion.OPTIONAL_FLAG, None
    if kind in _PLAIN:
        return _PLAIN[kind], None
    if get_origin(kind) is tuple and isinstance(inner := get_args(kind)[0], type) and issubclass(inner, msgspec.Struct):
        return Conversion.ITEMS, inner
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return Conversion.ITEM, kind
    raise TypeError(f"no conversion makes a {kind}")
