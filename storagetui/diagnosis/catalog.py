"""All rules, written out. Of those that answer for one symptom the first that has an answer counts: deepest first."""

from typing import Any

from storagetui.diagnosis.fault import FAULT
from storagetui.diagnosis.rule import Rule, State
from storagetui.diagnosis.rules.attach import order as attach
from storagetui.diagnosis.rules.backups import order as backups
from storagetui.diagnosis.rules.claims import order as claims
from storagetui.diagnosis.rules.deletion import order as deletion
from storagetui.diagnosis.rules.health import order as health
from storagetui.diagnosis.rules.mount import order as mount
from storagetui.diagnosis.rules.nodes import order as nodes
from storagetui.diagnosis.rules.quota import order as quota
from storagetui.diagnosis.rules.resize import order as resize
from storagetui.diagnosis.rules.scheduling import order as scheduling
from storagetui.diagnosis.rules.sets import order as sets
from storagetui.diagnosis.rules.snapshots import order as snapshots
from storagetui.diagnosis.rules.workloads import order as workloads

ALL_RULES: tuple[Rule[Any], ...] = (
    *claims.RULES,
    *quota.RULES,
    *sets.RULES,
    *scheduling.RULES,
    *workloads.RULES,
    *attach.RULES,
    *mount.RULES,
    *workloads.LAST,
    *attach.OTHERS,
    *nodes.RULES,
    *resize.RULES,
    *deletion.RULES,
    *snapshots.RULES,
    *backups.RULES,
    *health.RULES,
)

STATES: dict[str, State] = {state.code: state for rule in ALL_RULES for state in rule.states} | {FAULT.code: FAULT}
"""What the rules tell apart, by code, and what is said when one fails."""
