"""A set is short of pods.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.sets import (
    set_claim_refused,
)

RULES: tuple[Rule[Any], ...] = (set_claim_refused.RULE,)
