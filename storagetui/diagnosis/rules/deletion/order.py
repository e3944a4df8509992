"""A claim or a volume is to go, or has lost its other half.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.deletion import (
    claim_as_source,
    claim_in_use,
    foreign_finalizer,
    volume_going,
    volume_kept_or_lost,
    volume_not_deleted,
)

RULES: tuple[Rule[Any], ...] = (
    claim_in_use.RULE,
    claim_as_source.RULE,
    foreign_finalizer.RULE,
    volume_going.BOUND_RULE,
    volume_going.RULE,
    foreign_finalizer.VOLUME_RULE,
    volume_not_deleted.RULE,
    volume_not_deleted.FAILED_RULE,
    volume_kept_or_lost.RISK_RULE,
    volume_kept_or_lost.CLASS_RISK_RULE,
    volume_kept_or_lost.RESERVED_RULE,
    volume_kept_or_lost.LEAKED_RULE,
)
