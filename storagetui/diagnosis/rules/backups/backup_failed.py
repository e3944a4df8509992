"""A backup of Velero has failed, or does not end."""

from collections.abc import Iterator

from storagetui.diagnosis.backup_states import (
    FAILED_PHASES,
    HAS_FAILED,
    UNFINISHED,
    begun,
    good_words,
    last_good,
    location_causes,
    location_words,
    of_schedule,
    scope,
)
from storagetui.diagnosis.cron import duration_s
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Rule, State
from storagetui.diagnosis.words import joined, moment, quoted, since
from storagetui.model.backups import COMPLETED, Backup
from storagetui.model.keys import Kind

_LINK = "https://velero.io/docs/main/api-types/backup/"

FAILED = State(
    code="velero-backup-failed",
    title="Backup failed",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "Failed holds nothing, and FailedValidation was never begun. PartiallyFailed may still hold the volumes that "
        "are wanted: compare the snapshots that were attempted with those that were completed, and do not count it as "
        "good without looking. The details stand in the backup's log in the object store alone."
    ),
    remedies=(
        "Read the backup's log: velero backup logs NAME",
        "Repair the backup location: credentials, bucket, network",
        "Make a new backup once the cause is mended",
    ),
    links=(_LINK,),
)
STUCK = State(
    code="velero-backup-stuck",
    title="Backup does not end",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "An upload hangs, it waits behind another one, or Velero's server does not run; a server that was restarted "
        "marks what it had begun as Failed when it starts."
    ),
    remedies=(
        "Look at Velero's pods and their log, those of the node agent too",
        "Wait, while data is being moved",
        "Make a new backup once the cause is mended",
    ),
    links=(_LINK,),
)
UNSEEN_S = 600.0
"""How long Velero may take to see a backup."""
_DEFAULT_TIMEOUT_S = 4 * 3600.0
"""Of operations on items, by which parts of a backup are bounded (Velero's default)."""


def find(backup: Backup, ctx: Context) -> Iterator[Finding]:
    """Yield for the latest backup of a schedule that has ended, and for each that was asked for by hand."""
    siblings = of_schedule(backup.namespace, backup.schedule_name, ctx)
    ended = [one for one in siblings if one.phase == COMPLETED or one.phase in FAILED_PHASES]
    if ended and ended[0].key != backup.key:
        return  # what came after it tells how things are
    reason = backup.failure_reason or (backup.validation_errors[0] if backup.validation_errors else "")
    name, place = backup.schedule_name, (backup.namespace, backup.storage_location)
    yield FAILED.finding(
        backup,
        f"Backup is {backup.phase}" + (f": {_short(reason)}" if reason else ""),
        joined(
            f"The backup of {scope(backup.included_namespaces)} is {backup.phase}{_ended(backup)}.",
            f"Velero says: {quoted(reason)}" if reason else "",
            *(quoted(one) for one in backup.validation_errors[1:3]),
            _counts(backup),
            _volumes(backup),
            location_words(*place, ctx),
            good_words(last_good(siblings), name) if name and not ctx.unknown(Kind.BACKUP) else "",
        ),
        backup.completion_timestamp or begun(backup),
        next_step=f"Read its log: velero backup logs {backup.name} -n {backup.namespace}."
        if backup.phase != "FailedValidation"
        else "Correct what Velero complains of, and make the backup again.",
        evidence=_facts(backup),
        causes=location_causes(*place, ctx),
    )


def find_stuck(backup: Backup, ctx: Context) -> Iterator[Finding]:
    """Yield for a backup that is not done although the time for its parts is over."""
    is_unseen = backup.phase in ("", "New")
    limit_s = UNSEEN_S if is_unseen else duration_s(backup.item_operation_timeout) or _DEFAULT_TIMEOUT_S
    if not ctx.older_than(begun(backup), limit_s):
        return
    place = (backup.namespace, backup.storage_location)
    done = f"{backup.items_done or 0} of {backup.items_total} items are done." if backup.items_total else ""
    yield STUCK.finding(
        backup,
        "Velero has not taken up the backup" if is_unseen else f"Backup has been {backup.phase} for long",
        joined(
            f"The backup of {scope(backup.included_namespaces)} is {backup.phase or 'new'}{since(begun(backup))}.",
            f"It is number {backup.queue_position} in the queue." if backup.queue_position else "",
            done,
            _volumes(backup),
            location_words(*place, ctx),
            "Velero's server does not run, as it looks." if is_unseen else "",
        ),
        begun(backup),
        next_step="Look at Velero's pods and their log."
        if is_unseen
        else f"Look at velero backup describe {backup.name} -n {backup.namespace} --details, and at Velero's log.",
        evidence=_facts(backup),
        causes=location_causes(*place, ctx),
    )


def _ended(backup: Backup) -> str:
    return f", as of {moment(backup.completion_timestamp)}" if backup.completion_timestamp is not None else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _counts(backup: Backup) -> str:
    parts = [f"{count} {noun}" for count, noun in ((backup.errors, "errors"), (backup.warnings, "warnings")) if count]
    return f"It counts {' and '.join(parts)}." if parts else ""


def _volumes(backup: Backup) -> str:
    """How many of the volumes it holds, in sentences."""
    attempted = (backup.csi_snapshots_attempted or 0) + (backup.snapshots_attempted or 0)
    completed = (backup.csi_snapshots_completed or 0) + (backup.snapshots_completed or 0)
    snapshots = f"Of {attempted} snapshots {completed} were completed." if attempted else ""
    failed = f", {backup.operations_failed} failed" if backup.operations_failed else ""
    moved = backup.operations_attempted
    return joined(
        snapshots, f"Of {moved} moves of data {backup.operations_completed or 0} are done{failed}." if moved else ""
    )


def _facts(backup: Backup) -> tuple[Evidence, ...]:
    names = ("phase", "failure_reason", "errors", "csi_snapshots_attempted", "csi_snapshots_completed")
    return tuple(evidence(backup, name) for name in names if name == "phase" or getattr(backup, name))


RULE = Rule(HAS_FAILED, (FAILED,), find)
STUCK_RULE = Rule(UNFINISHED, (STUCK,), find_stuck)
