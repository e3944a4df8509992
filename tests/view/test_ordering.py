"""Rows kept in order as Frames come are what arranging them from scratch gives."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.model.keys import Key, Kind
from storagetui.view import ordering as module
from storagetui.view.claims_table import CLAIMS
from storagetui.view.column import Table
from storagetui.view.leftovers import Leftovers, leftovers
from storagetui.view.ordering import Ordering, Sort, arrange
from storagetui.view.query import parse
from storagetui.view.tables import TABLES
from tests.build import NOW, claim, feed_health, frame_of, live_feeds, pod
from tests.view.histories import World

QUERIES = ("", "db", "-db", "state:bound", "node:worker-a", "left", "-gone", "ns:shop", "unknown")


def sorts(table: Table[Any]) -> st.SearchStrategy[Sort]:
    ids = [column.id for column in table.columns]
    return st.builds(Sort, st.sampled_from(["", *ids]), st.booleans())


def all_cells(table: Table[Any], frame: Frame) -> dict[Key, tuple[Any, ...]]:
    return {key: table.cells(record, frame, NOW) for key, record in table.rows(frame).items()}


def check(kept: Ordering[Any], frame: Frame) -> None:
    expected = arrange(frame, kept.table, kept.query, kept.sort)
    assert kept.shown() == expected
    assert len(kept) == len(expected)
    assert [kept[number] for number in range(len(kept))] == expected
    assert [kept.position(key) for key in expected] == list(range(len(expected)))
    rows = kept.table.rows(frame).values()
    namespace = kept.query.namespace
    assert kept.total == sum(not namespace or kept.table.namespace(row, frame) == namespace for row in rows)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_kept_rows_are_the_rows_arranged_from_scratch(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(TABLES))
    world = World(data.draw(st.integers(0, 2**32)))
    namespace = data.draw(st.sampled_from(("", "shop")))
    kept = Ordering(table, parse(data.draw(st.sampled_from(QUERIES)), table, namespace), data.draw(sorts(table)))
    before: dict[Key, tuple[Any, ...]] | None = None
    steps = data.draw(st.lists(st.sampled_from((0, 1, 1, 1, 2, 40)), min_size=1, max_size=12))
    for changes in (80, *steps):
        frame = world.step(changes)
        if data.draw(st.integers(0, 4)) == 0:
            continue  # the screen missed a Frame
        update = kept.show(frame)
        check(kept, frame)
        after = all_cells(table, frame)
        shown = set(kept.shown())
        if before is not None:
            changed = {key for key in shown if before.get(key) != after[key]}
            assert changed <= update.touched
        assert update.touched <= shown
        before = after


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_looking_in_slices_while_frames_come_gives_the_same(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(TABLES))
    world = World(data.draw(st.integers(0, 2**32)))
    kept = Ordering(table)
    kept.show(world.step(60))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SLICE", 2)
        for text in data.draw(st.lists(st.sampled_from(QUERIES), min_size=1, max_size=6)):
            old = kept.query
            run = kept.looking(parse(text, table), data.draw(sorts(table)))
            is_dropped = data.draw(st.booleans())
            for number, _ in enumerate(run):
                if data.draw(st.integers(0, 3)) == 0:
                    kept.show(world.step(data.draw(st.integers(0, 3))))
                check(kept, world.frame)
                if is_dropped and number == 1:
                    run.close()
                    assert kept.query is old
                    break
            check(kept, world.frame)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.sampled_from((1, 2, 60)), min_size=1, max_size=8), st.integers(0, 10))
def test_kept_leftovers_are_those_found_from_scratch(seed: int, steps: list[int], missed: int) -> None:
    world, kept = World(seed), Leftovers()
    for number, changes in enumerate(steps):
        frame = world.step(changes)
        if number == missed:
            continue
        before = kept.groups
        is_changed = kept.show(frame)
        assert kept.groups == leftovers(frame)
        assert is_changed is (kept.groups != before)


class Counted:
    """Counts how often rows are asked for their sort value."""

    def __init__(self, table: Table[Any]) -> None:
        self.asked = 0
        self.table = table

    def __call__(self, record: Any, frame: Frame) -> Any:
        self.asked += 1
        found = self.table.column("name")
        assert found is not None
        return found.sort(record, frame)


@pytest.mark.parametrize("rows", [100, 3000])
def test_one_change_asks_one_row_whatever_their_number(rows: int) -> None:
    counted = Counted(CLAIMS)
    column = msgspec.structs.replace(CLAIMS.columns[1], sort=counted)
    table = msgspec.structs.replace(CLAIMS, columns=(column,), default_sort="name")
    records = [claim(f"shop/data-{number}") for number in range(rows)]
    kept = Ordering(table)
    kept.show(frame_of(*records))
    counted.asked = 0
    changed = claim("shop/data-7", phase="Lost", metadata={"resourceVersion": "2"})
    frame = frame_of(*records, changed, number=2)
    frame = replace(frame, changed=frozenset((changed.key,)), rediagnosed=frozenset())

    update = kept.show(frame)

    assert counted.asked == 1
    assert update == (frozenset((changed.key,)), False)


def test_ordinals_sort_as_numbers() -> None:
    frame = frame_of(*(claim(f"shop/data-db-{number}") for number in (10, 9, 2, 0)))

    assert [key.name for key in arrange(frame, CLAIMS)] == ["data-db-0", "data-db-2", "data-db-9", "data-db-10"]


def test_reversed_is_the_same_order_from_the_other_end() -> None:
    frame = frame_of(*(claim(f"{namespace}/data-{n}") for n in range(4) for namespace in ("b", "a")))
    upward = arrange(frame, CLAIMS, sort=Sort("state"))

    assert arrange(frame, CLAIMS, sort=Sort("state", is_reversed=True)) == upward[::-1]
    assert all(one < other for one, other in pairwise(upward))


def test_sizes_sort_by_value_and_not_by_their_text() -> None:
    frame = frame_of(claim("a/x", size="1Ti"), claim("a/y", size="900Gi"), claim("a/z", size="1000Gi"))

    assert [key.name for key in arrange(frame, CLAIMS, sort=Sort("asked"))] == ["y", "z", "x"]


def test_every_row_is_touched_when_a_kind_becomes_known() -> None:
    record = claim("shop/a")
    kept = Ordering(CLAIMS)
    kept.show(frame_of(record, feeds=live_feeds(feed_health(Kind.POD, FeedState.LISTING))))

    update = kept.show(frame_of(record, number=2))

    assert record.key in update.touched


def test_another_cluster_is_arranged_anew() -> None:
    kept = Ordering(CLAIMS)
    kept.show(frame_of(claim("shop/a")))

    update = kept.show(replace(frame_of(claim("shop/b"), number=2), cluster_id="other", changed=frozenset()))

    assert [key.name for key in kept.shown()] == ["b"]
    assert update.is_moved


def test_a_position_outside_of_the_rows_is_an_error() -> None:
    kept = Ordering(CLAIMS)
    kept.show(frame_of(claim("shop/a"), pod("shop/p")))

    for position in (-1, 1):
        with pytest.raises(IndexError):
            kept[position]
    assert kept.position(claim("shop/nothing").key) is None


def test_a_dropped_look_leaves_no_text_of_an_older_frame_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SLICE", 1)
    kept = Ordering(CLAIMS)
    kept.show(frame_of(*(claim(f"shop/data-{number}") for number in range(4))))
    run = kept.looking(parse("nothing", CLAIMS))
    next(run)
    kept.show(frame_of(*(claim(f"shop/data-{number}", phase="Lost") for number in range(4)), number=2))
    next(run)
    next(run)
    run.close()

    kept.look(parse("lost", CLAIMS))

    assert len(kept) == 4
