"""Whatever is done to many rows is done in pieces of bounded size, and comes to the same."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.view import leftovers as leftovers_module
from storagetui.view import pieces
from storagetui.view.claims_table import CLAIMS
from storagetui.view.leftovers import Leftovers, leftovers
from storagetui.view.ordering import EVERY_ROW, Ordering, Sort, arrange
from storagetui.view.pieces import Entry, boundaries, in_order
from storagetui.view.query import narrows, parse
from tests.build import claim, frame_of

MANY = 50_000
MOST = 300
"""Rows that may be asked in one piece."""


def ended(run: Iterator[None]) -> int:
    """Run to the end; returns after how many breaths."""
    return sum(1 for _ in run)


def sorted_in_pieces(entries: list[Entry]) -> tuple[list[Entry], int]:
    run, breaths = in_order(list(entries)), 0
    while True:
        try:
            next(run)
        except StopIteration as end:
            found: list[Entry] = end.value
            return found, breaths
        breaths += 1


def entry(value: Any, number: int) -> Entry:
    return value, Key(Kind.POD, "", f"{number}")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=400), st.integers(1, 40), st.booleans())
def test_sorting_in_pieces_is_sorting(values: list[int], at_once: int, is_sorted: bool) -> None:
    entries = [entry(value, number) for number, value in enumerate(sorted(values) if is_sorted else values)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_AT_ONCE", at_once)
        assert sorted_in_pieces(entries)[0] == sorted(entries)


@pytest.mark.parametrize("kind", ["equal", "rising", "falling", "mixed"])
def test_no_piece_of_many_is_large(kind: str) -> None:
    values: dict[str, Callable[[int], int]] = {
        "equal": lambda _: 0,
        "rising": lambda number: number,
        "falling": lambda number: -number,
        "mixed": lambda number: number * 2654435761 % 1000,
    }
    entries = [entry(values[kind](number), number) for number in range(MANY)]
    found, breaths = sorted_in_pieces(entries)
    assert found == sorted(entries)
    assert breaths > MANY // pieces._AT_ONCE
    places = [bisect_left(found, bound) for bound in boundaries(entries)]
    assert max(after - before for before, after in pairwise([0, *places, MANY])) <= 3 * pieces._AT_ONCE


class Counted:
    """Counts the rows that are asked for what they sort by."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, record: Any, _frame: Frame) -> Any:
        self.asked += 1
        return record.name[::-1]


@pytest.fixture(scope="module")
def frame() -> Frame:
    """Many claims, every hundredth of which is pending."""
    phases = ("Pending", *["Bound"] * 99)
    return frame_of(*(claim(f"shop-{n % 7}/data-{n}", phase=phases[n % 100]) for n in range(MANY)))


def counting() -> tuple[Ordering[Any], Counted]:
    counted = Counted()
    columns = [msgspec.structs.replace(one, sort=counted) if one.id == "volume" else one for one in CLAIMS.columns]
    return Ordering(msgspec.structs.replace(CLAIMS, columns=tuple(columns))), counted


def test_rows_are_asked_a_few_in_a_piece_and_shown_at_the_end(frame: Frame) -> None:
    kept, counted = counting()
    assert ended(kept.showing(frame)) > MANY // MOST
    first = kept.shown()
    last = 0
    for _ in kept.looking(sort=Sort("volume")):
        assert counted.asked - last <= MOST
        last = counted.asked
        assert kept[0] == first[0]
        assert len(kept) == MANY
    assert counted.asked == MANY
    assert kept.shown() == arrange(frame, kept.table, EVERY_ROW, Sort("volume"))


def test_an_order_that_is_turned_asks_nobody(frame: Frame) -> None:
    kept, counted = counting()
    kept.show(frame)
    kept.look(sort=Sort("volume"))
    before, counted.asked = kept.shown(), 0

    kept.look(sort=Sort("volume", is_reversed=True))

    assert counted.asked == 0
    assert kept.shown() == before[::-1]


def test_whoever_goes_on_typing_has_only_the_rows_looked_at_that_are_left(frame: Frame) -> None:
    kept, counted = counting()
    kept.show(frame)
    kept.look(parse("pend", CLAIMS), Sort("volume"))
    assert len(kept) == MANY // 100
    counted.asked = 0

    kept.look(parse("pendi", CLAIMS))

    assert counted.asked == MANY // 100
    assert kept.total == MANY
    assert kept.shown() == arrange(frame, kept.table, parse("pendi", CLAIMS), Sort("volume"))


@pytest.mark.parametrize(
    ("text", "wider", "is_narrower"),
    [
        ("db", "", True),
        ("dbx", "db", True),
        ("a db", "db", True),
        ("db", "dbx", False),
        ("db", "a db", False),
        ("-db", "-db", True),
        ("-dbx", "-db", False),
        ("-db", "db", False),
        ("state:pending", "state:pend", True),
        ("state=pending", "state:pend", True),
        ("state:pend", "state=pend", False),
        ("state:pend,bound", "state:pend", False),
        ("state:pend", "state:pend,bound", True),
        ("name:pending", "state:pend", False),
        ("pending", "state:pend", False),
    ],
)
def test_which_filter_narrows_which(text: str, wider: str, is_narrower: bool) -> None:
    assert narrows(parse(text, CLAIMS), parse(wider, CLAIMS)) is is_narrower


def test_another_namespace_narrows_nothing() -> None:
    assert not narrows(parse("db", CLAIMS, "shop"), parse("db", CLAIMS))


def test_leftovers_are_looked_for_in_pieces_and_found_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = frame_of(*(claim(f"shop/data-{stem}-{n}") for stem in range(400) for n in range(5)))
    asked = 0
    group_of = leftovers_module._group

    def counted(*arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        return group_of(*arguments)

    monkeypatch.setattr(leftovers_module, "_group", counted)
    kept, last = Leftovers(), 0
    for _ in kept.showing(frame):
        assert asked - last <= 8
        last = asked
        assert kept.groups == []
    assert asked == 400
    assert kept.groups == leftovers(frame)
    assert len(kept.groups) == 400

    other = replace(frame_of(*(claim(f"shop/{stem}-0") for stem in range(40)), number=2), cluster_id="other")
    run = kept.showing(other)
    next(run)
    run.close()
    assert len(kept.groups) == 400
