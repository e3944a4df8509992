"""Values that protobuf spells out as a message of their own: times, quantities, entries of maps.

They are taken from an object as bytes and remembered by them: the pods of a set have the same labels and the same
owner, and were made in the same second. That costs less than looking into each anew, and equal values are one object.
Objects that are alike come one after the other, so that few need to be remembered. Absent and empty are the same here:
the API server writes an empty time for none (k8s.io/apimachinery/pkg/apis/meta/v1/time_proto.go).
"""

import codecs
import sys
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from storagetui.kube.protobuf_message import BYTES, INT64, flat
from storagetui.model.fields import Pairs, Quantities
from storagetui.model.quantity import Quantity, parse

_time = flat("Time", seconds=(1, INT64), nanos=(2, INT64)).FromString
_amount = flat("Quantity", string=(1, BYTES)).FromString
_either = flat("IntOrString", type=(1, INT64), number=(2, INT64), text=(3, BYTES)).FromString
_pair = flat("Entry", key=(1, BYTES), value=(2, BYTES)).FromString
_KEY, _VALUE, _SHORT = b"\n", 18, 128
"""The tags of an entry's fields; what is shorter has lengths of one byte."""


def _as_go_does(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return "\ufffd" * (error.end - error.start), error.end
    raise error


codecs.register_error("as-go-does", _as_go_does)


def text(raw: bytes) -> str:
    """Text that may have been cut in the middle of a character, as long messages of events are.

    Each byte that is not UTF-8 becomes U+FFFD, as in the JSON that Go writes.
    """
    return raw.decode("utf-8", "as-go-does")


@lru_cache(4096)
def moment(raw: bytes) -> datetime | None:
    """A Time or MicroTime; finer than a microsecond is what neither of them has.

    Raises ValueError or OverflowError for a time outside the years 1 to 9999.
    """
    if not raw:
        return None
    time = _time(raw)
    made = datetime.fromtimestamp(time.seconds, UTC)
    return made.replace(microsecond=time.nanos // 1000) if time.nanos else made


@lru_cache(4096)
def quantity(raw: bytes) -> Quantity | None:
    """A Quantity; raises ValueError for one that is none."""
    return parse(text(_amount(raw).string)) if raw else None


@lru_cache(256)
def number_or_text(raw: bytes) -> str:
    """An IntOrString as text."""
    either = _either(raw)
    return text(either.text) if either.type else str(either.number)


@lru_cache(2048)
def _entry(raw: bytes) -> tuple[str, str]:
    """Key and value of a map's entry; cut by hand where both are short, which a message would take longer for."""
    cut = 2 + raw[1] if len(raw) > 3 else len(raw)
    if raw[:1] == _KEY and cut < len(raw) - 1 and raw[cut] == _VALUE and cut + 2 + raw[cut + 1] == len(raw) < _SHORT:
        key, value = raw[2:cut], raw[cut + 2 :]
    else:
        pair = _pair(raw)
        key, value = pair.key, pair.value
    return sys.intern(str(key, "utf-8", "as-go-does")), sys.intern(str(value, "utf-8", "as-go-does"))


@lru_cache(512)
def pairs(entries: tuple[bytes, ...]) -> Pairs:
    """A map of strings from the messages of its entries."""
    return tuple(sorted(dict([_entry(one) for one in entries]).items()))


@lru_cache(512)
def quantities(entries: tuple[bytes, ...]) -> Quantities:
    """A map of quantities from the messages of its entries."""
    found = [(text(pair.key), quantity(pair.value)) for pair in map(_pair, entries)]
    given = {sys.intern(key): amount for key, amount in found if amount is not None}
    return tuple(sorted(given.items(), key=lambda pair: pair[0]))


@lru_cache(1024)
def alike(records: tuple[Any, ...]) -> tuple[Any, ...]:
    """Some nested records, or equal ones that are known already."""
    return records


@lru_cache(1024)
def names(values: tuple[str, ...]) -> tuple[str, ...]:
    """A list of strings."""
    return tuple([sys.intern(value) for value in values])
