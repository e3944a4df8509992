from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.sim import quantity


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("1024Mi", "1Gi"),
        ("1000m", "1"),
        ("0.5Ti", "512Gi"),
        ("1.5Gi", "1536Mi"),
        ("1e3", "1e3"),
        ("12e6", "12e6"),
        ("1500m", "1500m"),
        ("0", "0"),
        ("0Gi", "0"),
        ("1023", "1023"),
        ("1Ki", "1Ki"),
        ("100M", "100M"),
        ("0.1", "100m"),
        ("+5", "5"),
        (5, "5"),
        (2.5, "2500m"),
        ("1.0000000001", "1000000001n"),
        ("16Ei", "9223372036854775807"),
    ],
)
def test_quantities_are_stored_in_their_canonical_form(written: object, stored: str) -> None:
    assert quantity.canonical(written) == stored


@pytest.mark.parametrize("written", ["", "abc", "1gb", "1e", "-", ".", "1 Gi", "1Gi2", None, True, [], "1Gi "[:0]])
def test_what_is_no_quantity_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="quantit"):
        quantity.parse(written)


@given(
    st.integers(min_value=0, max_value=10**6), st.sampled_from(["", "Ki", "Mi", "Gi", "Ti", "m", "k", "M", "G", "e3"])
)
def test_the_canonical_form_means_the_same_and_is_its_own(number: int, suffix: str) -> None:
    once = quantity.canonical(f"{number}{suffix}")

    assert quantity.parse(once).value == quantity.parse(f"{number}{suffix}").value
    assert quantity.canonical(once) == once


def test_a_sum_is_written_as_its_first_part_is() -> None:
    gibi, mega = quantity.parse("1Gi"), quantity.parse("1M")

    assert str(gibi.plus(mega)) == "1074741824"
    assert str(quantity.parse("3Gi").plus(quantity.parse("512Mi"))) == "3584Mi"
    assert str(quantity.ZERO.plus(gibi)) == "1Gi"
    assert str(gibi.minus(gibi)) == "0"
    assert quantity.parse("1500m").rounded_up().value == Fraction(2)
