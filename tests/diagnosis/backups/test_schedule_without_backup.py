from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.backups import Schedule
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from tests.build import Json, build, stamp
from tests.diagnosis.backups.test_backup_failed import HERE, backup, location
from tests.diagnosis.world import codes, only

DAY = 86400.0


def schedule(*, cron: str = "0 3 * * *", age: float = 90 * DAY, template: Json | None = None, **more: Json) -> Record:
    spec = {
        "schedule": cron,
        "template": {"storageLocation": "main", "includedNamespaces": ["shop"], **(template or {})},
    }
    return build(Schedule, "velero/daily", {"spec": spec, "status": {"phase": "Enabled"}}, dict(more), age=age)


def good(ago: float, name: str = "good") -> Record:
    return backup(name, "Completed", ago=ago + 60, of="daily", completionTimestamp=stamp(ago))


def test_velero_no_recent_backup_after_two_intervals() -> None:
    assert codes(schedule(), good(2 * DAY - 1), HERE) == []
    finding = only(schedule(), good(2 * DAY), HERE)
    assert (finding.code, finding.severity, finding.certainty) == (
        "velero-no-recent-backup",
        Severity.MEDIUM,
        Certainty.INFERRED,
    )
    assert finding.title == "No good backup since 2026-01-13T14:02:11Z"
    assert "should bring a good backup every 24 hours" in finding.explanation
    assert "The last good backup of schedule daily is good" in finding.explanation
    weekly = schedule(cron="0 3 * * 1")
    assert codes(weekly, good(14 * DAY - 1), HERE) == []
    assert codes(weekly, good(14 * DAY), HERE) == ["velero-no-recent-backup"]


def test_a_failed_backup_does_not_count_and_is_the_cause() -> None:
    failed = backup("bad", "PartiallyFailed", ago=600, of="daily")
    finding = only(schedule(), failed, good(3 * DAY), HERE)
    assert finding.causes == (failed.key,)
    assert "The latest is bad of 2026-01-15T13:52:11Z, which is PartiallyFailed." in finding.explanation


def test_a_new_schedule_gets_its_time() -> None:
    assert codes(schedule(age=2 * DAY - 1), HERE) == []
    finding = only(schedule(age=2 * DAY), HERE)
    assert finding.title == "There has never been a good backup"


def test_what_its_backups_hold() -> None:
    none = schedule(template={"snapshotVolumes": False})
    assert "hold no data of volumes" in only(none, HERE).explanation
    assert "copy the files" in only(schedule(template={"defaultVolumesToFsBackup": True}), HERE).explanation
    without = schedule(template={"excludedResources": ["persistentvolumeclaims"]})
    assert "leave claims and volumes out" in only(without, HERE).explanation


def test_the_location_comes_before_the_backup() -> None:
    away = location("Unavailable")
    assert only(schedule(), backup("bad", "Failed", ago=600, of="daily"), away).causes == (away.key,)


def test_it_does_not_guess_which_backups_are_good() -> None:
    begun = schedule(status={"lastBackup": stamp(DAY)})
    assert codes(begun, blind=(Kind.BACKUP,)) == []
    finding = only(schedule(status={"lastBackup": stamp(3 * DAY)}), HERE, blind=(Kind.BACKUP,))
    assert "Cannot tell which of its backups are good, because backups cannot be listed." in finding.explanation


def test_a_cron_expression_that_is_not_understood_tells_nothing() -> None:
    assert codes(schedule(cron="now and then"), HERE) == []


def test_velero_schedule_off() -> None:
    finding = only(schedule(spec={"paused": True}), good(5 * DAY), HERE)
    assert (finding.code, finding.severity, finding.certainty) == (
        "velero-schedule-off",
        Severity.MEDIUM,
        Certainty.CONFIRMED,
    )
    assert finding.title == "Schedule is paused"
    assert "The last good backup of schedule daily is good" in finding.explanation
    wrong = {"phase": "FailedValidation", "validationErrors": ["invalid schedule: expected 5 fields"]}
    invalid = only(schedule(cron="x", status=wrong), HERE)
    assert (invalid.code, invalid.title) == ("velero-schedule-off", "Schedule is not valid")
    assert "expected 5 fields" in invalid.explanation
    assert codes(schedule(spec={"paused": False}), good(60), HERE) == []
