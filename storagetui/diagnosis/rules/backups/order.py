"""There is no good backup where there should be one.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.backups import backup_failed, location_unavailable, schedule_without_backup

RULES: tuple[Rule[Any], ...] = (
    location_unavailable.RULE,
    backup_failed.RULE,
    backup_failed.STUCK_RULE,
    schedule_without_backup.OFF_RULE,
    schedule_without_backup.OVERDUE_RULE,
)
