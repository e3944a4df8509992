"""Quantities: exact, and read as `resource.Quantity` reads them."""

import re
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storagetui.model.quantity import Quantity, parse

BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
DECIMAL = {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
LARGEST = 2**63 - 1


def away(value: Fraction) -> int:
    """Rounded away from zero."""
    whole = -(-abs(value.numerator) // value.denominator)
    return whole if value >= 0 else -whole


def model(sign: str, number: str, suffix: str) -> Fraction:
    """What a quantity stands for before it is rounded, in the plainest terms."""
    whole, _, part = number.partition(".")
    value = Fraction(int((whole + part) or "0"), 10 ** len(part))
    if suffix[:1] in ("e", "E") and suffix[1:]:
        value *= Fraction(10) ** int(suffix[1:]) if suffix != "Ei" else 1
    if suffix in BINARY:
        value *= Fraction(1024) ** BINARY[suffix]
    elif suffix in DECIMAL:
        value *= Fraction(1000) ** DECIMAL[suffix]
    return -value if sign == "-" else value


digits = st.text("0123456789", min_size=1, max_size=24)
numbers = st.one_of(
    digits,
    st.builds("{}.".format, digits),
    st.builds(".{}".format, digits),
    st.builds("{}.{}".format, digits, digits),
)
exponents = st.builds(
    "{}{}{}".format, st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), st.integers(0, 40).map(str)
)
suffixes = st.one_of(st.sampled_from([*BINARY, *DECIMAL]), exponents)


@given(st.sampled_from(["", "+", "-"]), numbers, suffixes)
@example("-", "0.5", "n")
@example("", "8", "Ei")
def test_every_quantity_of_the_grammar_is_exact_down_to_a_billionth(sign: str, number: str, suffix: str) -> None:
    exact = model(sign, number, suffix)
    nanos = away(exact * 10**9)
    if suffix in BINARY:
        nanos = max(-LARGEST * 10**9, min(LARGEST * 10**9, nanos))
    quantity = parse(f"{sign}{number}{suffix}")
    assert quantity.nanos == nanos
    assert quantity.value == away(Fraction(nanos, 10**9))
    assert str(quantity) == f"{sign}{number}{suffix}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1Gi", 1 << 30),
        ("1500m", 2),
        ("1e3", 1000),
        ("1E3", 1000),
        ("0.5Ti", 1 << 39),
        ("12E", 12 * 10**18),
        ("12Ei", LARGEST),
        ("7Ei", 7 << 60),
        (".5", 1),
        ("1.", 1),
        ("+5", 5),
        ("-1500m", -2),
        ("1n", 1),
        ("0", 0),
        ("0.0n", 0),
        ("100e-3", 1),
        ("18446744073709551616", 2**64),
        ("1k", 1000),
        ("1.5Gi", 3 << 29),
    ],
)
def test_whole_units(text: str, value: int) -> None:
    assert parse(text).value == value


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "Gi", "12e", "1K", "1gi", "1GiB", "1 Gi", " 1Gi", "1Gi\n", "--1", "1-", "1.2.3", ".", "1e", "1e+"),
        *("1e2.5", "1e3Ki", "0x10", "1,5Gi", "inf", "nan", "1_000", "١Gi", "１", "ten", "1\x1b[31m"),
        *("1e301", "1e+20000", "1e+2900000", "1e-2900000", "1e999999999999999999999", "9" * 129),
    ],
)
def test_rubbish_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a quantity|is beyond any quantity") as raised:
        parse(text)
    assert len(str(raised.value)) < 200


@given(st.text(max_size=12))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    grammar = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+|[KMGTPE]i|[numkMGTPE])?"
    if re.fullmatch(grammar, text):
        try:
            parse(text)
        except ValueError as error:
            assert "beyond" in str(error)  # noqa: PT017 -- both outcomes are right
    else:
        with pytest.raises(ValueError, match="is not a quantity"):
            parse(text)


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_order_and_equality_go_by_value(one: int, other: int) -> None:
    first, second = parse(f"{one}Ki"), parse(str(other * 512))
    assert (first < second) == (one * 2 < other)
    assert (first <= second) == (one * 2 <= other)
    assert (first > second) == (one * 2 > other)
    assert (first >= second) == (one * 2 >= other)
    assert (first == second) == (one * 2 == other)


def test_equal_amounts_are_one_key_however_they_were_written() -> None:
    assert {parse("1Gi"): "here"}[parse("1024Mi")] == "here"
    assert parse("1Gi") != parse("1G")
    assert parse("1Gi") != "1Gi"
    assert str(parse("1024Mi")) == "1024Mi"


def test_parsing_again_gives_the_same_object() -> None:
    assert parse("10Gi") is parse("10Gi")
    assert isinstance(parse("10Gi"), Quantity)


def test_unequal_is_the_opposite_of_equal() -> None:
    assert not parse("1Gi") != parse("1024Mi")  # noqa: SIM202
    assert parse("1Gi") != parse("1G")
    assert parse("1Gi") != "1Gi"
