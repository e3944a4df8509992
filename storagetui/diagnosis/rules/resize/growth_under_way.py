"""An expansion is under way."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import events, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity
from storagetui.diagnosis.growth import GROWING, RESIZING, begun, driver, facts, holds, is_at_node, told, volume
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import since as since_words
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind

UNDER_WAY = State(
    code="resize-in-progress",
    title="Expansion is under way",
    severity=Severity.INFO,
    certainty=Certainty.CONFIRMED,
    meaning="The driver was called. Disks of clouds grow within seconds to minutes, while they are used.",
    remedies=("Wait: nothing is wrong yet",),
    links=("https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims",),
    is_calm=True,
)
_CALLED = "ControllerResizeInProgress"


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the resizer has taken it up, and nobody has complained."""
    at_node, name = is_at_node(claim), driver(claim, volume(claim, ctx))
    called = next(events(ctx, claim, (RESIZING,)), None)
    stands = holds(claim, RESIZING) is not None or claim.allocated_status == _CALLED
    if not stands and not at_node and (called is None or ctx.older_than(called.last_seen, _HEARSAY_S)):
        return
    since = begun(claim) or (called.first_seen if called is not None else None)
    doing = "The disk has grown; the node is growing the file system." if at_node else ""
    yield UNDER_WAY.finding(
        claim,
        f"Volume is being grown to {claim.allocated or claim.requested}",
        told(claim, ctx, doing or f"{name} has been growing the volume{since_words(since)}."),
        since,
        certainty=Certainty.CONFIRMED if stands or at_node else Certainty.INFERRED,
        evidence=(*facts(claim), *((said(called),) if called is not None else ())),
    )


_HEARSAY_S = 600.0
"""How long the event alone counts, where nothing stands in the claim."""

RULE = Rule(
    GROWING,
    (UNDER_WAY,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, (RESIZING,)),),
    patterns=(
        Pattern(
            UNDER_WAY.code,
            Kind.PERSISTENT_VOLUME_CLAIM,
            (RESIZING,),
            re.compile(r"External resizer is resizing volume (?P<pv>\S+)"),
        ),
    ),
)
