"""A snapshot is not ready, or is to go and is still there.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.snapshots import (
    snapshot_class,
    snapshot_content,
    snapshot_going,
    snapshot_not_taken,
)

RULES: tuple[Rule[Any], ...] = (
    snapshot_class.RULE,
    snapshot_content.RULE,
    snapshot_not_taken.FAILED_RULE,
    snapshot_not_taken.SLOW_RULE,
    snapshot_not_taken.NOBODY_RULE,
    snapshot_going.RULE,
    snapshot_going.CONTENT_RULE,
)
