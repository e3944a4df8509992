"""A pod has a node and its volume is not there.

Deepest first: of those that answer for one symptom the first that has an answer counts. Rules of the mount family that
look at the pod alone come before those that wait for an attachment.
"""

from typing import Any

from storagetui.diagnosis.rule import Rule
from storagetui.diagnosis.rules.attach import (
    attach_refused,
    attachment_leaked,
    attachment_not_detached,
    attachment_orphaned,
    attachment_waits,
    driver_not_on_node,
    node_lacks_driver,
    node_outside_volume_topology,
    pod_claim_not_usable,
    pod_rejected,
    volume_held_by_other_node,
)
from storagetui.diagnosis.rules.mount import driver_not_for_volume, volume_mode_differs

OTHERS: tuple[Rule[Any], ...] = (
    pod_rejected.RULE,
    node_lacks_driver.RULE,
    attachment_orphaned.VOLUME_RULE,
    attachment_not_detached.RULE,
    attachment_orphaned.NODE_RULE,
    attachment_leaked.RULE,
)
"""Rules of other symptoms than that of a pod which waits on its node."""
RULES: tuple[Rule[Any], ...] = (
    pod_claim_not_usable.RULE,
    volume_mode_differs.RULE,
    driver_not_for_volume.RULE,
    node_outside_volume_topology.RULE,
    driver_not_on_node.RULE,
    volume_held_by_other_node.RULE,
    attachment_waits.RULE,
    attach_refused.RULE,
)
