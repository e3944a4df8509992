from datetime import UTC, datetime, timedelta, timezone

from storagetui.diagnosis import words


def test_moments_are_utc_to_the_second() -> None:
    east = datetime(2026, 1, 15, 15, 2, 11, 999, tzinfo=timezone(timedelta(hours=1)))
    assert words.moment(east) == "2026-01-15T14:02:11Z"
    assert words.since(datetime(2026, 1, 1, tzinfo=UTC)) == " since 2026-01-01T00:00:00Z"
    assert words.since(None) == ""


def test_lists_end_before_they_tire() -> None:
    assert [words.listed("abcdef"[:n]) for n in range(6)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b, c and 1 more",
        "a, b, c and 2 more",
    ]
    assert words.things("pod", ["a"]) == "pod a"
    assert words.things("class", ["a", "b"]) == "classes a and b"


def test_what_others_say_is_one_sentence_at_most_so_long() -> None:
    assert words.quoted("a\n b") == "a b."
    assert words.quoted("a!") == "a!"
    assert len(words.quoted("x" * 5000)) == 400
    long = words.quoted("mount failed: " + "-o a " * 200 + "Output: wrong fs type.")
    assert long.startswith("mount failed: -o a")
    assert long.endswith("-o a Output: wrong fs type.")


def test_what_cannot_be_told_is_told_with_every_reason_once() -> None:
    assert words.cannot_tell("x") == ""
    assert words.cannot_tell("x", "", "a is b", "a is b", "c is d") == "Cannot tell x, because a is b and c is d."
