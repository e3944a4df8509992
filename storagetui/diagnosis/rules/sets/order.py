"""A set is not what it should be.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.sets import (
    claim_left_behind,
    claim_owner_unexpected,
    set_blocked,
    set_claim_being_deleted,
    set_claim_refused,
    set_pod_not_updated,
    set_pod_refused,
    set_service_missing,
    set_update_refused,
    set_warnings,
)

RULES: tuple[Rule[Any], ...] = (
    # a set is short of pods
    set_claim_being_deleted.RULE,
    set_claim_refused.RULE,
    set_pod_refused.RULE,
    set_pod_not_updated.RULE,
    set_blocked.RULE,
    # each of these stands beside whatever else is told
    set_service_missing.RULE,
    set_update_refused.RULE,
    claim_owner_unexpected.RULE,
    claim_left_behind.RULE,
    *set_warnings.RULES,
)
