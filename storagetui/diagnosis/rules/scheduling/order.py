"""A pod has no node.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.scheduling import (
    pod_claim_missing,
    pod_no_volume_to_bind,
    pod_pending,
    pod_volume_elsewhere,
    pod_waits_for_claim,
)

RULES: tuple[Rule[Any], ...] = (
    pod_claim_missing.RULE,
    pod_waits_for_claim.RULE,
    pod_volume_elsewhere.RULE,
    pod_no_volume_to_bind.RULE,
    pod_pending.RULE,
)
