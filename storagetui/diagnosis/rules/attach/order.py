"""A pod has a node and its volume is not there.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.attach import (
    attach_refused,
    driver_not_on_node,
    node_outside_volume_topology,
    pod_claim_not_usable,
    volume_held_by_other_node,
)

RULES: tuple[Rule[Any], ...] = (
    pod_claim_not_usable.RULE,
    node_outside_volume_topology.RULE,
    driver_not_on_node.RULE,
    volume_held_by_other_node.RULE,
    attach_refused.RULE,
)
