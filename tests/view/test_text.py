"""Hostile text, and widths that agree with the terminal library's."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from storagetui.view.text import ELLIPSIS, REPLACEMENT, clean, clean_lines, fit, width

HOSTILE = (
    ("\x1b[31mred\x1b[0m", "�[31mred�[0m"),
    ("\x1b]0;owned\x07", "�]0;owned�"),
    ("\x9b2J", "�2J"),
    ("a\x00b\x7fc", "a�b�c"),
    ("a\nb\r\nc", "a↵b↵c"),
    ("a\rb", "a�b"),
    ("a\tb", "a b"),
    ("\u202egpj.exe", "�gpj.exe"),
    ("pay\u200bpal", "pay�pal"),
    ("a\u2028b\u2029c", "a�b�c"),
    ("\ufeffstart", "�start"),
    ("tag\U000e0041", "tag�"),
    ("half \ud800 pair", "half � pair"),
    ("flag\ufe0f", "flag�"),
    ("[red]not markup[/red]", "[red]not markup[/red]"),
    ("caf\u0065\u0301", "café"),
    ("z\u0336\u0337\u0338\u0339\u033a", "z\u0336\u0337�"),
    ("\u0301lone", "�lone"),
    ("日本", "日本"),
)


@pytest.mark.parametrize(("text", "expected"), HOSTILE, ids=[ascii(text) for text, _ in HOSTILE])
def test_what_could_act_on_a_terminal_is_shown_as_a_replacement(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_is_one_printable_line_and_stays_as_it_is(text: str) -> None:
    once = clean(text)

    assert clean(once) == once
    assert "\n" not in once
    assert all(character.isprintable() or character.isspace() for character in once)
    assert not any(character < " " or "\x7f" <= character <= "\x9f" for character in once)


@given(st.text(st.characters(exclude_categories=())), st.integers(0, 40), st.booleans())
def test_fitted_text_takes_exactly_the_cells_it_was_given(text: str, cells: int, is_right: bool) -> None:
    assert width(fit(text, cells, is_right)) == cells


def test_every_character_is_as_wide_as_the_terminal_library_holds_it_to_be() -> None:
    wrong = []
    for point in range(sys.maxunicode + 1):
        text = clean("a" + chr(point))
        if width(text) != cell_len(text):
            wrong.append((hex(point), width(text), cell_len(text)))

    assert wrong == []


@pytest.mark.parametrize(
    ("text", "cells", "is_right", "expected"),
    [
        ("abc", 5, False, "abc  "),
        ("abc", 5, True, "  abc"),
        ("abcdef", 4, False, "abc…"),
        ("abcdef", 1, False, ELLIPSIS),
        ("abcdef", 0, False, ""),
        ("日本語", 4, False, "日… "),
        ("日本語", 6, False, "日本語"),
        ("a\x1b[b", 4, False, f"a{REPLACEMENT}[b"),
        ("a" + "\u0301" * 5000 + "b", 4, False, "á\u0301\u0301�… "),
        ("x" * 10**6, 3, False, "xx…"),
    ],
)
def test_a_cut_shows(text: str, cells: int, is_right: bool, expected: str) -> None:
    assert fit(text, cells, is_right) == expected


def test_lines_of_a_longer_text_are_clean_each() -> None:
    assert clean_lines("one\r\ntwo\x1b[2J\n\nfour") == ["one", "two�[2J", "", "four"]
