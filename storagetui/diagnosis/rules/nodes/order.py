"""A pod is to go and is still there.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.nodes import (
    node_out_of_service,
    pod_held_by_finalizer,
    pod_on_dead_node,
    pod_terminating,
)

RULES: tuple[Rule[Any], ...] = (
    pod_held_by_finalizer.RULE,
    pod_on_dead_node.RULE,
    pod_terminating.RULE,
    # a node is marked
    node_out_of_service.RULE,
)
