"""From the field table to a JSON decoder: a partial wire Struct for each record, and a function that flattens it.

msgspec skips what the wire Struct does not name, so that a pod of ten kilobytes costs what its twenty fields cost. The
flattening function is compiled from the table, as dataclasses compile their `__init__`: it is the innermost loop.
"""

import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from typing import Annotated, Any

import msgspec

from storagetui.model.fields import Conversion, Field, Pairs, Quantities, table
from storagetui.model.quantity import Quantity, parse


class Shape(msgspec.Struct, frozen=True):
    """How one record class is decoded."""

    wire: type[msgspec.Struct]
    """What msgspec decodes an object into; `kind` is kept beside the record's fields."""
    flatten: Callable[[Any], Any]
    """From the wire Struct to the record; raises ValueError for a quantity that is none."""


class _Branch:
    """One JSON object on the way to the fields: what hangs below it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.leaves: dict[str, list[Field]] = {}
        self.branches: dict[str, _Branch] = {}
        self.type: type[msgspec.Struct] = msgspec.Struct


@lru_cache(16384)
def _shared(value: tuple[Any, ...]) -> tuple[Any, ...]:
    return value


def _names(values: tuple[str, ...]) -> tuple[str, ...]:
    return _shared(tuple([sys.intern(value) for value in values]))


def _pairs(values: dict[str, str]) -> Pairs:
    return _shared(tuple(sorted([(sys.intern(key), sys.intern(value or "")) for key, value in values.items()])))


def _quantity(value: str | int | float) -> Quantity:
    return parse(value if isinstance(value, str) else str(value))


def _quantities(values: dict[str, str | int | float | None]) -> Quantities:
    given = [(sys.intern(key), _quantity(value)) for key, value in values.items() if value is not None]
    return tuple(sorted(given, key=lambda one: one[0]))


_WIRE: dict[Conversion, Any] = {
    Conversion.TEXT: str,
    Conversion.UNIQUE_TEXT: str,
    Conversion.FLAG: bool,
    Conversion.OPTIONAL_FLAG: bool,
    Conversion.PRESENCE: Any,
    Conversion.COUNT: int,
    Conversion.COUNT_UNLESS_ZERO: int,
    Conversion.NUMBER_OR_TEXT: int | str,
    Conversion.MOMENT: Annotated[datetime, msgspec.Meta(tz=True)],
    Conversion.QUANTITY: str | int | float,
    Conversion.NAMES: tuple[str, ...],
    Conversion.PAIRS: dict[str, str | None],
    Conversion.QUANTITIES: dict[str, str | int | float | None],
}
_EXPRESSIONS: dict[Conversion, str] = {
    Conversion.TEXT: "intern({0} or '')",
    Conversion.UNIQUE_TEXT: "{0} or ''",
    Conversion.FLAG: "{0} or False",
    Conversion.OPTIONAL_FLAG: "{0}",
    Conversion.PRESENCE: "{0} is not None",
    Conversion.COUNT: "{0}",
    Conversion.COUNT_UNLESS_ZERO: "{0} or None",
    Conversion.NUMBER_OR_TEXT: "'' if {0} is None else str({0})",
    Conversion.MOMENT: "{0}",
    Conversion.QUANTITY: "None if {0} is None else quantity({0})",
    Conversion.NAMES: "names({0}) if {0} else ()",
    Conversion.PAIRS: "pairs({0}) if {0} else ()",
    Conversion.QUANTITIES: "quantities({0}) if {0} else ()",
    Conversion.ITEM: "None if {0} is None else {1}({0})",
    Conversion.ITEMS: "tuple([{1}(one) for one in {0}]) if {0} else ()",
}


def shape(record: type[msgspec.Struct]) -> Shape:
    """The shape of a record class, made on first use."""
    return _shape(record)


@cache
def _shape(record: type[msgspec.Struct]) -> Shape:
    root = _Branch("wire")
    for field in table(record):
        branch = root
        for step in field.steps[:-1]:
            branch = branch.branches.setdefault(step, _Branch(f"{branch.name}_{len(branch.branches)}"))
        branch.leaves.setdefault(field.steps[-1], []).append(field)
    _make_types(root, record.__name__)
    return Shape(root.type, _compile(root, record))


def _make_types(branch: _Branch, title: str) -> None:
    """Define the wire Struct of a branch and of all below it; every field may be absent or null."""
    members: list[tuple[str, Any, Any]] = []
    rename: dict[str, str] = {}
    for number, (step, fields) in enumerate(branch.leaves.items()):
        members.append((f"leaf_{number}", _leaf_type(fields) | None, None))
        rename[f"leaf_{number}"] = step
    for number, (step, below) in enumerate(branch.branches.items()):
        _make_types(below, title)
        members.append((f"branch_{number}", below.type | None, None))
        rename[f"branch_{number}"] = step
    if branch.name == "wire" and "kind" not in branch.leaves:
        members.append(("kind", str | None, None))
    branch.type = msgspec.defstruct(f"{title}_{branch.name}", members, rename=rename, gc=False)


def _leaf_type(fields: list[Field]) -> Any:
    """The wire type of a path; fields that share it must agree, and PRESENCE agrees with any."""
    telling = next((field for field in fields if field.conversion is not Conversion.PRESENCE), fields[0])
    if telling.conversion is Conversion.ITEM:
        return _item(telling).wire
    if telling.conversion is Conversion.ITEMS:
        return list.__class_getitem__(_item(telling).wire)
    return _WIRE[telling.conversion]


def _item(field: Field) -> Shape:
    """The shape of the nested record of an ITEM or ITEMS field."""
    if field.item is None:
        raise TypeError(f"{field.path} names no nested record")
    return shape(field.item)


def _compile(root: _Branch, record: type[msgspec.Struct]) -> Callable[[Any], Any]:
    scope: dict[str, Any] = {
        "record": record,
        "intern": sys.intern,
        "names": _names,
        "pairs": _pairs,
        "quantity": _quantity,
        "quantities": _quantities,
    }
    lines = ["def flatten(wire):"]
    places: dict[str, str] = {}
    _descend(root, lines, scope, places)
    arguments = []
    for field in table(record):
        item = f"item_{field.name}"
        if field.item is not None:
            scope[item] = _item(field).flatten
        arguments.append(_EXPRESSIONS[field.conversion].format(places[field.name], item))
    lines.append(f"    return record({', '.join(arguments)})")
    exec("\n".join(lines), scope)
    made: Callable[[Any], Any] = scope["flatten"]
    return made


def _descend(branch: _Branch, lines: list[str], scope: dict[str, Any], places: dict[str, str]) -> None:
    """Write one assignment for each branch, and note in which expression each field's value stands."""
    for number, fields in enumerate(branch.leaves.values()):
        for field in fields:
            places[field.name] = f"{branch.name}.leaf_{number}"
    for number, below in enumerate(branch.branches.values()):
        scope[f"empty_{below.name}"] = below.type()
        lines.append(f"    {below.name} = {branch.name}.branch_{number} or empty_{below.name}")
        _descend(below, lines, scope, places)
