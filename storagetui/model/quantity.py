"""Kubernetes quantities, exact."""

import re
from decimal import ROUND_UP, Decimal, localcontext
from functools import lru_cache

import msgspec

_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei)|(n|u|m|k|M|G|T|P|E))?", re.ASCII)
_POWERS = {
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))},
    **{
        suffix: Decimal(1000) ** power
        for power, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
    },
}
_NANO = Decimal(10) ** 9
_LONGEST, _LARGEST_EXPONENT = 128, 300
"""Of a text in characters, and of its decimal exponent: what is beyond would only cost time."""
_MOST_BINARY = (2**63 - 1) * 10**9
"""Nanos at which a quantity with a binary suffix is capped."""


class Quantity(msgspec.Struct, frozen=True, gc=False, eq=False):
    """An amount as the API writes it, compared by value: `1Gi` equals `1024Mi`.

    The grammar is that of `resource.Quantity` (k8s.io/apimachinery/pkg/api/resource/quantity.go), which keeps nothing
    finer than a billionth, rounds to it away from zero, and caps what has a binary suffix at 2^63-1.
    """

    nanos: int
    """The value in billionths of the unit."""
    text: str
    """As it was written."""

    @property
    def value(self) -> int:
        """Whole units (bytes, for storage), rounded away from zero as the API's `Value()` does."""
        whole = -(-abs(self.nanos) // 10**9)
        return whole if self.nanos >= 0 else -whole

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.nanos == other.nanos

    def __ne__(self, other: object) -> bool:
        # A Struct compares by identity here unless told otherwise.
        return not self == other

    def __hash__(self) -> int:
        return hash(self.nanos)

    def __lt__(self, other: "Quantity") -> bool:
        return self.nanos < other.nanos

    def __le__(self, other: "Quantity") -> bool:
        return self.nanos <= other.nanos

    def __gt__(self, other: "Quantity") -> bool:
        return self.nanos > other.nanos

    def __ge__(self, other: "Quantity") -> bool:
        return self.nanos >= other.nanos

    def __str__(self) -> str:
        return self.text


@lru_cache(8192)
def parse(text: str) -> Quantity:
    """The quantity that a text such as `1Gi`, `1500m`, `1e3` or `0.5Ti` stands for.

    Raises ValueError naming the text when it is not in the grammar.
    """
    match = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a quantity; write a number with a suffix such as Gi, M or m")
    number, exponent, binary, decimal = match.groups()
    power = int(exponent or 0)
    if abs(power) > _LARGEST_EXPONENT:
        raise ValueError(f"{text[:40]!r} is beyond any quantity that the API keeps")
    with localcontext(prec=2 * _LONGEST):
        factor = Decimal(10) ** power * _POWERS[binary or decimal or ""]
        nanos = int((Decimal(number) * factor * _NANO).to_integral_value(ROUND_UP))
    return Quantity(max(-_MOST_BINARY, min(_MOST_BINARY, nanos)) if binary else nanos, text)
