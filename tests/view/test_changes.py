"""What differs between two Frames, whether or not those between them were seen."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from storagetui.cluster.shared_map import Draft, SharedMap, difference
from storagetui.model.keys import Key, Kind
from storagetui.view.ordering import changes
from tests.build import claim, frame_of
from tests.view.histories import World
from tests.view.world import finding

SOURCES = (Kind.PERSISTENT_VOLUME_CLAIM, Kind.POD)


@given(st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=300), st.integers(0, 300))
def test_the_difference_of_two_versions_is_what_stands_otherwise(steps: list[tuple[int, bool]], middle: int) -> None:
    draft: Draft[int, object] = Draft()
    old: SharedMap[int, object] = draft.publish()
    for number, (key, is_put) in enumerate(steps):
        if number == middle:
            old = draft.publish()
        if is_put:
            draft.put(key, object())
        else:
            draft.drop(key)
    new = draft.publish()

    assert difference(old, new) == {key for key in {*old, *new} if old.get(key) is not new.get(key)}
    assert difference(new, new) == set()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_missed_frames_are_made_good(seed: int) -> None:
    world = World(seed)
    first = world.step(60)
    world.step(3)
    last = world.step(3)
    told = changes(first, last, SOURCES)

    for kind in SOURCES:
        old, new = first.cluster.objects[kind], last.cluster.objects[kind]
        assert {key for key in {*old, *new} if old.get(key) is not new.get(key)} <= told
    assert {key for key in told if key.kind not in SOURCES} <= {*first.findings, *last.findings}


def test_the_next_frame_says_itself_what_changed() -> None:
    one = claim("shop/a")
    before = frame_of(one)
    now = replace(frame_of(one, findings=(finding(one, "x"),), number=2), changed=frozenset())

    assert changes(before, now, SOURCES) == {one.key}
    assert changes(before, replace(now, number=3), (Kind.NODE,)) == {Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "a")}
