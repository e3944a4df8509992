"""A claim is Pending, or Lost.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.claims import (
    claim_being_provisioned,
    claim_class_missing,
    claim_lost,
    claim_pending,
    claim_provisioner_silent,
    claim_provisioning_failed,
    claim_waits_for_first_pod,
    claim_waits_for_unscheduled_pod,
    claim_without_class,
)

RULES: tuple[Rule[Any], ...] = (
    claim_class_missing.RULE,
    claim_without_class.RULE,
    claim_waits_for_first_pod.RULE,
    claim_being_provisioned.RULE,
    claim_provisioning_failed.RULE,
    claim_waits_for_unscheduled_pod.RULE,
    claim_provisioner_silent.RULE,
    claim_pending.RULE,
    claim_lost.RULE,
)
