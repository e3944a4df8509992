"""Which columns have room, and how wide they are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.view.column import WIDE, Fit, Table, fit_columns, fit_layout
from storagetui.view.matrix_column import MatrixColumn
from storagetui.view.tables import TABLES, table


def taken(fit: Fit[MatrixColumn], gap: int = 1) -> int:
    return sum(width for _, width in fit.columns) + gap * (len(fit.columns) - 1)


def layout(*columns: tuple[str, int, int, int], grows: str = "") -> list[MatrixColumn]:
    return [
        MatrixColumn(id=name, title=name.upper(), width=width, minimum=minimum, priority=priority, grows=name == grows)
        for name, width, minimum, priority in columns
    ]


def test_the_least_important_columns_go_first_and_are_named() -> None:
    columns = layout(("name", 20, 10, 0), ("state", 10, 10, 1), ("zone", 10, 6, 5), ("class", 10, 8, 3), grows="name")

    fit = fit_layout(columns, 32)

    assert [column.id for column, _ in fit.columns] == ["name", "state", "class"]
    assert fit.hidden == ("ZONE",)
    assert taken(fit) == 32


def test_what_is_left_over_goes_to_the_column_that_grows() -> None:
    columns = layout(("name", 20, 10, 0), ("state", 10, 10, 1), grows="name")

    assert [width for _, width in fit_layout(columns, 60).columns] == [49, 10]


def test_a_column_left_out_on_purpose_does_not_count_as_hidden() -> None:
    fit = fit_columns(table("claims"), 80, without=frozenset({"ns"}))

    assert "NAMESPACE" not in fit.hidden
    assert "ns" not in {column.id for column, _ in fit.columns}


def test_known_texts_decide_where_the_room_goes() -> None:
    columns = layout(("name", 30, 10, 0), ("node", 10, 6, 1), ("error", 12, 6, 2), grows="name")

    plain = dict(zip(("name", "node", "error"), (w for _, w in fit_layout(columns, 80).columns), strict=True))
    needs = {"name": 12, "node": 8, "error": 50}
    informed = dict(
        zip(("name", "node", "error"), (w for _, w in fit_layout(columns, 80, needs=needs).columns), strict=True)
    )

    assert plain == {"name": 56, "node": 10, "error": 12}
    assert informed == {"name": 20, "node": 8, "error": 50}


def test_short_texts_make_room_for_columns_that_would_be_hidden() -> None:
    columns = layout(("name", 30, 20, 0), ("zone", 10, 10, 5), grows="name")

    assert fit_layout(columns, 25).hidden == ("ZONE",)
    assert fit_layout(columns, 25, needs={"name": 8, "zone": 4}).hidden == ()


@pytest.mark.parametrize("id_", [one.id for one in TABLES])
def test_every_table_says_what_matters_at_80_columns(id_: str) -> None:
    needed = {
        "sets": {"ns", "name", "ready", "trouble", "left"},
        "claims": {"ns", "name", "state", "asked", "has", "used"},
        "volumes": {"name", "state", "size", "claim", "attached"},
        "pods": {"ns", "name", "state", "ready", "node", "claim"},
        "attachments": {"volume", "claim", "node", "state", "error"},
    }
    shown = {column.id for column, _ in fit_columns(table(id_), 80).columns}

    assert needed[id_] <= shown


@pytest.mark.parametrize("one", TABLES, ids=lambda one: one.id)
def test_columns_are_declared_soundly(one: Table[Any]) -> None:
    ids = [column.id for column in one.columns]
    assert len(ids) == len(set(ids))
    assert one.column(one.default_sort) is not None
    assert sum(column.grows for column in one.columns) == 1
    assert one.sources[0] is one.kind
    for column in one.columns:
        assert 0 < column.minimum <= column.width
        assert len(column.title) <= column.width


@given(st.sampled_from(TABLES), st.integers(20, 300), st.integers(0, 3))
def test_columns_never_take_more_than_there_is(one: Table[Any], width: int, gap: int) -> None:
    fit = fit_columns(one, width, gap=gap)
    used = sum(cells for _, cells in fit.columns) + gap * (len(fit.columns) - 1)

    assert all(cells >= column.minimum for column, cells in fit.columns)
    if width >= 60:
        assert used == width
    if width >= WIDE + 60:
        assert fit.hidden == ()
