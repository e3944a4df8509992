"""Numbers, sizes and ages."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from storagetui.model.quantity import parse
from storagetui.view import format as shown
from tests.build import NOW

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


# What HumanDuration of k8s.io/apimachinery 0.37.2 answers.
AGES = (
    (-1.5, "0s"),
    (0, "0s"),
    (0.9, "0s"),
    (59, "59s"),
    (119, "119s"),
    (2 * MINUTE, "2m"),
    (6 * MINUTE + 12, "6m12s"),
    (9 * MINUTE + 59, "9m59s"),
    (10 * MINUTE, "10m"),
    (22 * MINUTE + 30, "22m"),
    (179 * MINUTE + 59, "179m"),
    (3 * HOUR, "3h"),
    (7 * HOUR + 59 * MINUTE, "7h59m"),
    (8 * HOUR, "8h"),
    (47 * HOUR + 59 * MINUTE, "47h"),
    (48 * HOUR, "2d"),
    (5 * DAY + 3 * HOUR, "5d3h"),
    (7 * DAY + 23 * HOUR, "7d23h"),
    (8 * DAY, "8d"),
    (2 * YEAR - 1, "729d"),
    (2 * YEAR, "2y"),
    (3 * YEAR + 5 * DAY, "3y5d"),
    (8 * YEAR - 1, "7y364d"),
    (8 * YEAR, "8y"),
    (200 * YEAR, "200y"),
)


@pytest.mark.parametrize(("seconds", "expected"), AGES)
def test_ages_read_as_kubectl_prints_them(seconds: float, expected: str) -> None:
    assert shown.duration(seconds) == expected


def test_what_lies_ahead_is_said_to_lie_ahead() -> None:
    assert shown.duration(-5) == "in 5s"
    assert shown.ago_exact(NOW + timedelta(seconds=30), NOW).endswith("(in 30s)")


def test_an_age_is_unknown_when_nobody_said_since_when() -> None:
    assert shown.age(None, NOW) == "?"
    assert shown.age(NOW - timedelta(minutes=22), NOW) == "22m"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("200Gi", "200Gi"),
        ("0.5Ti", "0.5Ti"),
        ("1e3", "1e3"),
        ("107374182400", "100Gi"),
        ("1500", "1500"),
        ("1610612736", "1536Mi"),
        ("104857600Ki", "100Gi"),
        ("123456789012", "≈115.0 GiB"),
    ],
)
def test_a_size_is_exact_where_that_is_short(written: str, expected: str) -> None:
    assert shown.size(parse(written)) == expected


def test_no_size_is_no_zero() -> None:
    assert shown.size(None) == "–"


@pytest.mark.parametrize(
    ("value", "noun", "expected"),
    [
        (10000, "claims", "10,000 claims"),
        (1, "claims", "1 claim"),
        (0, "pods", "0 pods"),
        (1, "classes", "1 class"),
        (1, "storage capacities", "1 storage capacity"),
        (1234567, "volumes", "1,234,567 volumes"),
    ],
)
def test_counts_have_separators_and_the_right_number(value: int, noun: str, expected: str) -> None:
    assert shown.counted(value, noun) == expected


@pytest.mark.parametrize(
    ("modes", "short", "words"),
    [
        (("ReadWriteOnce",), "RWO", "one node at a time"),
        (("ReadWriteOncePod",), "RWOP", "one pod at a time"),
        (("ReadWriteMany",), "RWX", "many nodes at a time"),
        (("ReadOnlyMany", "ReadWriteOnce"), "RWO,ROX", "one node at a time or many nodes, read only"),
        (("Sideways",), "Sideways", "Sideways"),
        ((), "–", "no access mode"),
    ],
)
def test_access_modes_in_letters_and_in_words(modes: tuple[str, ...], short: str, words: str) -> None:
    assert shown.access_modes(modes) == short
    assert shown.access_words(modes) == words


@pytest.mark.usefixtures("berlin")
def test_times_are_local_and_bear_a_date_unless_it_is_today() -> None:
    assert shown.clock(NOW, NOW) == "15:02:11"
    assert shown.clock(datetime(2026, 1, 14, 23, 30, tzinfo=UTC), NOW) == "00:30:00"
    assert shown.clock(datetime(2026, 1, 2, 8, 0, tzinfo=UTC), NOW) == "01-02 09:00:00"
    assert shown.clock(datetime(2025, 7, 2, 8, 0, tzinfo=UTC), NOW) == "2025-07-02 10:00:00"
    assert shown.clock(None, NOW) == "?"
    assert shown.with_zone(NOW) == "2026-01-15 15:02:11 CET"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(1, "just now"), (30, "30 seconds ago"), (360, "6 minutes ago"), (90000, "a day ago")]
)
def test_how_long_ago_in_words(seconds: float, expected: str) -> None:
    assert shown.ago(NOW - timedelta(seconds=seconds), NOW) == expected


def test_reclaim_policies_say_what_becomes_of_the_data() -> None:
    assert "stays" in shown.reclaim_words("Retain")
    assert shown.reclaim_words("Whatever") == "Whatever"
