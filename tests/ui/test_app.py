"""The program on a terminal: start-up, troubles, moving about."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from storagetui.errors import KubeconfigError
from storagetui.settings import Settings
from storagetui.ui.app import StorageTuiApp
from storagetui.ui.screens.browse import PAGES, BrowseScreen
from storagetui.ui.screens.object import ObjectScreen
from storagetui.ui.screens.picker import PickerScreen
from storagetui.ui.screens.reading import ReadingScreen
from storagetui.ui.screens.trouble import TroubleScreen
from storagetui.ui.widgets.object_table import ObjectTable
from tests.build import claim
from tests.ui.doubles import StaticSession, Troubled
from tests.ui.harness import press, screen_lines, screen_text, until
from tests.ui.scenes import shop_frame

SIZE = (120, 34)


def app_of(session: StaticSession, screen: str = "triage", **options: str) -> StorageTuiApp:
    return StorageTuiApp(session.open, screen=screen, settings=Settings(), demo_note=options.get("demo_note", ""))


async def connected(pilot: Pilot[None], app: StorageTuiApp) -> None:
    await until(
        pilot, lambda: app.outlook.frame is not None and "● live" in screen_text(app), "the first Frame is shown"
    )


@asynccontextmanager
async def never() -> AsyncIterator[StaticSession]:
    """A connection that is not made."""
    await asyncio.get_running_loop().create_future()
    yield StaticSession()


def browse(app: StorageTuiApp) -> BrowseScreen:
    found = app.screen_stack[0]
    assert isinstance(found, BrowseScreen)
    return found


async def test_something_is_painted_while_the_connection_is_opened() -> None:
    app = StorageTuiApp(never, settings=Settings())
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Connecting to the cluster." in screen_text(app))
        assert "storagetui" in screen_text(app)
        assert "connecting" in screen_text(app)


async def test_pages_are_made_when_they_are_gone_to_or_nothing_else_is_to_do() -> None:
    app = StorageTuiApp(never, screen="claims", settings=Settings())
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Connecting" in screen_text(app))
        assert [page.name for page in browse(app).query("Page")] == ["claims"]
        await press(pilot, "5")
        await until(pilot, lambda: browse(app).current == "pods")
        assert [page.name for page in browse(app).query("Page")] == ["claims", "pods"]
    app = app_of(StaticSession(shop_frame()), "claims")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: {page.name for page in browse(app).query("Page")} == set(PAGES))
        assert browse(app).current == "claims"


async def test_the_header_says_which_cluster_and_how_much() -> None:
    session = StaticSession(shop_frame())
    app = app_of(session, demo_note="kubectl --kubeconfig x")
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        header = screen_lines(app)[0]
        for text in ("storagetui", "prod-eu-1", "all namespaces", "3 pods", "6 claims", "3 volumes", "● live", "1 ✖"):
            assert text in header, (text, header)
        assert header.rstrip().endswith("14:02:11")
        assert "demo: kubectl --kubeconfig x" in screen_lines(app)[1]


async def test_the_clock_goes_on_without_frames() -> None:
    session = StaticSession(shop_frame())
    app = app_of(session)
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        session.pass_time(61)
        app._tick()
        await until(pilot, lambda: "14:03:12" in screen_lines(app)[0])


async def test_an_opener_that_fails_is_told_on_a_page_and_can_be_tried_again() -> None:
    trouble = KubeconfigError("the kubeconfig names no context prod; choose one with --context")
    opener = Troubled(StaticSession(shop_frame()), trouble, trouble)
    app = StorageTuiApp(opener.open, settings=Settings())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TroubleScreen))
        await until(pilot, lambda: "choose one with --context" in screen_text(app))
        assert "not connected" in screen_text(app)
        await press(pilot, "r")
        await until(pilot, lambda: not opener.errors and isinstance(app.screen, TroubleScreen))
        await press(pilot, "r")
        await connected(pilot, app)
        assert isinstance(app.screen, BrowseScreen)


async def test_quit_from_the_page_of_trouble() -> None:
    opener = Troubled(StaticSession(), KubeconfigError("nothing"))
    app = StorageTuiApp(opener.open, settings=Settings())
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TroubleScreen))
        await press(pilot, "q")
        await until(pilot, lambda: not app.is_running)


@pytest.mark.parametrize(("key", "name"), [(str(number), name) for number, name in enumerate(PAGES, 1)])
async def test_digits_go_to_the_screens(key: str, name: str) -> None:
    session = StaticSession(shop_frame())
    app = app_of(session, "pods" if name == "triage" else "triage")
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await press(pilot, key)
        await until(pilot, lambda: browse(app).current == name)
        await until(pilot, lambda: f"{key} [{name.capitalize()}]" in screen_lines(app)[1])


@pytest.mark.parametrize("name", PAGES)
async def test_the_program_opens_at_any_screen(name: str) -> None:
    app = app_of(StaticSession(shop_frame()), name)
    async with app.run_test(size=(80, 24)) as pilot:
        await connected(pilot, app)
        assert browse(app).current == name
        expected = {"triage": "Nothing makes the", "sets": "postgres", "attachments": "node-0"}.get(name, "postgres-2")
        if name == "volumes":
            expected = "pv-data-postgres-0"
        await until(pilot, lambda: expected in screen_text(app))


async def test_the_palette_goes_to_a_screen_by_its_name() -> None:
    app = app_of(StaticSession(shop_frame()))
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        for key, typed, name in ((":", "pvc", "claims"), ("ctrl+p", "attach", "attachments")):
            await press(pilot, "colon" if key == ":" else key)
            await until(pilot, lambda: isinstance(app.screen, PickerScreen))
            await press(pilot, *typed, "enter")
            await until(pilot, lambda name=name: browse(app).current == name)  # type: ignore[misc]  # bound now
            await until(pilot, lambda: isinstance(app.screen, BrowseScreen))


async def test_the_palette_runs_commands_of_the_screen_below() -> None:
    app = app_of(StaticSession(shop_frame()), "claims")
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await press(pilot, "colon", *"reverse", "enter")
        await until(pilot, lambda: "NAMESPACE ▼" in screen_text(app))


async def test_help_is_made_of_the_table_of_keys() -> None:
    app = app_of(StaticSession(shop_frame()))
    async with app.run_test(size=(120, 130)) as pilot:
        await connected(pilot, app)
        await press(pilot, "question_mark")
        await until(pilot, lambda: isinstance(app.screen, ReadingScreen))
        await until(pilot, lambda: "Leave the program" in screen_text(app))
        said = screen_text(app)
        from storagetui.ui import keys

        for group in keys.GROUPS:
            assert group.title in said
            for binding in group.bindings:
                assert keys.displays(binding) in said, binding
        await press(pilot, "q")
        await until(pilot, lambda: isinstance(app.screen, BrowseScreen))


async def test_the_namespace_is_chosen_from_a_list_and_kept_on_every_screen() -> None:
    app = app_of(StaticSession(shop_frame()), "claims")
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await until(pilot, lambda: "data-mysql-0" in screen_text(app))
        await press(pilot, "n")
        await until(pilot, lambda: isinstance(app.screen, PickerScreen))
        await until(pilot, lambda: "ci" in screen_text(app))
        await press(pilot, *"shop", "enter")
        await until(pilot, lambda: "data-mysql-0" not in screen_text(app))
        assert app.outlook.namespace == "shop"
        assert " shop " in screen_lines(app)[0]
        await press(pilot, "n", *"old", "enter")
        await until(pilot, lambda: "data-postgres-0" not in screen_text(app))
        await press(pilot, "5")
        await until(pilot, lambda: "There are no pods" in screen_text(app))


async def test_q_leaves() -> None:
    app = app_of(StaticSession(shop_frame()))
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await press(pilot, "q")
        await until(pilot, lambda: not app.is_running)
    assert app.outlook.session is None


async def test_frames_reach_the_screen_behind_a_dialog_and_one_that_comes_back() -> None:
    session = StaticSession(shop_frame())
    app = app_of(session, "claims")
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await press(pilot, "question_mark")
        await until(pilot, lambda: isinstance(app.screen, ReadingScreen))
        from tests.build import claim

        session.publish(shop_frame(claim("shop/another-one")))
        await until(pilot, lambda: browse(app).page.query("ObjectTable"))
        await press(pilot, "escape", "enter")
        await until(pilot, lambda: isinstance(app.screen, ObjectScreen))
        session.publish(shop_frame(claim("shop/another-one"), claim("shop/a-third-one")))
        await press(pilot, "q")
        await until(pilot, lambda: "a-third-one" in screen_text(app))


async def test_an_unknown_theme_is_told_and_ours_is_used() -> None:
    app = StorageTuiApp(StaticSession(shop_frame()).open, settings=Settings(theme="no-such-theme"))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: "There is no theme no-such-theme" in screen_text(app).replace("\n", " "))
        assert app.theme == "storagetui"


async def test_read_only_is_said() -> None:
    app = StorageTuiApp(StaticSession(shop_frame()).open, settings=Settings(read_only=True))
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        assert "read-only" in screen_lines(app)[1]


async def burst(app: StorageTuiApp, text: str) -> None:
    """Keys that arrive in one piece, as over a slow line."""
    for character in text:
        name = {"/": "slash", ":": "colon", "\r": "enter"}.get(character, character)
        app.post_message(events.Key(name, character))


async def test_a_filter_that_arrives_in_one_piece_runs_no_commands() -> None:
    app = app_of(StaticSession(shop_frame()), "claims")
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await burst(app, "/qs/1:n")
        await until(pilot, lambda: browse(app).page.filter_text == "qs/1:n")
        assert app.is_running
        assert browse(app).current == "claims"


@pytest.mark.parametrize("begin", ["triage", "sets", "claims"])
async def test_a_filter_that_follows_a_screens_digit_in_one_piece_is_that_screens(begin: str) -> None:
    app = app_of(StaticSession(shop_frame()), begin)
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await burst(app, "5/postgres-1")
        await until(pilot, lambda: browse(app).page.filter_text == "postgres-1")
        assert browse(app).current == "pods"
        await until(pilot, lambda: "1 of 3 pods" in screen_text(app))
        await press(pilot, "escape", {"triage": "1", "sets": "2", "claims": "3"}[begin])
        await until(pilot, lambda: browse(app).current == begin)
        assert browse(app).page.filter_text == ""


async def test_keys_that_follow_a_screens_digit_in_one_piece_go_to_its_rows() -> None:
    frame = shop_frame(*(claim(f"shop/data-{number}") for number in range(9)))
    app = app_of(StaticSession(frame), "volumes")
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await burst(app, "3jj5j134jj3jk5j3j")
        await until(
            pilot,
            lambda: browse(app).current == "claims" and browse(app).query_one("#claims-table", ObjectTable).cursor == 3,
        )
        assert browse(app).query_one("#pods-table", ObjectTable).cursor == 2
        assert browse(app).query_one("#volumes-table", ObjectTable).cursor == 2


@pytest.mark.parametrize(("typed", "name"), [(":pvc\r", "claims"), (":queue", "triage"), ("nq", "triage")])
async def test_what_is_typed_into_a_list_in_one_piece_runs_no_commands(typed: str, name: str) -> None:
    app = app_of(StaticSession(shop_frame()))
    async with app.run_test(size=SIZE) as pilot:
        await connected(pilot, app)
        await burst(app, typed)
        if name != "triage":
            await until(pilot, lambda: browse(app).current == name)
            return
        await until(pilot, lambda: isinstance(app.screen, PickerScreen))
        await until(pilot, lambda: app.screen.query_one(Input).value == typed[1:])
        assert app.is_running
