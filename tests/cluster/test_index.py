"""Relations as they are kept, against relations as they are computed from nothing."""

from collections.abc import Hashable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.cluster.index import Group, Index, Relation, members
from storagetui.cluster.shared_map import SharedMap
from storagetui.model.base import Record
from storagetui.model.keys import Key
from storagetui.model.namespaces import Namespace
from tests.build import decode


def labels(record: Record) -> tuple[Hashable, ...]:
    return tuple(value for _, value in record.labels) * 2


BY_LABEL = Relation("namespaces by label", Namespace, labels)


def namespace(number: int, values: Iterable[str]) -> Namespace:
    metadata = {"name": f"n{number}", "labels": {f"label-{value}": value for value in values}}
    return decode(Namespace, {"metadata": metadata})


def recomputed(objects: dict[Key, Record]) -> dict[Hashable, set[Key]]:
    groups: dict[Hashable, set[Key]] = {}
    for key, record in objects.items():
        for value in BY_LABEL.values(record):
            groups.setdefault(value, set()).add(key)
    return groups


def same(index: SharedMap[Hashable, Group], groups: dict[Hashable, set[Key]]) -> None:
    assert {value: set(members(index, value)) for value in index} == groups
    for value, keys in groups.items():
        assert len(members(index, value)) == len(keys)


ranges = st.tuples(st.integers(0, 60), st.integers(1, 60))
values = st.one_of(st.none(), st.frozensets(st.sampled_from("abc")))
steps = st.lists(st.tuples(ranges, values, st.booleans()), max_size=25)


@given(steps)
def test_an_index_is_what_it_would_be_if_it_were_made_anew(
    moves: list[tuple[tuple[int, int], frozenset[str] | None, bool]],
) -> None:
    """Ranges of objects get labels or go (None), so that groups cross the size at which they are kept otherwise."""
    index = Index(BY_LABEL)
    objects: dict[Key, Record] = {}
    published: list[tuple[SharedMap[Hashable, Group], dict[Hashable, set[Key]]]] = []
    for (start, count), wanted, is_published in moves:
        for number in range(start, start + count):
            new = None if wanted is None else namespace(number, wanted)
            key = namespace(number, ()).key
            index.move(key, objects.get(key), new)
            if new is None:
                objects.pop(key, None)
            else:
                objects[key] = new
        if is_published:
            published.append((index.publish(), recomputed(objects)))
    published.append((index.publish(), recomputed(objects)))
    for version, groups in published:
        same(version, groups)


def grown(count: int) -> tuple[Index, SharedMap[Hashable, Group]]:
    index = Index(BY_LABEL)
    for number in range(count):
        record = namespace(number, ["a"])
        index.move(record.key, None, record)
    return index, index.publish()


@pytest.mark.parametrize("count", [1, 31, 32, 33, 500])
def test_a_group_grows_and_empties(count: int) -> None:
    index, full = grown(count)
    assert len(members(full, "a")) == count
    for number in range(count):
        record = namespace(number, ["a"])
        index.move(record.key, record, None)
    assert members(index.publish(), "a") == ()
    assert "a" not in index.publish()
    assert len(members(full, "a")) == count


def test_a_group_that_emptied_and_filled_again_before_it_was_published() -> None:
    index, _ = grown(40)
    for number in range(40):
        record = namespace(number, ["a"])
        index.move(record.key, record, None)
    one = namespace(7, ["a"])
    index.move(one.key, None, one)
    assert members(index.publish(), "a") == (one.key,)


def test_growing_a_large_group_copies_a_bounded_part_of_it() -> None:
    index, before = grown(20_000)
    one = namespace(20_000, ["a"])
    index.move(one.key, None, one)
    after = index.publish()
    old, new = members(before, "a"), members(after, "a")
    assert isinstance(old, SharedMap)
    assert isinstance(new, SharedMap)
    assert sum(a is not b for a, b in zip(old._shards, new._shards, strict=True)) == 1
    assert (len(old), len(new)) == (20_000, 20_001)


def test_a_change_that_moves_nothing_publishes_nothing() -> None:
    index, before = grown(3)
    index.move(namespace(1, ["a"]).key, namespace(1, ["a"]), namespace(1, ["a"]))
    assert index.publish() is before
