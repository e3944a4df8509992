"""Numbers, sizes, ages and access modes as people read them. The one module that knows humanize."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import humanize

from storagetui.model.quantity import Quantity
from storagetui.view.column import NONE, UNKNOWN
from storagetui.view.lasting import day_of, passed

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400

_BINARY = ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki")
_ROOM = 8
"""Longest quantity that is shown as written."""
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_MODE_WORDS = {
    "ReadWriteOnce": "one node at a time",
    "ReadOnlyMany": "many nodes, read only",
    "ReadWriteMany": "many nodes at a time",
    "ReadWriteOncePod": "one pod at a time",
}
_POLICIES = {
    "Delete": "Delete: the storage goes when the claim goes",
    "Retain": "Retain: the storage stays when the claim goes",
    "Recycle": "Recycle: emptied and offered again (deprecated)",
}
_IRREGULAR = {
    "classes": "class",
    "attributes classes": "attributes class",
    "snapshot classes": "snapshot class",
    "storage capacities": "storage capacity",
    "properties": "property",
    "pods with volumes": "pod with volumes",
}


def duration(seconds: float) -> str:
    """A length of time in two or three digits, as kubectl prints ages.

    The rules are those of HumanDuration (k8s.io/apimachinery/pkg/util/duration/duration.go): a clock that is up to two
    seconds behind counts as now, and beyond that the time lies ahead, which is said as `in 5s`.
    """
    total = int(seconds)
    if total < -1:
        return f"in {duration(-seconds)}"
    total = max(0, total)
    if total < 2 * MINUTE:
        return f"{total}s"
    if total < 10 * MINUTE:
        return _two(total, MINUTE, "m", 1, "s")
    if total < 3 * HOUR:
        return f"{total // MINUTE}m"
    if total < 8 * HOUR:
        return _two(total, HOUR, "h", MINUTE, "m")
    if total < 2 * DAY:
        return f"{total // HOUR}h"
    if total < 8 * DAY:
        return _two(total, DAY, "d", HOUR, "h")
    if total < 2 * YEAR:
        return f"{total // DAY}d"
    if total < 8 * YEAR:
        return _two(total, YEAR, "y", DAY, "d")
    return f"{total // YEAR}y"


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, as kubectl prints it; `?` when nobody said when."""
    return UNKNOWN if since is None else duration(passed(since, now).total_seconds())


def ago(since: datetime | None, now: datetime) -> str:
    """How long ago, in a few words: `6 minutes ago`, `just now`."""
    if since is None:
        return "at an unknown time"
    past = now - since
    return "just now" if abs(past) < timedelta(seconds=2) else humanize.naturaltime(past, months=False)


def clock(moment: datetime | None, now: datetime) -> str:
    """The local time of day, `14:02:11`, with the date before it when that is not today's; `?` for None."""
    if moment is None:
        return UNKNOWN
    local, today = moment.astimezone(), day_of(now).date()
    if local.date() == today:
        return local.strftime("%H:%M:%S")
    return local.strftime("%m-%d %H:%M:%S" if local.year == today.year else "%Y-%m-%d %H:%M:%S")


def ago_exact(when: datetime | None, now: datetime) -> str:
    """A moment as local time, and how far it is from now: `13:55:31 (6m40s ago)`; `?` for None."""
    if when is None:
        return UNKNOWN
    past = passed(when, now).total_seconds()
    words = f"in {duration(-past)}" if past < -1 else f"{duration(past)} ago"
    return f"{clock(when, now)} ({words})"


def with_zone(when: datetime) -> str:
    """Local date and time with the name of the zone, for the one place that says which zone times are in."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def size(quantity: Quantity | None) -> str:
    """A quantity as it was written where that is short, else exact in the largest unit that fits, else about."""
    if quantity is None:
        return NONE
    if len(quantity.text) <= _ROOM and not quantity.text.isdigit():
        return quantity.text
    value = quantity.value
    for power, suffix in enumerate(_BINARY):
        unit = 1024 ** (len(_BINARY) - power)
        if value >= unit and value % unit == 0:
            return f"{value // unit}{suffix}"
    return quantity.text if len(quantity.text) <= _ROOM else f"≈{byte_sum(value)}"


def byte_sum(value: int) -> str:
    """A number of bytes that nobody wrote down, to one decimal: `1.5 TiB`."""
    return humanize.naturalsize(value, binary=True)


def number(value: int) -> str:
    """An integer with thousands separators."""
    return humanize.intcomma(value)


def counted(value: int, noun: str) -> str:
    """A number of things: `10,000 claims`, `1 claim`; the noun is given in the plural."""
    return f"{number(value)} {noun if value != 1 else singular(noun)}"


def singular(noun: str) -> str:
    """One of them: `claim` of `claims`."""
    return _IRREGULAR.get(noun) or noun.removesuffix("s")


def access_modes(modes: Sequence[str]) -> str:
    """Access modes as kubectl abbreviates and orders them: `RWO,ROX`; an unknown one is written out."""
    known = [short for mode, short in _MODES.items() if mode in modes]
    return ",".join((*known, *dict.fromkeys(mode for mode in modes if mode not in _MODES))) or NONE


def access_words(modes: Sequence[str]) -> str:
    """What access modes allow, in words: `one node at a time`.

    ReadWriteOnce is about nodes, ReadWriteOncePod about pods
    (kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes).
    """
    known = [words for mode, words in _MODE_WORDS.items() if mode in modes]
    return " or ".join((*known, *dict.fromkeys(mode for mode in modes if mode not in _MODES))) or "no access mode"


def reclaim_words(policy: str) -> str:
    """A reclaim policy and what it means for the data; an unknown one as it is."""
    return _POLICIES.get(policy, policy)


def _two(total: int, large: int, large_suffix: str, small: int, small_suffix: str) -> str:
    """A duration in two units, the second one only where it is not zero."""
    first, rest = divmod(total, large)
    second = rest // small
    return f"{first}{large_suffix}" + (f"{second}{small_suffix}" if second else "")
