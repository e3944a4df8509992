"""A claim is Pending, or Lost; and which class claims without one are given.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.claims import (
    claim_being_provisioned,
    claim_class_missing,
    claim_idle,
    claim_lost,
    claim_named_volume,
    claim_no_matching_volume,
    claim_node_gone,
    claim_old_plugin,
    claim_pending,
    claim_pod_names_node,
    claim_provisioner_silent,
    claim_provisioning_failed,
    claim_selector,
    claim_source,
    claim_waits_for_first_pod,
    claim_waits_for_unscheduled_pod,
    claim_without_class,
    class_default,
)

RULES: tuple[Rule[Any], ...] = (
    claim_named_volume.RULE,
    claim_idle.ABANDONED,
    claim_class_missing.RULE,
    claim_without_class.RULE,
    claim_selector.RULE,
    claim_old_plugin.RULE,
    claim_source.RULE,
    claim_node_gone.RULE,
    claim_no_matching_volume.RULE,
    claim_waits_for_first_pod.RULE,
    claim_being_provisioned.RULE,
    claim_provisioning_failed.RULE,
    claim_waits_for_unscheduled_pod.RULE,
    claim_pod_names_node.RULE,
    claim_provisioner_silent.RULE,
    claim_idle.RULE,
    claim_pending.RULE,
    claim_lost.RULE,
    class_default.RULE,
)
