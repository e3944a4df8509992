"""A pod has a node, its volume is there, and no container begins.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.mount import (
    mount_refused,
    pod_container_creating,
)

RULES: tuple[Rule[Any], ...] = (
    mount_refused.RULE,
    pod_container_creating.RULE,
)
