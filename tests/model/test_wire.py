"""The protobuf numbers of the field table: all built-in kinds have them, and those of the API's `generated.proto`."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from storagetui.model.base import Record
from storagetui.model.fields import Conversion, Field, table
from storagetui.model.kinds import KINDS, KindInfo
from storagetui.model.pods import Pod
from tests.model.proto_text import MODULES, MOMENTS, NUMBER_OR_TEXT, QUANTITY, Place, member, place

CUSTOM = {"snapshot.storage.k8s.io", "velero.io"}
"""Groups of custom resources, which the API server knows as JSON alone."""
BUILT_IN = [pytest.param(info, id=str(kind)) for kind, info in KINDS.items() if info.group not in CUSTOM]
INTEGERS = {"int32", "int64"}
SCALARS = {
    Conversion.TEXT: {"string"},
    Conversion.UNIQUE_TEXT: {"string"},
    Conversion.FLAG: {"bool"},
    Conversion.OPTIONAL_FLAG: {"bool"},
    Conversion.COUNT: INTEGERS,
    Conversion.COUNT_UNLESS_ZERO: INTEGERS,
    Conversion.NUMBER_OR_TEXT: {NUMBER_OR_TEXT},
    Conversion.MOMENT: MOMENTS,
    Conversion.QUANTITY: {QUANTITY},
}
LISTS = {Conversion.NAMES: ("repeated", {"string"}), Conversion.PAIRS: ("map", {"string"})}
LISTS |= {Conversion.QUANTITIES: ("map", {QUANTITY})}
TELLING_ABSENCE = (
    Conversion.PRESENCE,
    Conversion.OPTIONAL_FLAG,
    Conversion.COUNT,
    Conversion.QUANTITY,
    Conversion.ITEM,
)
"""Conversions for which JSON and protobuf must agree on when a field is absent."""


def rows(record: type[msgspec.Struct], seen: set[type[Any]] | None = None) -> Iterator[tuple[str, Field]]:
    """Every field of a record and of the records in it, with the class it belongs to."""
    seen = set() if seen is None else seen
    if record in seen:
        return
    seen.add(record)
    for field in table(record):
        yield record.__name__, field
        if field.item is not None:
            yield from rows(field.item, seen)


@pytest.mark.parametrize("info", BUILT_IN)
def test_every_field_of_a_built_in_kind_has_its_numbers(info: KindInfo) -> None:
    missing = [f"{owner}.{field.name}" for owner, field in rows(info.record) if not field.numbers]
    assert not missing, "find them in generated.proto and give them as At(..., wire=...)"


def test_fields_of_custom_resources_have_none_but_for_the_metadata() -> None:
    for info in KINDS.values():
        if info.group in CUSTOM:
            own = [field for field in table(info.record) if field.name not in Record.__struct_fields__]
            assert not [field.name for field in own if field.numbers]


def test_numbers_are_read_from_left_to_right() -> None:
    (volumes,) = [field for field in table(Pod) if field.name == "volumes"]
    assert volumes.numbers == (2, 1)


def root(info: KindInfo) -> str:
    """The message behind a kind: the packages are named after the first word of the group."""
    return f".k8s.io.api.{info.group.split('.')[0] or 'core'}.{info.version}.{info.kind}"


def complaints(record: type[msgspec.Struct], message: str) -> Iterator[str]:
    """What the table says otherwise than `generated.proto` does, of a record and of the records in it."""
    for field in table(record):
        name = f"{record.__name__}.{field.name} in {message}"
        try:
            there = place(message, field.steps)
        except LookupError as error:
            yield f"{name}: there is no {field.path} ({error!r})"
            continue
        if there.numbers != field.numbers:
            yield f'{name}: wire="{".".join(map(str, there.numbers))}", not {field.numbers}'
        if not is_made_of(field, there):
            yield f"{name}: {field.conversion.name} is not made of {there.field.label} {there.field.type}"
        if is_ambiguous(field, there):
            yield f"{name}: JSON leaves it out when it is empty, protobuf does not; see COUNT_UNLESS_ZERO"
        if field.item is not None:
            yield from complaints(field.item, there.field.type)


def is_ambiguous(field: Field, there: Place) -> bool:
    """Whether JSON and protobuf disagree on when a field is absent, and the record tells."""
    telling = field.conversion in TELLING_ABSENCE and not there.is_key
    return telling and not member(there.owner, there.field.name).tells_zero_from_absent


def is_made_of(field: Field, there: Place) -> bool:
    """Whether a conversion fits what stands in protobuf."""
    label = "map" if there.is_key else "optional"
    if field.conversion is Conversion.PRESENCE:
        return there.field.label == label
    if field.conversion in SCALARS:
        return there.field.label == label and there.field.type in SCALARS[field.conversion]
    if field.conversion in LISTS:
        label, types = LISTS[field.conversion]
        return there.field.label == label and there.field.type in types and not there.is_key
    is_list = field.conversion is Conversion.ITEMS
    return there.field.label == ("repeated" if is_list else "optional") and there.field.type.startswith(".k8s.io")


@pytest.mark.skipif(not MODULES.is_dir(), reason="the API's modules are not in the Go module cache")
@pytest.mark.parametrize("info", BUILT_IN)
def test_the_table_agrees_with_the_api_s_own_definition(info: KindInfo) -> None:
    assert not list(complaints(info.record, root(info)))
