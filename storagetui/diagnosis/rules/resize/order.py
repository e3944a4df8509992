"""A bound claim is to grow, or its volume to change.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.resize import (
    attributes_change,
    change_refused,
    controller_refuses,
    file_system_pending,
    growth_under_way,
    nobody_expands,
    node_fails,
)

RULES: tuple[Rule[Any], ...] = (
    node_fails.RULE,
    controller_refuses.RULE,
    file_system_pending.RULE,
    growth_under_way.RULE,
    nobody_expands.EDITED_RULE,
    nobody_expands.RULE,
    attributes_change.MISSING_RULE,
    attributes_change.RULE,
    change_refused.RULE,
)
