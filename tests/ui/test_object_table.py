"""The virtual table: it shows what `arrange` says, its cursor stays with an object, and little is formatted."""

from datetime import timedelta

import pytest
from textual.geometry import Region
from textual.pilot import Pilot

from storagetui.ui import slices
from storagetui.ui.slices import worked
from storagetui.ui.widgets import object_table as module
from storagetui.ui.widgets.object_table import ObjectTable
from storagetui.ui.widgets.paint import Line, text_of
from storagetui.view.claims_table import CLAIMS
from storagetui.view.ordering import Sort, arrange
from storagetui.view.query import Query, parse
from tests.build import NOW, claim, frame_of
from tests.ui.harness import WidgetApp, press, screen_lines, until
from tests.ui.worlds import World

SIZE = (110, 24)
KEYS = ("down", "up", "pagedown", "pageup", "home", "end")


def table_app() -> WidgetApp:
    return WidgetApp(lambda: ObjectTable(CLAIMS, id="claims"))


def table_of(app: WidgetApp) -> ObjectTable:
    return app.query_one(ObjectTable)


def check(app: WidgetApp, world: World, query: Query, sort: Sort, step: str) -> None:
    """The rows, the strips and the painted screen are those of a table made from scratch."""
    rows = table_of(app)
    expected = arrange(world.frame, CLAIMS, query, sort)
    assert rows.ordering.shown() == expected, step
    assert rows.row_count == len(expected), step
    top = rows.top
    visible = expected[top : top + rows.page]
    painted = screen_lines(app)
    for y, key in enumerate(visible, 1):
        record = world.claims[key]
        for line in (text_of(rows.line_at(y)), painted[y]):
            assert key.name in line.replace("▌", " ").split(), (step, y, line)
            assert record.phase in line, (step, y, line)
        assert painted[y].startswith("▌") == (top + y - 1 == rows.cursor), (step, y)
    for y in range(len(visible) + 1, rows.height):
        assert not painted[y].strip() or not expected, (step, y)


async def act(pilot: Pilot[None], rows: ObjectTable, world: World, query: Query, sort: Sort) -> tuple[Query, Sort]:
    """One random thing that a user or a cluster does."""
    what = world.random.random()
    if what < 0.12:
        column = world.random.choice([column.id for column in CLAIMS.columns])
        sort = Sort(column, world.random.random() < 0.5)
        rows.look(sort=sort)
    elif what < 0.2:
        text = world.random.choice(("", "", "1", "state:pending", "-bound", "nothing-like-it"))
        query = parse(text, CLAIMS, world.random.choice(("", "", "a")))
        rows.look(query=query)
    elif what < 0.45:
        await press(pilot, world.random.choice(KEYS))
    else:
        key, line = rows.key, rows.cursor - rows.top
        rows.take(world.step(world.random.choice((1, 1, 3, 20, 120))), NOW)
        if key is not None and rows.ordering.position(key) is not None:
            assert rows.key == key
            if rows.row_count > rows.page and 0 < rows.top < rows.row_count - rows.page:
                assert rows.cursor - rows.top == line
    return query, sort


@pytest.mark.parametrize("seed", range(6))
async def test_random_changes_and_keys_against_a_table_made_from_scratch(seed: int) -> None:
    app, world = table_app(), World(150, seed)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.focus()
        rows.take(world.frame, NOW)
        query, sort = Query(), Sort()
        for step in range(60):
            query, sort = await act(pilot, rows, world, query, sort)
            if step % 4 == 0:
                await pilot.pause()
                check(app, world, query, sort, f"seed {seed} step {step}")


async def test_the_cursor_stays_on_its_object_and_its_line_of_the_screen() -> None:
    app, world = table_app(), World(400, 1)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.focus()
        rows.take(world.frame, NOW)
        await press(pilot, *["pagedown"] * 6, *["up"] * 5)
        key, line = rows.key, rows.cursor - rows.top
        assert key is not None
        for _ in range(25):
            rows.take(world.step(8), NOW)
            await pilot.pause()
            if key not in world.claims:
                break
            assert rows.key == key
            assert rows.cursor - rows.top == line
            assert screen_lines(app)[line + 1].startswith("▌")


async def test_who_has_scrolled_away_is_not_pulled_back_by_the_cluster() -> None:
    app, world = table_app(), World(400, 7)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        await pilot.pause(0)
        rows.scroll_to(y=200, animate=False)
        await pilot.pause(0)
        key = rows.key
        for _ in range(10):
            rows.take(world.step(5), NOW)
            if key in world.claims:
                assert rows.key == key
            assert rows.top == 200
        await press(pilot, "tab", "down")
        assert rows.top <= rows.cursor < rows.top + rows.page


async def test_a_row_that_goes_leaves_the_cursor_where_it_was() -> None:
    records = [claim(f"shop/data-{number}") for number in range(10)]
    app = table_app()
    async with app.run_test(size=SIZE):
        rows = table_of(app)
        rows.take(frame_of(*records), NOW)
        rows.move_to(4)
        rows.take(frame_of(*records[:4], *records[5:], number=10), NOW)
        assert rows.key == records[5].key
        rows.take(frame_of(records[0], number=20), NOW)
        assert rows.key == records[0].key
        rows.take(frame_of(number=30), NOW)
        assert rows.row_count == 0
        rows.take(frame_of(*records, number=40), NOW)
        assert rows.key == records[0].key


async def test_a_filter_taken_away_brings_the_cursor_back() -> None:
    app, world = table_app(), World(200, 3)
    async with app.run_test(size=SIZE):
        rows = table_of(app)
        rows.take(world.frame, NOW)
        rows.move_to(120)
        key = rows.key
        assert key is not None
        rows.look(parse("nothing-like-it", CLAIMS))
        assert rows.key is None
        rows.look(parse("", CLAIMS))
        assert rows.key == key


async def test_only_visible_lines_are_formatted_of_fifty_thousand() -> None:
    app, world = table_app(), World(50_000, 2)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        await until(pilot, lambda: rows.row_count == 50_000)
        await pilot.pause()
        a_screenful = rows.page * len(CLAIMS.columns)
        assert rows.formatted <= a_screenful
        for key in (rows.ordering[5], rows.ordering[40_000]):
            before = rows.formatted
            rows.take(world.touch(key), NOW)
            await pilot.pause()
            assert rows.formatted - before <= a_screenful
            assert rows.ordering.shown() == arrange(world.frame, CLAIMS)


async def test_a_frame_in_which_much_is_new_is_taken_in_slices_with_the_latest_one_last() -> None:
    app, world = table_app(), World(20_000, 2)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        assert rows.row_count == 0
        assert not any(text_of(rows.line_at(y)).strip() for y in range(1, rows.height))
        latest = world.touch(next(iter(world.claims)))
        rows.take(latest, NOW)
        await until(pilot, lambda: rows.row_count == 20_000)
        assert rows.ordering.shown() == arrange(latest, CLAIMS)


async def test_a_filter_comes_in_slices_upon_the_frame_that_is_being_taken() -> None:
    app, world = table_app(), World(20_000, 2)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        query = parse("state:pending", CLAIMS)
        rows.look(query)
        rows.look(sort=Sort("name"))
        latest = world.touch(next(iter(world.claims)))
        rows.take(latest, NOW)
        await until(pilot, lambda: rows.ordering.query == query and rows.ordering.sort == Sort("name"))
        assert rows.ordering.shown() == arrange(latest, CLAIMS, query, Sort("name"))


async def test_keys_move_the_cursor_among_the_old_rows_until_the_new_order_is_there() -> None:
    app, world = table_app(), World(20_000, 2)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.focus()
        rows.take(world.frame, NOW)
        await until(pilot, lambda: rows.row_count == 20_000)
        heard: list[bool] = []
        rows.when_looked = lambda: heard.append(rows.is_behind)
        old = rows.ordering.shown()
        rows.look(sort=Sort("state"))
        assert rows.sort == Sort("state")
        assert rows.ordering.shown() == old
        rows.move_to(7)
        assert rows.key == old[7]
        await until(pilot, lambda: rows.ordering.sort == Sort("state"))
        assert rows.key == old[7]
        assert heard[-1] is False


async def test_rows_that_are_late_are_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    app, world = table_app(), World(1000, 2)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        await until(pilot, lambda: rows.row_count == 1000)
        before = screen_lines(app)[1:5]
        is_held = True
        for one in (module, slices):
            monkeypatch.setattr(one, "worked", lambda steps: not is_held and worked(steps))
        rows.look(parse("nothing-like-it", CLAIMS))
        assert "looking" not in text_of(rows.header_line())
        await until(pilot, lambda: rows.is_behind)
        assert "looking" in text_of(rows.header_line())
        assert screen_lines(app)[1:5] == before
        is_held = False
        await until(pilot, lambda: not rows.row_count)
        assert "looking" not in text_of(rows.header_line())


async def test_titles_are_made_once_a_paint(monkeypatch: pytest.MonkeyPatch) -> None:
    app, world = table_app(), World(100, 4)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        await pilot.pause()
        made: list[object] = []
        make = rows.header_line

        def counted() -> Line:
            made.append(None)
            return make()

        monkeypatch.setattr(rows, "header_line", counted)
        rows.repaint()
        assert len(made) == 1


async def test_ages_that_read_the_same_ask_for_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    app = table_app()
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(frame_of(claim("shop/old", age=86400 * 30)), NOW)
        await pilot.pause()
        painted: list[object] = []
        monkeypatch.setattr(rows, "repaint", lambda: painted.append(None))
        rows.tick(NOW + timedelta(seconds=1))
        assert not painted


async def test_a_change_out_of_sight_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app, world = table_app(), World(500, 4)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        await pilot.pause()
        regions: list[object] = []
        monkeypatch.setattr(rows, "refresh", lambda *painted, **_: regions.extend(painted or ("everything",)))
        rows.take(world.touch(rows.ordering[400]), NOW)
        assert regions == []
        visible = rows.ordering[3]
        rows.take(world.touch(visible), NOW)
        assert all(getattr(region, "y", None) == 4 for region in regions)


async def test_ages_tick_without_frames_and_repaint_their_cells_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = table_app()
    young, old = claim("shop/young", age=5), claim("shop/old", age=86400 * 30)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(frame_of(young, old), NOW)
        await pilot.pause()
        assert [line.split()[-1] for line in screen_lines(app)[1:3]] == ["30d", "5s"]
        regions: list[object] = []
        refresh = rows.refresh

        def watched(*painted: Region, **options: bool) -> object:
            regions.extend(painted)
            return refresh(*painted, **options)

        monkeypatch.setattr(rows, "refresh", watched)
        before = rows.formatted
        rows.tick(NOW + timedelta(seconds=1))
        await pilot.pause()
        assert [line.split()[-1] for line in screen_lines(app)[1:3]] == ["30d", "6s"]
        assert rows.formatted - before == 2
        assert len(regions) == 1
        region = regions[0]
        assert getattr(region, "y", None) == 2
        assert getattr(region, "width", 99) <= 4


async def test_the_sorting_column_is_marked_and_a_click_on_a_title_chooses_it() -> None:
    app, world = table_app(), World(30, 5)
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        await pilot.pause()
        assert "NAMESPACE ▲" in screen_lines(app)[0]
        rows.look(sort=Sort("state", is_reversed=True))
        await pilot.pause()
        header = screen_lines(app)[0]
        assert "STATE ▼" in header
        assert "NAMESPACE ▲" not in header
        heard: list[str] = []
        app.when_column_chosen = heard.append
        await pilot.click(ObjectTable, offset=(header.index("NAME ") + 1, 0))
        await until(pilot, lambda: heard)
        assert heard == ["name"]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
async def test_columns_fold_away_with_a_sign(width: int) -> None:
    app, world = table_app(), World(30, 6)
    async with app.run_test(size=(width, 12)) as pilot:
        rows = table_of(app)
        rows.take(world.frame, NOW)
        await pilot.pause()
        header = screen_lines(app)[0]
        shown = [column.title for column in CLAIMS.columns if f" {column.title}" in header]
        hidden = len(CLAIMS.columns) - len(shown)
        assert "NAME" in header
        assert header.rstrip().endswith(f"+{hidden}") == bool(hidden) or "…" in header


async def test_empty_rows_say_why() -> None:
    from storagetui.ui.widgets.wrap import Paragraph

    app = WidgetApp(lambda: ObjectTable(CLAIMS, lambda: [Paragraph((("There are no claims.", "plain"),))]))
    async with app.run_test(size=SIZE) as pilot:
        rows = table_of(app)
        rows.take(frame_of(), NOW)
        await pilot.pause()
        assert screen_lines(app)[2].strip() == "There are no claims."
