import pytest

from storagetui.diagnosis.cron import duration_s, longest_gap_s

HOUR, DAY = 3600.0, 86400.0


@pytest.mark.parametrize(
    ("expression", "gap_s"),
    [
        ("0 3 * * *", DAY),
        ("*/15 * * * *", 900.0),
        ("0 */6 * * *", 6 * HOUR),
        ("0 1,13 * * *", 12 * HOUR),
        ("0 9-17 * * *", 16 * HOUR),
        ("0 3 * * 1", 7 * DAY),
        ("0 3 * * mon-fri", 3 * DAY),
        ("0 3 1 * *", 31 * DAY),
        ("0 3 1 jan *", 366 * DAY),
        ("0 0 1,15 * 1", 7 * DAY),
        ("@daily", DAY),
        ("@hourly", HOUR),
        ("@weekly", 7 * DAY),
        ("@every 90m", 5400.0),
        ("CRON_TZ=Europe/Berlin 0 3 * * *", DAY),
        ("5/20 * * * *", 1200.0),
        ("0 0 30 2 *", None),
        ("0 3 * *", None),
        ("61 * * * *", None),
        ("*/0 * * * *", None),
        ("every day", None),
        ("", None),
        ("@every soon", None),
    ],
)
def test_the_longest_gap_between_two_runs(expression: str, gap_s: float | None) -> None:
    assert longest_gap_s(expression) == gap_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("4h0m0s", 14400.0), ("10m", 600.0), ("1.5h", 5400.0), ("500ms", 0.5), ("", None), ("4x", None)],
)
def test_durations_of_go(text: str, seconds: float | None) -> None:
    assert duration_s(text) == seconds
