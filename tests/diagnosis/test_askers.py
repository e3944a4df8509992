from hypothesis import given
from hypothesis import strategies as st

from storagetui.diagnosis.askers import Askers
from storagetui.model.keys import Key, Kind

KEYS = [Key(Kind.POD, "shop", f"p-{number}") for number in range(4)]
KINDS = (Kind.NODE, Kind.POD, Kind.STORAGE_CLASS)


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.lists(st.sampled_from(KINDS), unique=True).map(tuple))))
def test_it_names_what_a_look_at_every_object_names(history: list[tuple[Key, tuple[Kind, ...]]]) -> None:
    askers, model = Askers(), dict[Key, tuple[Kind, ...]]()
    for key, asked in history:
        askers.put(key, asked)
        model[key] = asked
        for kind in KINDS:
            assert sorted(askers.of([kind])) == sorted(key for key, asked in model.items() if kind in asked)
    assert list(askers.of([])) == []
    assert len(askers._asked) == len(list(filter(None, model.values())))
