"""Paragraphs broken into lines: nothing is lost, nothing is too wide."""

from hypothesis import given
from hypothesis import strategies as st

from storagetui.ui.widgets.paint import text_of
from storagetui.ui.widgets.wrap import Paragraph, wrapped
from storagetui.view.text import clean, width

TEXTS = st.text(alphabet=st.sampled_from("ab  cé漢ü-/…"), max_size=60).map(clean)
SPANS = st.lists(st.tuples(TEXTS, st.sampled_from(("plain", "warn"))), max_size=5).map(tuple)


@given(SPANS, st.integers(0, 12), st.integers(1, 40))
def test_lines_fit_and_hold_every_character(spans: tuple[tuple[str, str], ...], indent: int, cells: int) -> None:
    lines = wrapped([Paragraph(spans, indent)], cells)
    assert lines
    assert all(width(text_of(line)) <= cells for line in lines)
    said = "".join(text for text, _ in spans)
    if cells > 1:
        kept = "".join(text_of(line) for line in lines).replace(" ", "")
        assert kept == said.replace(" ", "")


@given(SPANS, st.integers(2, 40))
def test_styles_stay_with_their_texts(spans: tuple[tuple[str, str], ...], cells: int) -> None:
    before = [(character, style) for text, style in spans for character in text if character != " "]
    after = [
        (character, style)
        for line in wrapped([Paragraph(spans)], cells)
        for text, style in line.spans
        for character in text
        if character != " "
    ]
    assert after == before


def test_further_lines_are_indented() -> None:
    lines = wrapped([Paragraph((("  label  ", "label"), ("one two three four", "plain")), 9)], 18)
    assert [text_of(line) for line in lines] == ["  label  one two", "         three", "         four"]


def test_a_word_that_is_too_long_is_cut_where_the_line_ends() -> None:
    assert [text_of(line) for line in wrapped([Paragraph((("abcdefgh", "plain"),))], 3)] == ["abc", "def", "gh"]


def test_no_room_at_all_still_gives_lines() -> None:
    assert wrapped([Paragraph((("abc", "plain"),))], 0)
    assert [text_of(line) for line in wrapped([Paragraph()], 10)] == [""]
