"""Mappings whose versions share structure."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.cluster.shared_map import Draft, SharedMap


class Clash(msgspec.Struct, frozen=True, eq=False):
    """A key of which many share a hash."""

    number: int

    def __hash__(self) -> int:
        return self.number % 3

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clash) and other.number == self.number


keys = st.one_of(st.integers(0, 400), st.integers(0, 30).map(Clash), st.text("ab", max_size=4))
puts = st.tuples(st.just("put"), keys, st.integers())
drops = st.tuples(st.just("drop"), keys, st.none())
fills = st.tuples(st.just("fill"), st.integers(0, 300), st.integers(1, 200))
clears = st.tuples(st.just("clear"), st.integers(0, 300), st.integers(1, 200))
publishes = st.tuples(st.just("publish"), st.none(), st.none())
operations = st.lists(st.one_of(puts, drops, fills, clears, publishes), max_size=40)


def perform(draft: Draft[Any, Any], model: dict[Any, Any], what: str, key: Any, value: Any) -> None:
    if what == "put":
        draft.put(key, value)
        model[key] = value
    elif what == "drop":
        draft.drop(key)
        model.pop(key, None)
    elif what == "fill":
        for number in range(key, key + value):
            perform(draft, model, "put", number, number)
    elif what == "clear":
        for number in range(key, key + value):
            perform(draft, model, "drop", number, None)


def same(version: SharedMap[Any, Any], model: dict[Any, Any]) -> None:
    assert dict(version.items()) == model
    assert len(version) == len(model)
    assert sorted(map(repr, version)) == sorted(map(repr, model))
    for key, value in model.items():
        assert version[key] == version.get(key) == value
        assert key in version


@given(operations)
def test_a_draft_is_a_dictionary_and_what_it_published_never_changes(steps: list[tuple[str, Any, Any]]) -> None:
    draft: Draft[Any, Any] = Draft()
    model: dict[Any, Any] = {}
    published: list[tuple[SharedMap[Any, Any], dict[Any, Any]]] = []
    for what, key, value in [*steps, ("publish", None, None)]:
        perform(draft, model, what, key, value)
        assert len(draft) == len(model)
        if what == "publish":
            published.append((draft.publish(), dict(model)))
    for version, then in published:
        same(version, then)


@given(st.dictionaries(keys, st.integers(), max_size=80), keys, st.integers())
def test_a_version_with_one_key_more_or_less(model: dict[Any, int], key: Any, value: int) -> None:
    draft: Draft[Any, int] = Draft()
    for one, number in model.items():
        draft.put(one, number)
    version = draft.publish()
    same(version.with_value(key, value), {**model, key: value})
    same(version.without(key), {one: number for one, number in model.items() if one != key})
    same(version, model)


def test_what_is_not_there() -> None:
    empty: SharedMap[str, int] = SharedMap()
    assert not empty
    assert empty.get("a") is None
    assert empty.get("a", 7) == 7
    assert "a" not in empty
    with pytest.raises(KeyError):
        empty["a"]


def test_publishing_without_a_change_gives_the_same_version() -> None:
    draft: Draft[str, int] = Draft()
    draft.put("a", 1)
    first = draft.publish()
    draft.drop("b")
    assert draft.publish() is first
    draft.put("a", 2)
    assert draft.publish() is not first


def test_publishing_one_change_among_many_copies_one_shard() -> None:
    draft: Draft[str, int] = Draft()
    for number in range(50_000):
        draft.put(f"claim-{number}", number)
    before = draft.publish()
    draft.put("claim-7", -1)
    after = draft.publish()
    copied = [new for old, new in zip(before._shards, after._shards, strict=True) if old is not new]
    assert len(copied) == 1
    assert len(copied[0]) < 200
    assert (before["claim-7"], after["claim-7"]) == (7, -1)


def test_shards_stay_small_and_even_as_a_mapping_grows() -> None:
    draft: Draft[str, int] = Draft()
    for number in range(50_000):
        draft.put(f"pvc-{number:08x}", number)
    sizes = [len(shard) for shard in draft.publish()._shards]
    assert max(sizes) < 150
