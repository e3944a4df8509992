"""All rules, written out. Of those that answer for one symptom the first that has an answer counts: deepest first."""

from typing import Any

from storagetui.diagnosis.rule import Rule, State
from storagetui.diagnosis.rules import (
    attach_refused,
    claim_being_provisioned,
    claim_class_missing,
    claim_lost,
    claim_pending,
    claim_provisioner_silent,
    claim_provisioning_failed,
    claim_waits_for_first_pod,
    claim_waits_for_unscheduled_pod,
    claim_without_class,
    driver_not_on_node,
    mount_refused,
    node_outside_volume_topology,
    pod_claim_missing,
    pod_claim_not_usable,
    pod_container_creating,
    pod_held_by_finalizer,
    pod_no_volume_to_bind,
    pod_on_dead_node,
    pod_pending,
    pod_terminating,
    pod_volume_elsewhere,
    pod_waits_for_claim,
    set_claim_refused,
    volume_held_by_other_node,
)

ALL_RULES: tuple[Rule[Any], ...] = (
    # a claim is Pending
    claim_class_missing.RULE,
    claim_without_class.RULE,
    claim_waits_for_first_pod.RULE,
    claim_being_provisioned.RULE,
    claim_provisioning_failed.RULE,
    claim_waits_for_unscheduled_pod.RULE,
    claim_provisioner_silent.RULE,
    claim_pending.RULE,
    # a claim is Lost
    claim_lost.RULE,
    # a set is short of pods
    set_claim_refused.RULE,
    # a pod has no node
    pod_claim_missing.RULE,
    pod_waits_for_claim.RULE,
    pod_volume_elsewhere.RULE,
    pod_no_volume_to_bind.RULE,
    pod_pending.RULE,
    # a pod has a node and no container begins
    pod_claim_not_usable.RULE,
    node_outside_volume_topology.RULE,
    driver_not_on_node.RULE,
    volume_held_by_other_node.RULE,
    attach_refused.RULE,
    mount_refused.RULE,
    pod_container_creating.RULE,
    # a pod is to go and is still there
    pod_held_by_finalizer.RULE,
    pod_on_dead_node.RULE,
    pod_terminating.RULE,
)

STATES: dict[str, State] = {state.code: state for rule in ALL_RULES for state in rule.states}
"""What the rules tell apart, by code."""
