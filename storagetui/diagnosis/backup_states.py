"""What is known of backups: which are good, of which schedule, and where they go; and the symptoms."""

from collections.abc import Iterable
from datetime import datetime

from storagetui.cluster.copy_relations import BACKUPS_OF_SCHEDULE
from storagetui.diagnosis.rule import Context, Symptom
from storagetui.diagnosis.words import cannot_tell, listed, moment, quoted
from storagetui.model.backups import COMPLETED, Backup, BackupStorageLocation, Schedule
from storagetui.model.keys import Key, Kind

FAILED_PHASES = ("Failed", "PartiallyFailed", "FailedValidation")
UNFINISHED_PHASES = (
    "",
    "New",
    "Queued",
    "ReadyToStart",
    "InProgress",
    "WaitingForPluginOperations",
    "WaitingForPluginOperationsPartiallyFailed",
    "Finalizing",
    "FinalizingPartiallyFailed",
)
UNAVAILABLE = "Unavailable"


def _has_failed(backup: Backup) -> bool:
    return backup.phase in FAILED_PHASES


def _is_unfinished(backup: Backup) -> bool:
    return backup.phase in UNFINISHED_PHASES and backup.deletion_timestamp is None


def _is_off(schedule: Schedule) -> bool:
    return schedule.is_paused or schedule.phase == "FailedValidation"


def _is_on(schedule: Schedule) -> bool:
    return not _is_off(schedule) and schedule.deletion_timestamp is None


def _is_unavailable(location: BackupStorageLocation) -> bool:
    return location.phase == UNAVAILABLE


HAS_FAILED = Symptom("backup has failed", Backup, _has_failed)
UNFINISHED = Symptom("backup has not ended", Backup, _is_unfinished)
SCHEDULE_OFF = Symptom("schedule of backups does not run", Schedule, _is_off)
SCHEDULE_ON = Symptom("schedule of backups is to run", Schedule, _is_on)
NO_LOCATION = Symptom("backup location is Unavailable", BackupStorageLocation, _is_unavailable)


def begun(backup: Backup) -> datetime | None:
    """When a backup was begun, or asked for."""
    return backup.start_timestamp or backup.creation_timestamp


def of_schedule(namespace: str, name: str, ctx: Context) -> list[Backup]:
    """The backups of a schedule, the latest first, as far as they can be read."""
    if not name or ctx.unknown(Kind.BACKUP):
        return []
    found = ctx.cluster.related(Backup, BACKUPS_OF_SCHEDULE, (namespace, name))
    dated = [(begun(one), one) for one in found]
    known = sorted(((when, one.name, one) for when, one in dated if when), key=lambda row: row[:2], reverse=True)
    return [row[2] for row in known] + [one for when, one in dated if when is None]


def last_good(backups: Iterable[Backup]) -> Backup | None:
    """The latest that is Completed, of backups the latest first."""
    return next((one for one in backups if one.phase == COMPLETED), None)


def good_words(good: Backup | None, name: str) -> str:
    """When the last good backup of a schedule ended, in a sentence."""
    if good is None:
        return f"Of schedule {name} no good backup is known."
    when = f", completed at {moment(good.completion_timestamp)}" if good.completion_timestamp is not None else ""
    return f"The last good backup of schedule {name} is {good.name}{when}."


def scope(namespaces: tuple[str, ...]) -> str:
    """`namespaces shop and web`, `all namespaces`."""
    if not namespaces or "*" in namespaces:
        return "all namespaces"
    return f"namespace{'s' if len(namespaces) > 1 else ''} {listed(namespaces)}"


def location_of(namespace: str, name: str, ctx: Context) -> BackupStorageLocation | None:
    """The location of a name, or the default one for none; None when it does not exist or cannot be read."""
    if ctx.unknown(Kind.BACKUP_STORAGE_LOCATION):
        return None
    if name:
        return ctx.cluster.get(BackupStorageLocation, namespace, name)
    there = [one for one in ctx.cluster.all(BackupStorageLocation).values() if one.namespace == namespace]
    marked = [one for one in there if one.is_default]
    return marked[0] if len(marked) == 1 else next((one for one in there if one.name == "default"), None)


def location_words(namespace: str, name: str, ctx: Context) -> str:
    """How the place that backups go to is, in a sentence; empty while nothing is wrong with it."""
    if blind := ctx.unknown(Kind.BACKUP_STORAGE_LOCATION):
        return cannot_tell("whether its location can be reached", blind)
    found = location_of(namespace, name, ctx)
    if found is None:
        return f"Its location {name} does not exist." if name else ""
    if found.phase != UNAVAILABLE:
        return ""
    return f"Its location {found.name} is Unavailable: {quoted(found.message or 'nothing is said about why')}"


def location_causes(namespace: str, name: str, ctx: Context) -> tuple[Key, ...]:
    """The location as the cause, if it cannot be reached or does not exist."""
    found = location_of(namespace, name, ctx)
    if found is not None:
        return (found.key,) if found.phase == UNAVAILABLE else ()
    missing = name and not ctx.unknown(Kind.BACKUP_STORAGE_LOCATION)
    return (Key(Kind.BACKUP_STORAGE_LOCATION, namespace, name),) if missing else ()
