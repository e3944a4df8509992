"""Kubernetes quantities, exact."""

import re
from decimal import ROUND_CEILING, Decimal, localcontext
from functools import lru_cache

import msgspec

_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?")
_POWERS = {
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))},
    **{
        suffix: Decimal(1000) ** power
        for power, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
    },
}
_NANO = Decimal(10) ** 9


class Quantity(msgspec.Struct, frozen=True, gc=False, eq=False):
    """An amount as the API writes it, compared by value: `1Gi` equals `1024Mi`.

    The grammar is that of `resource.Quantity` (k8s.io/apimachinery/pkg/api/resource/quantity.go), which keeps nothing
    finer than a billionth and rounds up to it.
    """

    nanos: int
    """The value in billionths of the unit."""
    text: str
    """As it was written."""

    @property
    def value(self) -> int:
        """Whole units (bytes, for storage), rounded up as the API's `Value()` does."""
        return -(-self.nanos // 10**9)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.nanos == other.nanos

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
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a quantity; write a number with a suffix such as Gi, M or m")
    number, exponent, suffix = match.groups()
    if exponent and abs(int(exponent[1:5])) + len(exponent) > 300:
        raise ValueError(f"{text[:40]!r} is beyond any quantity that the API keeps")
    with localcontext(prec=200, Emax=10**6, Emin=-(10**6)):
        factor = Decimal(f"1{exponent}") if exponent else _POWERS[suffix or ""]
        nanos = (Decimal(number) * factor * _NANO).to_integral_value(ROUND_CEILING)
    return Quantity(int(nanos), text)
