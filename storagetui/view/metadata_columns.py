"""The columns that every table has: namespace, name, age."""

from datetime import datetime
from typing import Any

from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.view.column import NONE, Cell, Column, Tone
from storagetui.view.format import age
from storagetui.view.text import clean

_LAST = float("inf")


def name_order(name: str) -> tuple[str, int]:
    """Sort `data-db-10` after `data-db-9`: the name without its ordinal, then the ordinal."""
    stem, dash, tail = name.rpartition("-")
    if dash and len(tail) < 10 and tail.isascii() and tail.isdigit():
        return stem, int(tail)
    return name, -1


def by_name(record: Record, _frame: Frame) -> tuple[str, str, int]:
    """The order that does not move while one looks at it."""
    return record.namespace, *name_order(record.name)


def namespace_column() -> Column[Any]:
    """The namespace, for kinds that have one."""
    return Column(
        id="ns",
        title="NAMESPACE",
        width=14,
        minimum=9,
        priority=2,
        cell=lambda record, _frame, _now: Cell(clean(record.namespace)),
        sort=by_name,
        sorts_alone=True,
    )


def name_column(*, width: int = 32, minimum: int = 16, priority: int = 0) -> Column[Any]:
    """The name; it takes the width that is left over."""
    return Column(
        id="name",
        title="NAME",
        width=width,
        minimum=minimum,
        priority=priority,
        cell=lambda record, _frame, _now: Cell(clean(record.name)),
        sort=lambda record, _frame: (*name_order(record.name), record.namespace),
        grows=True,
        sorts_alone=True,
    )


def age_column(*, priority: int = 6) -> Column[Any]:
    """How long ago the object was made, oldest last."""
    return Column(
        id="age",
        title="AGE",
        width=6,
        minimum=5,
        priority=priority,
        cell=_age,
        sort=_age_order,
        is_right=True,
        is_age=True,
    )


def _age(record: Record, _frame: Frame, now: datetime) -> Cell:
    if record.creation_timestamp is None:
        return Cell(NONE, Tone.DIM)
    return Cell(age(record.creation_timestamp, now))


def _age_order(record: Record, _frame: Frame) -> float:
    made = record.creation_timestamp
    return _LAST if made is None else -made.timestamp()
