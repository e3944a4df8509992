"""Texts that depend on the time, and until when they are said to stay as they are."""

import random
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.view.describe.metadata import deletion_line
from storagetui.view.detail import describe
from storagetui.view.events import event_lines
from storagetui.view.format import age, ago_exact, clock, duration
from storagetui.view.header import feed_badge, feed_lines
from storagetui.view.lasting import Lasting, words_last
from storagetui.view.tables import table
from storagetui.view.triage import explain
from tests.build import NOW, claim, event, feed_health, frame_of, live_feeds, node, pod, stamp
from tests.view.world import finding, shop

_YEARS = 12 * 365 * 86400
MICROSECOND = timedelta(microseconds=1)
SPANS = st.timedeltas(min_value=timedelta(hours=-1), max_value=timedelta(seconds=_YEARS))


@given(SPANS, st.floats(0, 1, exclude_max=True))
def test_a_duration_reads_the_same_for_as_long_as_is_said(past: timedelta, share: float) -> None:
    lasts = words_last(past)
    later = past + min(lasts * share, max(timedelta(), lasts - MICROSECOND))
    assert duration(later.total_seconds()) == duration(past.total_seconds())


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=8) - MICROSECOND))
def test_a_duration_reads_otherwise_thereafter(past: timedelta) -> None:
    assert duration((past + words_last(past)).total_seconds()) != duration(past.total_seconds())


@given(SPANS)
def test_words_with_a_time_of_day_last_until_the_day_ends_at_most(past: timedelta) -> None:
    lasting, since = Lasting(), NOW - past
    with lasting.noting(NOW):
        words = clock(since, NOW), ago_exact(since, NOW)
    for hours in range(30):
        later = NOW + timedelta(hours=hours)
        if lasting.holds(later):
            assert (clock(since, later), ago_exact(since, later)) == words
    assert not lasting.holds(NOW + timedelta(days=1))


def test_nothing_holds_before_it_was_made_nor_when_there_is_nothing() -> None:
    lasting = Lasting()
    assert not lasting.holds(NOW)
    with lasting.noting(NOW):
        assert age(NOW - timedelta(minutes=30), NOW) == "30m"
    assert lasting.holds(NOW + timedelta(seconds=59))
    assert not lasting.holds(NOW + timedelta(seconds=60))
    assert not lasting.holds(NOW - timedelta(seconds=1)), "the clock was set back"


def test_what_is_made_outside_ends_nothing_and_the_first_to_change_counts() -> None:
    lasting, other = Lasting(), Lasting()
    age(NOW, NOW)
    with lasting.noting(NOW):
        age(NOW - timedelta(hours=9), NOW)
        with other.noting(NOW):
            age(NOW, NOW)
        age(NOW - timedelta(minutes=20), NOW)
    age(NOW, NOW)
    assert lasting.holds(NOW + timedelta(seconds=59))
    assert not other.holds(NOW + timedelta(seconds=1))


def world() -> Frame:
    """Everything that tells of a time: events, deletions, leases, feeds that are stale, findings."""
    dying = {"deletionTimestamp": stamp(-25), "finalizers": ["kubernetes.io/pvc-protection"]}
    records = [
        *shop(),
        claim("shop/dying", metadata=dying),
        pod("shop/leaving", metadata={"deletionTimestamp": stamp(3), "deletionGracePeriodSeconds": 30}),
        node("gone", ready="False", since=100.0),
    ]
    records += [event(one, "Looked", "at it", ago=number * 97.0) for number, one in enumerate(records)]
    stale = feed_health(Kind.NODE, FeedState.STALE, "it said nothing", was_listed=True)
    found = tuple(finding(one, f"trouble of {one.name} at {stamp(50)}", since=NOW) for one in records[:5])
    return frame_of(*records, feeds=live_feeds(stale), findings=found)


def texts(frame: Frame) -> Iterable[tuple[str, Callable[..., object]]]:
    """Everything that is made of a Frame and a time, by what it is."""
    for kind, every in frame.cluster.objects.items():
        for key, record in every.items():
            yield f"{kind} {key}", lambda now, key=key: describe(frame, key, now)
            yield f"events of {key}", lambda now, key=key, uid=record.uid: event_lines(frame, key, uid, now)
            yield f"deletion of {key}", lambda now, record=record: deletion_line(record, now)
    for name in ("claims", "volumes", "pods", "attachments"):
        columns = table(name)
        for key, row in columns.rows(frame).items():
            yield f"row {key}", lambda now, row=row, columns=columns: columns.cells(row, frame, now)
    for group in frame.groups:
        yield f"group {group.identity}", lambda now, one=group: explain(one, frame, now)
    yield "badge", lambda now: feed_badge(frame, now)
    yield "feeds", lambda now: feed_lines(frame, now)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_made_of_a_time_says_until_when_it_holds(seed: int) -> None:
    chance, ticking = random.Random(seed), 0
    for what, make in texts(world()):
        now = NOW + timedelta(seconds=chance.choice((0, 7, 200, 4000, 40_000, 400_000)) + chance.random())
        lasting = Lasting()
        with lasting.noting(now):
            made = make(now)
        for later in (now + timedelta(seconds=chance.random() * scale) for scale in (1, 5, 60, 3600, 90_000)):
            if lasting.holds(later):
                assert make(later) == made, f"{what} at {later}"
            else:
                ticking += 1
    assert ticking > 50
