from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storagetui.diagnosis.flips import ALWAYS, Flips, Window
from storagetui.model.keys import Key, Kind
from tests.build import NOW

KEYS = [Key(Kind.POD, "shop", f"p-{number}") for number in range(4)]
MOMENTS = st.integers(-5, 5).map(lambda seconds: NOW + timedelta(seconds=seconds))
WINDOWS = st.builds(Window, st.none() | MOMENTS, st.none() | MOMENTS)


def is_outside(window: Window, now: datetime) -> bool:
    return (window.begin is not None and now < window.begin) or (window.end is not None and now >= window.end)


@given(st.lists(st.one_of(st.tuples(st.sampled_from(KEYS), WINDOWS), MOMENTS)))
def test_it_finds_what_a_look_at_every_window_finds(history: list[tuple[Key, Window] | datetime]) -> None:
    flips, model = Flips(), dict[Key, Window]()
    for step in history:
        if isinstance(step, datetime):
            due = {key for key, window in model.items() if is_outside(window, step)}
            assert flips.due(step) == due
            for key in due:
                del model[key]
        else:
            flips.put(*step)
            model[step[0]] = step[1]
        assert flips.next() == min((one.end for one in model.values() if one.end is not None), default=None)


def test_what_was_replaced_does_not_pile_up() -> None:
    flips = Flips()
    for number in range(10_000):
        flips.put(KEYS[0], Window(NOW, NOW + timedelta(seconds=number + 1)))
    assert len(flips._ends) + len(flips._begins) < 1000
    flips.put(KEYS[0], ALWAYS)
    assert flips.next() is None
