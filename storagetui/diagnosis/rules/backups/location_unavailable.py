"""Where backups go cannot be reached."""

from collections.abc import Iterator

from storagetui.cluster.copy_relations import POOR_BACKUPS_OF_LOCATION, SCHEDULES_OF_LOCATION
from storagetui.diagnosis.backup_states import NO_LOCATION, UNFINISHED_PHASES, location_of
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import joined, moment, quoted, things
from storagetui.model.backups import Backup, BackupStorageLocation, Restore
from storagetui.model.keys import Key, Kind

UNREACHABLE = State(
    code="velero-location-unavailable",
    title="Backup storage cannot be reached",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "No new backup can be stored there and no restore read: the credentials, the bucket, the network, a "
        "certificate or a clock that is wrong."
    ),
    remedies=("Repair the backup location: credentials, bucket, network",),
    links=("https://velero.io/docs/main/api-types/backupstoragelocation/",),
)


def find(location: BackupStorageLocation, ctx: Context) -> Iterator[Finding]:
    """Yield with what Velero says, and who waits for the place."""
    names = (location.name, *(("",) if location_of(location.namespace, "", ctx) == location else ()))
    places = [(location.namespace, name) for name in names]
    schedules = sorted(key for place in places for key in ctx.cluster.keys_of(SCHEDULES_OF_LOCATION, place))
    backups = [one for place in places for one in ctx.cluster.related(Backup, POOR_BACKUPS_OF_LOCATION, place)]
    unfinished = sorted(one.key for one in backups if one.phase in UNFINISHED_PHASES)
    checked = f" It was last tried at {moment(location.last_validation_time)}." if location.last_validation_time else ""
    place = f"bucket {location.bucket} of {location.provider}" if location.bucket else location.provider
    yield UNREACHABLE.finding(
        location,
        f"Backup location {location.name} cannot be reached",
        joined(
            f"Location {location.name} ({place}{', the default one' if '' in names else ''}) is Unavailable.{checked}",
            f"Velero says: {quoted(location.message)}" if location.message else "",
            f"{things('Schedule', [key.name for key in schedules])} cannot store backups." if schedules else "",
            "No new backup can be stored there, and nothing restored from it.",
        ),
        location.last_validation_time,
        next_step=f"Repair the credentials, the bucket or the network of {location.name}.",
        evidence=(evidence(location, "phase"), evidence(location, "message")),
        victims=(*schedules, *unfinished, *_restores(location, names, ctx)),
    )


def _restores(location: BackupStorageLocation, names: tuple[str, ...], ctx: Context) -> list[Key]:
    """The restores that have not ended and read from there; of restores there are few."""
    found = []
    for restore in ctx.cluster.all(Restore).values():
        if restore.namespace == location.namespace and restore.phase in UNFINISHED_PHASES:
            source = ctx.cluster.get(Backup, restore.namespace, restore.backup_name)
            if source is not None and source.storage_location in names:
                found.append(Key(Kind.RESTORE, restore.namespace, restore.name))
    return sorted(found)


RULE = Rule(NO_LOCATION, (UNREACHABLE,), find)
