"""From the field table to a protobuf decoder: a partial message for each record, and a function that flattens it.

Reading a field out of a message costs as much as parsing a hundred bytes, so that the flattening function, compiled
from the table as that of JSON is, reads each field once and does not descend into what is not there.
"""

import sys
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any

import msgspec

from storagetui.kube import protobuf_values as values
from storagetui.kube.protobuf_schema import Branch, is_shared, key_of, parsing, tree
from storagetui.model.base import Part, Record
from storagetui.model.fields import EMPTY, Conversion, Field, table

_EXPRESSIONS: dict[Conversion, str] = {
    Conversion.TEXT: "intern({0}.{1})",
    Conversion.UNIQUE_TEXT: "{0}.{1}",
    Conversion.FLAG: "{0}.{1}",
    Conversion.OPTIONAL_FLAG: "{0}.{1} if {0}.HasField('{1}') else None",
    Conversion.PRESENCE: "{0}.HasField('{1}')",
    Conversion.COUNT: "{0}.{1} if {0}.HasField('{1}') else None",
    Conversion.COUNT_UNLESS_ZERO: "{0}.{1} or None",
    Conversion.NUMBER_OR_TEXT: "number_or_text({0}.{1}) if {0}.HasField('{1}') else ''",
    Conversion.MOMENT: "moment({0}.{1})",
    Conversion.QUANTITY: "quantity({0}.{1})",
    Conversion.NAMES: "names(tuple(some)) if (some := {0}.{1}) else ()",
    Conversion.PAIRS: "pairs(tuple(some)) if (some := {0}.{1}) else ()",
    Conversion.QUANTITIES: "quantities(tuple(some)) if (some := {0}.{1}) else ()",
    Conversion.ITEM: "{2}({0}.{1}) if {0}.HasField('{1}') else None",
    Conversion.ITEMS: "tuple([{3} for one in some[:]]) if (some := {0}.{1}) else ()",
}
_KEYED: dict[Conversion, str] = {
    Conversion.TEXT: "intern({0}.{1}.get({2!r}, ''))",
    Conversion.UNIQUE_TEXT: "{0}.{1}.get({2!r}, '')",
    Conversion.PRESENCE: "{2!r} in {0}.{1}",
    Conversion.QUANTITY: "quantity({0}.{1}.get({2!r}, b''))",
}
"""The same for the value of one key of a map."""
_SHARED_ITEMS = "{2}(tuple(some)) if (some := {0}.{1}) else ()"
_ALIKE = "alike({})"


class Shape(msgspec.Struct, frozen=True):
    """How one record class is decoded."""

    parse: Callable[[bytes], Any]
    """The partial message of an object; raises DecodeError for bytes that are none, and for text that is not UTF-8."""
    flatten: Callable[[Any], Any]
    """From the message to the record, brief where its class says so; raises ValueError or OverflowError."""


def shape(record: type[msgspec.Struct]) -> Shape:
    """The shape of a record class, made on first use; raises TypeError for a table that cannot be read in protobuf."""
    return _shape(record)


@cache
def _shape(record: type[msgspec.Struct]) -> Shape:
    return Shape(parsing(record), _flattening(record))


def _flattening(record: type[msgspec.Struct]) -> Callable[[Any], Any]:
    return _flattening_once(record)


@cache
def _flattening_once(record: type[msgspec.Struct]) -> Callable[[Any], Any]:
    """The function from a record's message to the record."""
    scope: dict[str, Any] = {
        "record": record,
        "intern": sys.intern,
        "names": values.names,
        "pairs": values.pairs,
        "moment": values.moment,
        "quantity": values.quantity,
        "quantities": values.quantities,
        "number_or_text": values.number_or_text,
        "alike": values.alike,
    }
    fields = table(record)
    lines = ["def flatten(m):"]
    brief = record.brief if issubclass(record, Record) else None
    if brief is not None:
        first = {*brief.kept, *brief.by}
        _read([field for field in fields if field.name in first], lines, scope)
        scope["is_whole"] = brief.is_whole
        lines.append(f"    if not is_whole({', '.join(f'v_{name}' for name in brief.by)}):")
        kept = {one.name: f"v_{one.name}" if one.name in brief.kept else repr(EMPTY[one.conversion]) for one in fields}
        for name, shorten in brief.shortened.items():
            scope[f"short_{name}"], kept[name] = shorten, f"short_{name}(v_{name})"
        lines.append(f"        return record({', '.join(kept.values())})")
        _read([field for field in fields if field.name not in first], lines, scope)
    else:
        _read(fields, lines, scope)
    lines.append(f"    return record({', '.join(f'v_{field.name}' for field in fields)})")
    exec("\n".join(lines), scope)
    flatten: Callable[[Any], Any] = scope["flatten"]
    return flatten


def _read(fields: Iterable[Field], lines: list[str], scope: dict[str, Any]) -> None:
    """Write what assigns each field's value to a name of its own."""
    root = tree(fields)
    for branch in root.branches.values():
        for inner in branch.branches.values():
            lines += [f"    v_{field.name} = {EMPTY[field.conversion]!r}" for field in inner.below()]
    _write(root, "m", "    ", lines, scope)


def _write(branch: Branch, at: str, indent: str, lines: list[str], scope: dict[str, Any]) -> None:
    """Write one assignment for each field of a message, and descend into its messages.

    Those of an object (metadata, spec, status) are nearly always there; of others it is asked first.
    """
    for number, fields in branch.leaves.items():
        name = f"f{number}"
        lines += [f"{indent}v_{field.name} = {_expression(field, at, name, scope)}" for field in fields]
    for number, below in branch.branches.items():
        inner = indent
        if at != "m":
            lines.append(f"{indent}if {at}.HasField('f{number}'):")
            inner = indent + "    "
        lines.append(f"{inner}{at}_{number} = {at}.f{number}")
        _write(below, f"{at}_{number}", inner, lines, scope)


def _expression(field: Field, at: str, name: str, scope: dict[str, Any]) -> str:
    key = key_of(field)
    if key:
        return _KEYED[field.conversion].format(at, name, key)
    item, made = f"item_{field.name}", ""
    if field.item is not None and is_shared(field):
        scope[item] = _remembering(field.item)
    elif field.item is not None:
        made = _inline(field.item, item, scope)
    form = _SHARED_ITEMS if is_shared(field) else _EXPRESSIONS[field.conversion]
    if field.conversion is Conversion.ITEMS and field.item is not None and issubclass(field.item, Part):
        form = _ALIKE.format(form) if field.item.is_alike else form
    return form.format(at, name, item, made)


def _inline(record: type[msgspec.Struct], name: str, scope: dict[str, Any]) -> str:
    """What makes a nested record of a message `one`: a call costs as much as two fields, and is spared where it can be.

    It can where all fields are plain ones of the message itself.
    """
    scope[name] = _flattening(record)
    root = tree(table(record))
    if root.branches or any(field.item is not None for field in table(record)):
        return f"{name}(one)"
    scope[f"{name}_type"] = record
    values_of = (_expression(field, "one", f"f{field.numbers[0]}", scope) for field in table(record))
    return f"{name}_type({', '.join(values_of)})"


def _remembering(item: type[Any]) -> Callable[[tuple[bytes, ...]], tuple[Any, ...]]:
    """From the bytes of some nested records to these, remembered: objects that are alike stand beside each other."""
    how = shape(item)

    @lru_cache(512)
    def items(raw: tuple[bytes, ...]) -> tuple[Any, ...]:
        return tuple([how.flatten(how.parse(one)) for one in raw])

    return items
