"""From the field table to partial protobuf messages: those fields of an object that a record needs, and no others.

Fields are named by their numbers, `f10`. upb skips what a message does not name.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import msgspec
from google.protobuf.descriptor_pb2 import DescriptorProto

from storagetui.kube import protobuf_values as values
from storagetui.kube.protobuf_message import (
    BOOL,
    BYTES,
    INT64,
    MESSAGE,
    PACKAGE,
    STRING,
    Type,
    add_field,
    made,
    new_file,
)
from storagetui.model.base import Part
from storagetui.model.fields import Conversion, Field, table

_TYPES: dict[Conversion, Type] = {
    Conversion.TEXT: STRING,
    Conversion.UNIQUE_TEXT: STRING,
    Conversion.FLAG: BOOL,
    Conversion.OPTIONAL_FLAG: BOOL,
    Conversion.PRESENCE: BYTES,
    Conversion.COUNT: INT64,
    Conversion.COUNT_UNLESS_ZERO: INT64,
    Conversion.NUMBER_OR_TEXT: BYTES,
    Conversion.MOMENT: BYTES,
    Conversion.QUANTITY: BYTES,
    Conversion.NAMES: STRING,
    Conversion.PAIRS: BYTES,
    Conversion.QUANTITIES: BYTES,
}
"""Of what is no nested record; int32 and int64 are written alike."""
_REPEATED = (Conversion.NAMES, Conversion.PAIRS, Conversion.QUANTITIES, Conversion.ITEMS)


class Branch:
    """One message on the way to the fields: what hangs below it, by field number."""

    def __init__(self) -> None:
        self.leaves: dict[int, list[Field]] = {}
        self.branches: dict[int, Branch] = {}

    def below(self) -> Iterator[Field]:
        """Every field here and further down."""
        for fields in self.leaves.values():
            yield from fields
        for branch in self.branches.values():
            yield from branch.below()


def speaks(record: type[msgspec.Struct]) -> bool:
    """Whether every field of a record, and of the records in it, has its protobuf numbers."""
    return all(field.numbers and (field.item is None or speaks(field.item)) for field in table(record))


def tree(fields: Iterable[Field]) -> Branch:
    """The messages that lead to some fields of one record."""
    root = Branch()
    for field in fields:
        if not field.numbers:
            raise TypeError(f"{field.path} has no protobuf numbers: give it At(..., wire=...)")
        branch = root
        for number in field.numbers[:-1]:
            branch = branch.branches.setdefault(number, Branch())
        branch.leaves.setdefault(field.numbers[-1], []).append(field)
    return root


def key_of(field: Field) -> str:
    """The map's key at the end of a field's path; empty when there is none."""
    return field.steps[-1] if field.path.endswith("]") else ""


def is_shared(field: Field) -> bool:
    """Whether the nested records of a field are often the same from object to object."""
    item = field.item
    return field.conversion is Conversion.ITEMS and item is not None and issubclass(item, Part) and item.is_shared


def parsing(record: type[msgspec.Struct]) -> Callable[[bytes], Any]:
    """The function from the bytes of an object to its partial message.

    It raises DecodeError for bytes that are no message, and for text that is not UTF-8.
    """
    parse: Callable[[bytes], Any] = _message(record, is_strict=True).FromString
    return parse


def mended(record: type[msgspec.Struct], raw: bytes) -> bytes:
    """The same object with all its text made UTF-8; raises DecodeError when that is not all that ails it.

    The API server does not look at the text of what components send, and long messages of events are cut anywhere.
    """
    strict, lenient = _messages(record)
    message = lenient.FromString(raw)
    _mend(message, strict.DESCRIPTOR)
    whole: bytes = message.SerializeToString()
    return whole


@cache
def _messages(record: type[msgspec.Struct]) -> tuple[Any, Any]:
    return _message(record, is_strict=True), _message(record, is_strict=False)


def _mend(message: Any, strict: Any) -> None:
    """Make every text of a message, all of whose texts are bytes, one that the strict message of its kind takes."""
    for field, value in message.ListFields():
        like, is_repeated = strict.fields_by_number[field.number], field.is_repeated
        if field.type == MESSAGE:
            for one in value if is_repeated else (value,):
                _mend(one, strict.nested_types_by_name[field.message_type.name])
        elif like.type == STRING and is_repeated:
            value[:] = [values.text(one).encode() for one in value]
        elif like.type == STRING:
            setattr(message, field.name, values.text(value).encode())


def _message(record: type[msgspec.Struct], *, is_strict: bool) -> Any:
    """The message class of a record; unless strict, texts are bytes and maps are lists of their entries."""
    file = new_file(record.__name__)
    message = file.message_type.add(name=record.__name__)
    _define(message, f".{PACKAGE}.{record.__name__}", tree(table(record)), is_strict)
    return made(file)


def _define(message: DescriptorProto, name: str, branch: Branch, is_strict: bool) -> None:
    """Give a message its fields, and define the messages of those that are some; `name` is its own, in full."""
    for number, below in branch.branches.items():
        _nest(message, name, number, below, is_strict)
        add_field(message, f"f{number}", number, MESSAGE, type_name=f"{name}.M{number}")
    for number, fields in branch.leaves.items():
        telling = next((field for field in fields if field.conversion is not Conversion.PRESENCE), fields[0])
        is_repeated = telling.conversion in _REPEATED
        if number in branch.branches:
            if telling.conversion is not Conversion.PRESENCE:
                raise TypeError(f"{telling.path} is read as a whole and in parts")
        elif key_of(telling):
            value = BYTES if telling.conversion is Conversion.QUANTITY else STRING
            _add_map(message, name, number, value, is_strict)
        elif telling.item is None:
            add_field(message, f"f{number}", number, _plain(telling, is_strict), is_repeated=is_repeated)
        else:
            _nest(message, name, number, tree(table(telling.item)), is_strict)
            whole, named = (BYTES, "") if is_strict and is_shared(telling) else (MESSAGE, f"{name}.M{number}")
            add_field(message, f"f{number}", number, whole, is_repeated=is_repeated, type_name=named)


def _nest(message: DescriptorProto, name: str, number: int, branch: Branch, is_strict: bool) -> None:
    _define(message.nested_type.add(name=f"M{number}"), f"{name}.M{number}", branch, is_strict)


def _plain(field: Field, is_strict: bool) -> Type:
    type_ = _TYPES[field.conversion]
    return BYTES if type_ == STRING and not is_strict else type_


def _add_map(message: DescriptorProto, name: str, number: int, value: Type, is_strict: bool) -> None:
    """A map from text; its entries are messages {1 key, 2 value}."""
    entry = message.nested_type.add(name=f"F{number}Entry")
    entry.options.map_entry = is_strict
    add_field(entry, "key", 1, STRING if is_strict else BYTES)
    add_field(entry, "value", 2, value if is_strict else BYTES)
    add_field(message, f"f{number}", number, MESSAGE, is_repeated=True, type_name=f"{name}.F{number}Entry")
