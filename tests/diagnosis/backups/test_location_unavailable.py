from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.diagnosis.roots import grouped
from storagetui.model.backups import Restore
from tests.build import build, stamp
from tests.diagnosis.backups.test_backup_failed import backup, location
from tests.diagnosis.backups.test_schedule_without_backup import schedule
from tests.diagnosis.world import cluster_of, codes, full_run, only

AWAY = location("Unavailable", status={"message": "AccessDenied", "lastValidationTime": stamp(60)})


def test_velero_location_unavailable() -> None:
    running = backup("b", "InProgress", ago=60)
    reading = build(Restore, "velero/back", {"spec": {"backupName": "old"}, "status": {"phase": "InProgress"}}, {})
    finding = only(AWAY, schedule(), running, backup("old", "Completed"), reading)
    assert (finding.code, finding.severity, finding.certainty) == (
        "velero-location-unavailable",
        Severity.HIGH,
        Certainty.CONFIRMED,
    )
    assert "(bucket copies of aws) is Unavailable. It was last tried at 2026-01-15T14:01:11Z." in finding.explanation
    assert "Velero says: AccessDenied." in finding.explanation
    assert set(finding.victims) == {schedule().key, running.key, reading.key}
    assert codes(location()) == []
    assert codes(location("")) == []


def test_the_default_location_is_meant_by_those_that_name_none() -> None:
    nameless = schedule(template={"storageLocation": ""})
    default = location("Unavailable", spec={"default": True})
    assert only(default, nameless).victims == (nameless.key,)
    assert only(AWAY, nameless).victims == ()


def test_what_fails_for_want_of_it_stands_under_it() -> None:
    cluster = cluster_of(AWAY, schedule(), backup("b", "Failed", of="daily", ago=600))
    (group,) = grouped(full_run(cluster), cluster)
    assert group.finding.code == "velero-location-unavailable"
    assert {one.code for one in group.followers.values()} == {"velero-backup-failed", "velero-no-recent-backup"}
