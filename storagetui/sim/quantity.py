"""Kubernetes quantities as the API server reads, adds and writes them.

Source: k8s.io/apimachinery/pkg/api/resource/quantity.go and suffix.go.
"""

import re
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple

_SHAPE = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([a-zA-Z]*)([+-]?[0-9]*)")
_LOOSE = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_NAMES = {exponent: name for name, exponent in _BINARY.items()} | {0: ""}
_DECIMAL_NAMES = {exponent: name for name, exponent in _DECIMAL.items()}
_LARGEST = Fraction(2**63 - 1)


class Quantity(NamedTuple):
    """An exact amount and the family of suffixes it is written with."""

    value: Fraction
    family: str = "decimal"
    """decimal (1500m, 12M), binary (12Mi) or exponent (12e6)."""

    def plus(self, other: "Quantity") -> "Quantity":
        """The sum; it is written as this one is, or as the other when this is zero (Quantity.Add)."""
        return Quantity(self.value + other.value, self.family if self.value else other.family)

    def minus(self, other: "Quantity") -> "Quantity":
        """The difference, written by the same rule (Quantity.Sub)."""
        return Quantity(self.value - other.value, self.family if self.value else other.family)

    def rounded_up(self) -> "Quantity":
        """The next whole number."""
        return Quantity(Fraction(ceil(self.value)), self.family)

    def __str__(self) -> str:
        if not self.value:
            return "0"
        if self.family == "binary" and abs(self.value) >= 1024 and self.value.denominator == 1:
            return _binary(self.value.numerator)
        return _decimal(self.value, "decimal" if self.family == "binary" else self.family)


ZERO = Quantity(Fraction(0))


def parse(text: Any) -> Quantity:
    """The quantity that a JSON string or number means; rounded up to 1e-9, capped at 2^63 - 1 if binary.

    Raises ValueError, in the words of the real server, for anything else.
    """
    return _parsed(text.strip() if isinstance(text, str) else _number(text))


@lru_cache(maxsize=1024)
def _parsed(written: str) -> Quantity:
    match = _SHAPE.fullmatch(written)
    if not written or match is None or not re.match(_LOOSE, written) or not (match[2] or match[3]):
        raise ValueError(f"quantities must match the regular expression '{_LOOSE}'")
    sign, whole, places, suffix, power = match.groups(default="")
    amount = Fraction(int(whole + places or "0"), 10 ** len(places))
    scale, family = _scale(suffix, power)
    nano = ceil(amount * scale * 10**9)
    amount = Fraction(nano, 10**9)
    if family == "binary":
        amount = min(amount, _LARGEST)
    return Quantity(-amount if sign == "-" else amount, family)


def canonical(text: Any) -> str:
    """The form in which the server stores and returns a quantity: `1024Mi` is `1Gi`. Raises ValueError as `parse`."""
    return _canonical(text) if isinstance(text, str) else str(parse(text))


@lru_cache(maxsize=1024)
def _canonical(text: str) -> str:
    return str(parse(text))


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"quantities must match the regular expression '{_LOOSE}'")
    return repr(value)


def _scale(suffix: str, power: str) -> tuple[Fraction, str]:
    if not power and suffix in _BINARY:
        return Fraction(2 ** _BINARY[suffix]), "binary"
    if not power and suffix in _DECIMAL:
        return Fraction(10) ** _DECIMAL[suffix], "decimal"
    if suffix in ("e", "E") and power.lstrip("+-"):
        return Fraction(10) ** max(-30, min(30, int(power))), "exponent"
    raise ValueError("unable to parse quantity's suffix")


def _binary(number: int) -> str:
    exponent = 0
    while number % 1024 == 0 and exponent < 60:
        number //= 1024
        exponent += 10
    return f"{number}{_BINARY_NAMES[exponent]}"


def _decimal(value: Fraction, family: str) -> str:
    exponent = -9
    number = value * 10**9
    while number % 1000 == 0 and (exponent < 18 or family == "exponent"):
        number /= 1000
        exponent += 3
    if family == "exponent":
        return f"{number}e{exponent}" if exponent else str(number)
    return f"{number}{_DECIMAL_NAMES[exponent]}"
