import pytest

from storagetui.diagnosis.finding import Certainty, Severity
from storagetui.model.backups import Backup, BackupStorageLocation
from storagetui.model.base import Record
from storagetui.model.keys import Kind
from tests.build import Json, build, stamp
from tests.diagnosis.world import codes, only


def backup(
    name: str, phase: str, *, ago: float = 3600, of: str = "", spec: Json | None = None, **status: object
) -> Record:
    labels = {"velero.io/schedule-name": of} if of else {}
    made: Json = {"phase": phase, "startTimestamp": stamp(ago), **status}
    base = {"spec": {"storageLocation": "main", **(spec or {})}, "status": made}
    return build(Backup, f"velero/{name}", base, {"metadata": {"labels": labels}}, age=ago)


def location(phase: str = "Available", name: str = "main", **over: Json) -> Record:
    spec = {"provider": "aws", "objectStorage": {"bucket": "copies"}}
    return build(BackupStorageLocation, f"velero/{name}", {"spec": spec, "status": {"phase": phase}}, dict(over))


HERE = location()


def test_velero_backup_failed() -> None:
    spec = {"includedNamespaces": ["shop"]}
    status: Json = {
        "errors": 2,
        "warnings": 1,
        "csiVolumeSnapshotsAttempted": 3,
        "csiVolumeSnapshotsCompleted": 1,
        "completionTimestamp": stamp(600),
    }
    finding = only(backup("b", "PartiallyFailed", spec=spec, **status), HERE)
    assert (finding.code, finding.severity, finding.certainty) == (
        "velero-backup-failed",
        Severity.HIGH,
        Certainty.CONFIRMED,
    )
    assert finding.title == "Backup is PartiallyFailed"
    for part in (
        "The backup of namespace shop is PartiallyFailed, as of 2026-01-15T13:52:11Z.",
        "It counts 2 errors and 1 warnings.",
        "Of 3 snapshots 1 were completed.",
    ):
        assert part in finding.explanation
    assert finding.next_step == "Read its log: velero backup logs b -n velero."
    assert codes(backup("b", "Completed"), HERE) == []
    assert codes(backup("b", "Deleting"), HERE) == []


def test_what_velero_says_stands_in_the_title() -> None:
    assert "server restarted" in only(backup("b", "Failed", failureReason="server restarted"), HERE).title
    invalid = only(backup("b", "FailedValidation", validationErrors=["no such location"]), HERE)
    assert invalid.title == "Backup is FailedValidation: no such location"


def test_only_the_latest_of_a_schedule_tells() -> None:
    old, new = backup("old", "Failed", ago=7200, of="daily"), backup("new", "Failed", of="daily")
    assert codes(old, new, HERE) == []
    assert codes(new, old, HERE) == ["velero-backup-failed"]
    good = backup("good", "Completed", ago=9000, of="daily", completionTimestamp=stamp(8000))
    assert "The last good backup of schedule daily is good, completed at" in only(new, old, good, HERE).explanation
    assert codes(old, backup("new", "Completed", of="daily"), HERE) == []
    assert codes(old, backup("new", "InProgress", of="daily"), HERE) == ["velero-backup-failed"]


def test_a_location_that_cannot_be_reached_is_the_cause() -> None:
    away = location("Unavailable", status={"message": "AccessDenied"})
    finding = only(backup("b", "Failed"), away)
    assert finding.causes == (away.key,)
    assert "Its location main is Unavailable: AccessDenied." in finding.explanation
    assert "Its location main does not exist." in only(backup("b", "Failed")).explanation
    blind = only(backup("b", "Failed"), blind=(Kind.BACKUP_STORAGE_LOCATION,))
    assert "Cannot tell whether its location can be reached" in blind.explanation


@pytest.mark.parametrize(
    ("phase", "limit"), [("New", 600), ("", 600), ("InProgress", 14400), ("WaitingForPluginOperations", 14400)]
)
def test_velero_backup_stuck(phase: str, limit: float) -> None:
    assert codes(backup("b", phase, ago=limit - 1), HERE) == []
    finding = only(backup("b", phase, ago=limit, progress={"totalItems": 90, "itemsBackedUp": 10}), HERE)
    assert (finding.code, finding.severity, finding.certainty) == (
        "velero-backup-stuck",
        Severity.MEDIUM,
        Certainty.INFERRED,
    )
    assert "10 of 90 items are done." in finding.explanation


def test_the_backup_says_how_long_its_parts_may_take() -> None:
    spec = {"itemOperationTimeout": "10h0m0s"}
    assert codes(backup("b", "InProgress", ago=35999, spec=spec), HERE) == []
    assert codes(backup("b", "InProgress", ago=36000, spec=spec), HERE) == ["velero-backup-stuck"]
