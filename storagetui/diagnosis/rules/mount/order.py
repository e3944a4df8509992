"""A pod has a node, its volume is there, and no container begins, or none that works.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.mount import (
    containers_fail,
    mount_refused,
    pod_container_creating,
    volume_held_by_pod,
    volume_not_writable,
)

RULES: tuple[Rule[Any], ...] = (
    volume_held_by_pod.RULE,
    mount_refused.RULE,
    pod_container_creating.RULE,
    containers_fail.RULE,
    mount_refused.RULE_LATER,
    volume_not_writable.RULE,
)
