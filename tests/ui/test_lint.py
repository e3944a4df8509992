"""What the sources of ui/ may not contain: text from the cluster is never markup, and keys stand in one table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding

import storagetui.ui
from storagetui.ui import keys
from storagetui.ui.commands import commands
from storagetui.ui.screens.browse import PAGES

ROOT = Path(str(storagetui.ui.__file__)).parent
SOURCES = sorted(ROOT.rglob("*.py"))
SHOWING = {
    "Static",
    "Label",
    "Button",
    "Checkbox",
    "OptionList",
    "Option",
    "Tree",
    "Select",
    "Tab",
    "Collapsible",
    "Text",
}
"""Widgets and classes that read markup in a plain text."""
PARSING = {"from_markup", "render_markup"}


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nothing_parses_markup(path: Path) -> None:
    for call in calls(path):
        name = called(call)
        assert name not in PARSING, (path, call.lineno)
        assert name not in SHOWING, (path, call.lineno, "show text through a LineView")
        if name == "notify":
            off = [one for one in call.keywords if one.arg == "markup"]
            assert off, (path, call.lineno)
            assert isinstance(off[0].value, ast.Constant)
            assert off[0].value.value is False, (path, call.lineno)
        if name != "Binding":
            assert not {one.arg for one in call.keywords} & {"tooltip", "border_title", "border_subtitle"}, path


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_bindings_are_made_in_the_table_of_keys_alone(path: Path) -> None:
    for call in calls(path):
        assert called(call) != "Binding" or path.name == "keys.py", (path, call.lineno)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nobody_asks_the_wall_clock_what_time_it_is(path: Path) -> None:
    for call in calls(path):
        is_zone = path.name == "reading.py"  # the help names the local zone
        assert called(call) not in ("now", "utcnow", "time") or _of_session(call) or is_zone, (path, call.lineno)


def _of_session(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name in ("session", "outlook")


def test_every_key_has_an_id_of_its_own_and_says_what_it_does() -> None:
    groups = (*(group.bindings for group in keys.GROUPS), keys.READING, keys.TROUBLE)
    every = [binding for group in groups for binding in group]
    assert len({binding.id for binding in every}) == len(every) == len(keys.BY_ID)
    for binding in every:
        assert binding.tooltip
        assert binding.description
        assert binding.action


@pytest.mark.parametrize(
    "together",
    [
        (keys.SCREENS, keys.EVERYWHERE, keys.ACTING, keys.BROWSE, keys.ROWS, keys.CELLS),
        (keys.SCREENS, keys.EVERYWHERE, keys.ACTING, keys.BROWSE, keys.ROWS, keys.FINDINGS),
        (keys.SCREENS, keys.EVERYWHERE, keys.ACTING, keys.BROWSE, keys.PANE),
        (keys.SCREENS, keys.ACTING, keys.OBJECT, keys.ROWS),
        (keys.SCREENS, keys.ACTING, keys.OBJECT, keys.PANE),
        (keys.READING,),
        (keys.PICKER,),
        (keys.ACTIONS,),
        (keys.PLAN,),
        (keys.JOURNAL, keys.ROWS),
        (keys.JOURNAL,),
        (keys.FILTER,),
        (keys.TROUBLE,),
    ],
)
def test_no_key_means_two_things_in_one_place(together: tuple[tuple[Binding, ...], ...]) -> None:
    used: dict[str, str] = {}
    for group in together:
        for binding in group:
            for key in binding.key.split(","):
                assert key not in used, (key, used[key], binding.id)
                used[key] = str(binding.id)


def test_whatever_escape_closes_has_a_second_key() -> None:
    for binding in keys.BY_ID.values():
        own = binding.key.split(",")
        assert "escape" not in own or len(own) > 1, binding.id


def test_the_palette_offers_all_screens_and_real_commands() -> None:
    for is_object in (False, True):
        offered = commands(is_object=is_object)
        assert [one.name for one in offered[: len(PAGES)]] == list(PAGES)
        assert all(one.value in keys.BY_ID for one in offered)
        for words, name in (("pvc", "claims"), ("pv", "volumes"), ("sts", "sets"), ("va", "attachments")):
            assert any(words in one.words.split() and one.name == name for one in offered)


def test_modules_stay_small() -> None:
    for path in SOURCES:
        assert len(path.read_text(encoding="utf-8").splitlines()) < 400, path
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 200
