"""Any object, described from the field table: what the program keeps of it, by Kubernetes' own names."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from storagetui.frame import Frame
from storagetui.model.base import Condition, Record
from storagetui.model.fields import table
from storagetui.model.quantity import Quantity
from storagetui.view.column import NONE
from storagetui.view.describe.metadata import conditions_section, metadata_section
from storagetui.view.format import ago_exact
from storagetui.view.section import Line, Section, listed, section
from storagetui.view.text import clean

_METADATA = frozenset(Record.__struct_fields__)


def describe_any(record: Record, frame: Frame, now: datetime) -> Iterator[Section]:
    """The fields that have a value, in the order of the table."""
    conditions: tuple[Condition, ...] = getattr(record, "conditions", ())
    yield section(record.kind, _fields(record, now))
    if conditions:
        yield conditions_section(conditions, now)
    yield metadata_section(record, frame, now)


def _fields(record: Record, now: datetime) -> Iterator[Line]:
    for field in table(type(record)):
        if field.name in _METADATA or field.name == "conditions":
            continue
        values = list(_texts(getattr(record, field.name), now))
        yield from listed(clean(field.path), (Line("", clean(value)) for value in values))


def _texts(value: Any, now: datetime) -> Iterator[str]:
    """The value of a field as lines; none for an empty one."""
    if value is None or value == "" or value == ():
        return
    if isinstance(value, datetime):
        yield ago_exact(value, now)
    elif isinstance(value, Quantity):
        yield value.text
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif isinstance(value, msgspec.Struct):
        yield _part(value, now)
    elif isinstance(value, tuple):
        for one in value:
            yield _pair(one) if isinstance(one, tuple) else next(_texts(one, now), NONE)
    else:
        yield str(value)


def _pair(pair: tuple[Any, ...]) -> str:
    return "=".join(one.text if isinstance(one, Quantity) else str(one) for one in pair)


def _part(part: msgspec.Struct, now: datetime) -> str:
    """A nested record in one line: `type=Container, max[storage]=10Gi`."""
    words = []
    for field in table(type(part)):
        values = list(_texts(getattr(part, field.name), now))
        if values:
            words.append(f"{field.path}={' '.join(values)}")
    return ", ".join(words)
