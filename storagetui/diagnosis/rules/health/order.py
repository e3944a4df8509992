"""What is known of a volume that is bound: whether it is ill, full, or of no use.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.health import claim_unused, volume_full, volume_ill

RULES: tuple[Rule[Any], ...] = (
    volume_ill.RULE,
    volume_ill.NODE_RULE,
    volume_full.RULE,
    claim_unused.RULE,
)
