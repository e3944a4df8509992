"""What the garbage collector is told while lists come in and afterwards."""

import gc
from collections.abc import Iterator

import pytest

from storagetui.ui.collecting import Collecting


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_a_list_brought_is_out_of_sight_once_it_is_complete() -> None:
    collecting = Collecting()
    kept = [[number] for number in range(5000)]
    collecting.see("one", is_loading=True)
    before = gc.get_freeze_count()
    collecting.see("one", is_loading=False)
    assert gc.get_freeze_count() >= before + len(kept)


def test_old_objects_are_looked_through_seldom_while_lists_come_in() -> None:
    collecting = Collecting()
    assert gc.get_threshold()[2] > 1000
    collecting.see("one", is_loading=False)
    assert gc.get_threshold()[2] <= 10


def test_a_list_that_is_read_again_freezes_nothing_anew() -> None:
    collecting = Collecting()
    collecting.see("one", is_loading=False)
    frozen = gc.get_freeze_count()
    kept = [[number] for number in range(5000)]
    collecting.see("one", is_loading=True)
    collecting.see("one", is_loading=False)
    assert gc.get_freeze_count() <= frozen
    assert kept


def test_what_is_left_of_another_cluster_can_go() -> None:
    collecting = Collecting()
    ring: list[object] = [bytearray(100)]
    ring.append(ring)
    collecting.see("one", is_loading=False)
    assert any(one is ring for one in gc.get_referents(ring))
    frozen = gc.get_freeze_count()
    collecting.see("two", is_loading=True)
    assert gc.get_freeze_count() < frozen
