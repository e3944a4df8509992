"""A schedule of Velero does not run, or has brought no good backup for long."""

from collections.abc import Iterator

from storagetui.diagnosis.backup_states import (
    FAILED_PHASES,
    SCHEDULE_OFF,
    SCHEDULE_ON,
    begun,
    good_words,
    last_good,
    location_causes,
    location_words,
    of_schedule,
    scope,
)
from storagetui.diagnosis.cron import longest_gap_s
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, moment, quoted
from storagetui.model.backups import Backup, Schedule
from storagetui.model.keys import Kind

_SCHEDULE, _BACKUP = (
    "https://velero.io/docs/main/api-types/schedule/",
    "https://velero.io/docs/main/api-types/backup/",
)

OFF = State(
    code="velero-schedule-off",
    title="Schedule does not run",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning="It was paused, on purpose or to be resumed and forgotten, or its cron expression is wrong.",
    remedies=("Resume the schedule: velero schedule unpause NAME", "Correct the cron expression"),
    links=(_SCHEDULE,),
)
OVERDUE = State(
    code="velero-no-recent-backup",
    title="No fresh backup of a namespace with volumes",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "The newest good backup is older than twice what the schedule promises. Before any step that may lose data it "
        "matters how old the last good copy is, and whether it held the data of volumes at all."
    ),
    remedies=(
        "Make a backup now: velero backup create NAME --from-schedule SCHEDULE",
        "Take snapshots of the volumes that matter, and wait until they are ready",
    ),
    links=(_BACKUP, _SCHEDULE),
)
_VOLUME_WORDS = frozenset(
    ("persistentvolumeclaims", "persistentvolumes", "pvc", "pv", "persistentvolumeclaim", "persistentvolume", "*")
)


def find_off(schedule: Schedule, ctx: Context) -> Iterator[Finding]:
    """Yield for a schedule that is paused, or that Velero does not accept."""
    known = of_schedule(schedule.namespace, schedule.name, ctx)
    wrong = schedule.validation_errors
    is_invalid = schedule.phase == "FailedValidation"
    yield OFF.finding(
        schedule,
        "Schedule is not valid" if is_invalid else "Schedule is paused",
        joined(
            f"The schedule `{schedule.cron}` for {scope(schedule.included_namespaces)} "
            + ("does not run: Velero does not accept it." if is_invalid else "does not run: it is paused."),
            *(quoted(one) for one in wrong[:3]),
            _last(schedule),
            cannot_tell("how old its last good backup is", ctx.unknown(Kind.BACKUP))
            or good_words(last_good(known), schedule.name),
        ),
        schedule.last_skipped or schedule.last_backup,
        next_step=f"Correct the schedule: {quoted(wrong[0])}"
        if is_invalid and wrong
        else f"Resume it when it is wanted: velero schedule unpause {schedule.name} -n {schedule.namespace}.",
        evidence=(evidence(schedule, "is_paused"), evidence(schedule, "phase"), evidence(schedule, "cron")),
    )


def find_overdue(schedule: Schedule, ctx: Context) -> Iterator[Finding]:
    """Yield when the last good backup, or the schedule where there is none, is older than two of its intervals."""
    gap_s = longest_gap_s(schedule.cron)
    if gap_s is None:
        return
    blind = ctx.unknown(Kind.BACKUP)
    known = of_schedule(schedule.namespace, schedule.name, ctx)
    good = last_good(known)
    last = (good.completion_timestamp or begun(good)) if good is not None else None
    if blind:
        last = schedule.last_backup
    if not ctx.older_than(last or schedule.creation_timestamp, 2 * gap_s):
        return
    latest = known[0] if known else None
    place = (schedule.namespace, schedule.storage_location)
    has_failed = latest is not None and latest.phase in FAILED_PHASES
    when = f" since {moment(last)}" if last is not None else ""
    yield OVERDUE.finding(
        schedule,
        f"No good backup{when}" if when else "There has never been a good backup",
        joined(
            f"The schedule `{schedule.cron}` for {scope(schedule.included_namespaces)} should bring a good backup "
            f"every {_span(gap_s)}.",
            cannot_tell("which of its backups are good", blind) or good_words(good, schedule.name),
            _latest(latest),
            _last(schedule),
            location_words(*place, ctx),
            data_words(schedule),
        ),
        last,
        next_step=f"Look at backup {latest.name}."
        if latest is not None and has_failed
        else "Look at Velero's pods and their log.",
        evidence=(evidence(schedule, "last_backup"), evidence(schedule, "cron")),
        causes=location_causes(*place, ctx) or ((latest.key,) if latest is not None and has_failed else ()),
    )


def data_words(schedule: Schedule) -> str:
    """Whether its backups hold the data of volumes, in a sentence."""
    excluded = _VOLUME_WORDS & {one.lower() for one in schedule.excluded_resources}
    included = {one.lower() for one in schedule.included_resources}
    if excluded or (included and not included & _VOLUME_WORDS):
        return "Its backups leave claims and volumes out."
    if schedule.copies_files:
        return "Its backups copy the files of volumes that pods have mounted."
    if schedule.snapshots_volumes is False:
        return "Its backups hold no data of volumes: snapshotVolumes is false."
    return ""


def _latest(latest: Backup | None) -> str:
    if latest is None:
        return "No backup of it is known."
    when = f" of {moment(begun(latest))}" if begun(latest) is not None else ""  # type: ignore[arg-type]  # just looked
    return f"The latest is {latest.name}{when}, which is {latest.phase or 'not seen yet'}."


def _last(schedule: Schedule) -> str:
    begun_at = f"It was last begun at {moment(schedule.last_backup)}." if schedule.last_backup is not None else ""
    skipped = f"It was skipped at {moment(schedule.last_skipped)}." if schedule.last_skipped is not None else ""
    return joined(begun_at, skipped)


def _span(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours / 24:g} days" if hours >= 48 and hours % 24 == 0 else f"{hours:.4g} hours"


OFF_RULE = Rule(SCHEDULE_OFF, (OFF,), find_off)
OVERDUE_RULE = Rule(SCHEDULE_ON, (OVERDUE,), find_overdue)
