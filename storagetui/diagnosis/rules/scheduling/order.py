"""A pod has no node.

Deepest first: of those that answer for one symptom the first that has an answer counts. What the scheduler says of
single nodes may be many things at once; what stands in the way where the volume is comes before where that is.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.scheduling import (
    pod_claim_deleting,
    pod_claim_missing,
    pod_claim_unseen,
    pod_ephemeral_claim,
    pod_local_node_gone,
    pod_no_volume_to_bind,
    pod_node_slots,
    pod_pending,
    pod_sole_user,
    pod_storage_capacity,
    pod_verdicts,
    pod_volume_elsewhere,
    pod_waits_for_claim,
)

RULES: tuple[Rule[Any], ...] = (
    pod_claim_missing.RULE,
    pod_ephemeral_claim.RULE,
    pod_claim_unseen.RULE,
    pod_claim_deleting.RULE,
    pod_waits_for_claim.RULE,
    pod_local_node_gone.RULE,
    pod_sole_user.RULE,
    pod_node_slots.RULE,
    pod_storage_capacity.RULE,
    pod_no_volume_to_bind.RULE,
    pod_volume_elsewhere.RULE,
    pod_verdicts.RULE,
    pod_pending.RULE,
    pod_verdicts.DISK_RULE,
)
