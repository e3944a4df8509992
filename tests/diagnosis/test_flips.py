from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storagetui.diagnosis.flips import Flips
from storagetui.model.keys import Key, Kind
from tests.build import NOW

KEYS = [Key(Kind.POD, "shop", f"p-{number}") for number in range(4)]
MOMENTS = st.integers(-5, 5).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(st.lists(st.one_of(st.tuples(st.sampled_from(KEYS), st.none() | MOMENTS), MOMENTS)))
def test_it_finds_what_a_look_at_every_moment_finds(history: list[tuple[Key, datetime | None] | datetime]) -> None:
    flips, model = Flips(), dict[Key, datetime]()
    for step in history:
        if isinstance(step, datetime):
            due = {key for key, moment in model.items() if moment <= step}
            assert flips.due(step) == due
            for key in due:
                del model[key]
        else:
            key, moment = step
            flips.put(key, moment)
            model.pop(key, None)
            if moment is not None:
                model[key] = moment
        assert flips.next() == min(model.values(), default=None)


def test_what_was_replaced_does_not_pile_up() -> None:
    flips = Flips()
    for number in range(10_000):
        flips.put(KEYS[0], NOW + timedelta(seconds=number + 1))
    assert len(flips._heap) < 1000
    flips.put(KEYS[0], None)
    assert flips.next() is None
