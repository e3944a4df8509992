"""What a Deployment does with a claim.

Deepest first: of those that answer for one symptom the first that has an answer counts.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.workloads import pod_crashes, shared_claim

RULES: tuple[Rule[Any], ...] = (shared_claim.RULE, shared_claim.POD_RULE)
LAST: tuple[Rule[Any], ...] = (pod_crashes.RULE,)
"""What is asked of a pod that runs badly once its mounts are not at fault."""
