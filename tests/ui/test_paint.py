"""Lines as values: what differs, and what a strip is made of."""

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style
from textual.geometry import Region

from storagetui.ui.widgets.bar import Item, bar_line, cut
from storagetui.ui.widgets.paint import STYLES, Line, Palette, difference, strip, text_of
from storagetui.view.text import clean, width

TEXTS = st.text(alphabet=st.sampled_from("ab c漢é"), max_size=8).map(clean)
LINES = st.lists(st.tuples(TEXTS, st.sampled_from(("plain", "warn"))), max_size=5).map(lambda spans: Line(tuple(spans)))


def palette(**styles: Style) -> Palette:
    return Palette(
        lambda name: styles.get(name.removeprefix("line--"), Style()),
        lambda name: styles.get(name.removeprefix("line--"), Style()),
    )


@given(LINES, st.integers(0, 30))
def test_a_strip_is_exactly_as_wide_as_asked(line: Line, cells: int) -> None:
    made = strip(line, cells, palette())
    assert width(made.text) == made.cell_length == cells


@given(LINES, LINES)
def test_painting_the_difference_gives_the_new_line(old: Line, new: Line) -> None:
    cells = 48
    region = difference(old, new, 3, cells)
    before, after = _cells(old, cells), _cells(new, cells)
    if region is None:
        assert before == after
        return
    assert region.y == 3
    assert region.height == 1
    patched = before[: region.x] + after[region.x : region.right] + before[region.right :]
    assert patched == after


def test_one_changed_cell_is_one_small_region() -> None:
    old = Line((("▌", "plain"), ("data-0   ", "plain"), (" ", "plain"), ("5s ", "plain")))
    new = Line((("▌", "plain"), ("data-0   ", "plain"), (" ", "plain"), ("6s ", "plain")))
    assert difference(old, new, 7, 80) == Region(11, 7, 3, 1)
    assert difference(old, old, 7, 80) is None
    assert difference(old, new._replace(base="cursor"), 7, 80) == Region(0, 7, 80, 1)


def test_a_reversed_line_keeps_to_itself() -> None:
    cursor = Style(reverse=True)
    mixed = palette(cursor=cursor, error=Style(color="red"), match=Style(underline=True))
    assert mixed.style("cursor", "error") == cursor
    assert mixed.style("plain", "error") == Style(color="red")
    assert mixed.style("cursor", "match") == cursor + Style(underline=True)


def test_every_tone_has_a_style() -> None:
    from storagetui.view.column import Tone

    assert {str(tone) for tone in Tone} <= set(STYLES)


@given(st.lists(st.builds(Item, st.tuples(st.tuples(TEXTS, st.just("plain"))), st.integers(0, 3), st.booleans())))
def test_a_bar_never_outgrows_its_line(items: list[Item]) -> None:
    line = bar_line(items, 20, "bar", 2)
    if all(item.priority for item in items):
        assert width(text_of(line)) == 20


def test_the_least_important_items_go_first() -> None:
    items = [Item((("name", "title"),), 2), Item((("context", "plain"),)), Item((("14:02:11", "plain"),), 1, True)]
    assert text_of(bar_line(items, 30, "bar", 2)) == " name  context       14:02:11 "
    assert text_of(bar_line(items, 22, "bar", 2)) == " context     14:02:11 "
    assert text_of(bar_line(items, 12, "bar", 2)) == " context    "


def test_what_is_indispensable_is_cut_with_a_sign() -> None:
    assert text_of(bar_line([Item((("a-very-long-context", "plain"),))], 12, "bar", 2)) == " a-very-lo… "
    assert cut((("abc", "plain"), ("def", "warn")), 3) == (("ab…", "plain"),)
    assert cut((("abc", "plain"), ("def", "warn")), 6) == (("abc", "plain"), ("def", "warn"))


def _cells(line: Line, cells: int) -> list[tuple[str, str, str]]:
    """What each cell of the line shows; a wide character stands in its first cell."""
    shown: list[tuple[str, str, str]] = []
    for text, style in line.spans:
        for character in text:
            shown.append((character, style, line.base))
            shown += [("", style, line.base)] * (width(character) - 1)
    return (shown + [(" ", "plain", line.base)] * cells)[:cells]
