"""How far the making of a claim's volume has come, from the claim and its events."""

from datetime import datetime
from typing import NamedTuple

from storagetui.diagnosis.event_text import events
from storagetui.diagnosis.moments import earliest, latest
from storagetui.diagnosis.rule import Context
from storagetui.diagnosis.words import cannot_tell, moment
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event


class Tally(NamedTuple):
    """Events of one sort, taken together."""

    times: int
    first: datetime | None
    last: datetime | None


def tally(found: list[Event]) -> Tally:
    """How often, when first and when last."""
    return Tally(
        sum(one.count for one in found),
        earliest(one.first_seen for one in found),
        latest(one.last_seen for one in found),
    )


def stages(claim: PersistentVolumeClaim, ctx: Context) -> str:
    """What was done when, in a sentence: created, node chosen, asked for, begun, failed so often, last at."""
    made = f"created {moment(claim.creation_timestamp)}" if claim.creation_timestamp is not None else "created"
    steps = [made]
    if claim.selected_node:
        steps.append(f"node {claim.selected_node} chosen")
    if blind := ctx.unknown_events():
        return f"Stages: {', '.join(steps)}. {cannot_tell('when provisioning began and how often it failed', blind)}"
    for reason, words in (
        ("ExternalProvisioning", f"handed to {claim.provisioner or 'the provisioner'}"),
        ("Provisioning", "provisioning begun"),
        ("ProvisioningFailed", "failed first"),
    ):
        seen = tally(list(events(ctx, claim, (reason,), newer_than=claim.creation_timestamp)))
        if seen.times:
            steps.append(f"{words}{_when(seen, is_counted=reason != 'ExternalProvisioning')}")
    return f"Stages: {', '.join(steps)}."


def _when(seen: Tally, *, is_counted: bool) -> str:
    first = f" {moment(seen.first)}" if seen.first is not None else ""
    if seen.times == 1 or not is_counted:
        return first
    last = f", last at {moment(seen.last)}" if seen.last is not None else ""
    return f"{first} ({seen.times} times{last})"
