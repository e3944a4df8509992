"""How often a cron expression comes round, as far as it is needed to tell that something is overdue.

The grammar is that of robfig/cron's ParseStandard, which Velero uses: five fields, names of months and days, lists,
ranges and steps, `@daily` and the like, `@every 6h`, and a time zone before them, which changes nothing here.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_UNITS_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|h|m|s)")
_LONGEST = 200
"""Characters of an expression that are looked at."""
_FIRST_DAY, _DAYS_TRIED = date(2023, 1, 1), 4 * 366
_DAY_S = 86400.0


def duration_s(text: str) -> float | None:
    """The seconds of a duration as Go writes it, `4h0m0s`; None for what is none."""
    parts = _DURATION.findall(text[:_LONGEST])
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS_S[unit] for number, unit in parts)


@lru_cache(256)
def longest_gap_s(expression: str) -> float | None:
    """The most seconds between two runs; None for an expression that is not understood, or that never comes."""
    words = expression[:_LONGEST].split()
    if words and words[0].startswith(("TZ=", "CRON_TZ=")):
        words = words[1:]
    if len(words) == 2 and words[0] == "@every":
        return duration_s(words[1])
    if len(words) == 1:
        words = _MACROS.get(words[0].lower(), "").split()
    if len(words) != len(_BOUNDS):
        return None
    try:
        minutes, hours, days, months, weekdays = (_values(word, place) for place, word in enumerate(words))
    except ValueError:
        return None
    times = sorted(hour * 3600.0 + minute * 60.0 for hour in hours for minute in minutes)
    runs = list(_run_days(days, months, weekdays, words[2] in "*?", words[4] in "*?"))
    if not runs or not times:
        return None
    within = max((after - before for before, after in pairwise(times)), default=0.0)
    apart = max(((after - before).days for before, after in pairwise(runs)), default=_DAYS_TRIED)
    return max(within, apart * _DAY_S - times[-1] + times[0])


def _run_days(days: set[int], months: set[int], weekdays: set[int], any_day: bool, any_weekday: bool) -> Iterator[date]:
    """The days of four years that fit; where both kinds of day are restricted one of them is enough."""
    for number in range(_DAYS_TRIED):
        day = _FIRST_DAY + timedelta(days=number)
        if day.month not in months:
            continue
        by_date, by_week = day.day in days, day.isoweekday() % 7 in weekdays
        if (by_date and by_week) if any_day or any_weekday else (by_date or by_week):
            yield day


def _values(word: str, place: int) -> set[int]:
    """The numbers that a field allows; raises ValueError for what is none."""
    low, high = _BOUNDS[place]
    found: set[int] = set()
    for part in word.split(","):
        span, _, step_text = part.partition("/")
        step = int(step_text) if step_text else 1
        if step < 1:
            raise ValueError(f"{part!r} has no step")
        if span in ("*", "?"):
            first, last = low, high
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, place)
            last = _number(end, place) if dash else (high if step_text else first)
        if not low <= first <= last <= high:
            raise ValueError(f"{part!r} is out of bounds")
        found.update(range(first, last + 1, step))
    return found


def _number(text: str, place: int) -> int:
    names = {3: _MONTHS, 4: _DAYS}.get(place, ())
    if text.lower() in names:
        return names.index(text.lower()) + (1 if place == 3 else 0)
    return int(text)
