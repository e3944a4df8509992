"""More is asked for, and nobody calls the driver."""

import re
from collections.abc import Iterator
from datetime import datetime

from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.event_text import events, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.growth import GROWING, asked, driver, facts, is_growing, told, volume
from storagetui.diagnosis.plugins import controller_words
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined
from storagetui.diagnosis.words import since as since_words
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind

EDITED = State(
    code="resize-pv-edited",
    title="PV capacity was edited by hand",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The capacity in the PersistentVolume is as big as what is asked for, and the driver was never called: "
        "somebody wrote the number, and the resizer takes it for grown. The disk still has its old size."
    ),
    remedies=(
        "Look at the real size of the volume in the storage system",
        "Ask for more than the false size, so that the driver is called; do not write the capacity back down",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims",
        "https://github.com/kubernetes/kubernetes/issues/88683",
    ),
)
NOBODY = State(
    code="resize-no-resizer",
    title="Nobody takes up the expansion",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "More is asked for, the class let it in, and the claim's status shows no trace of a resizer: the sidecar "
        "csi-resizer of the driver does not run, or the driver cannot expand volumes at all."
    ),
    remedies=(
        "Look at the pods of the driver's controller, for the sidecar csi-resizer and its log",
        "Restart the driver's controller",
    ),
    links=(
        "https://kubernetes-csi.github.io/docs/volume-expansion.html",
        "https://github.com/kubernetes-csi/external-resizer",
    ),
)
PATIENCE_S = 180.0
"""How long a resizer may take to begin."""


def find_edited(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the volume's capacity is what is asked for, and no step of an expansion shows anywhere."""
    found = volume(claim, ctx)
    if not is_growing(claim) or found is None or found.is_growing or claim.allocated_status:
        return
    if found.capacity is None or claim.requested is None or found.capacity < claim.requested:
        return
    if claim.allocated is not None or not ctx.older_than(_since(claim, ctx), PATIENCE_S):
        return
    handle = f" ({found.volume_handle} of {found.driver})" if found.driver else ""
    yield EDITED.finding(
        claim,
        f"Volume {found.name} says {found.capacity} and was never grown",
        told(
            claim,
            ctx,
            f"The capacity in volume {found.name}{handle} is no smaller than what is asked for, and neither the "
            "resizer nor a node has grown it: it was written by hand, or restored with the wrong number.",
        ),
        _since(claim, ctx),
        next_step=f"Look at the real size of {found.volume_handle or found.name} in the storage system, and ask for "
        f"more than {found.capacity}.",
        evidence=(*facts(claim), evidence(found, "capacity")),
    )


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when more has been asked for a while ago, and the claim's status shows nothing of it."""
    if not is_growing(claim) or claim.allocated_status:
        return
    since = _since(claim, ctx)
    if not ctx.older_than(since, PATIENCE_S):
        return
    found = volume(claim, ctx)
    name = driver(claim, found)
    announced = next(events(ctx, claim, ("ExternalExpanding",)), None)
    known = since if announced is not None or claim.last_written is not None else None
    yield NOBODY.finding(
        claim,
        f"Nobody grows the volume to {claim.requested}",
        told(
            claim,
            ctx,
            f"{name} has not begun{since_words(known)}: no condition and no status tells of it.",
            controller_words(name, "resizer", ctx) if name != "the driver" else "",
            hint(name, Topic.EXPAND),
        ),
        known,
        next_step=f"Look whether the controller of {name} runs with the sidecar csi-resizer, and read its log.",
        evidence=(*facts(claim), *((said(announced),) if announced is not None else ())),
        causes=(Key(Kind.CSI_DRIVER, "", name),) if name != "the driver" else (),
        shared=joined(
            f"Nobody grows volumes of {name}.", controller_words(name, "resizer", ctx), hint(name, Topic.EXPAND)
        )
        if name != "the driver"
        else "",
    )


def _since(claim: PersistentVolumeClaim, ctx: Context) -> datetime | None:
    """Since when more is asked for; where neither the controller nor the claim tells, it has been so all the time.

    A server always tells when a claim was written; what was saved of one often does not.
    """
    return asked(claim, ctx) or claim.creation_timestamp


PATTERNS = (
    Pattern(
        NOBODY.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ExternalExpanding",),
        re.compile(
            r"waiting for an external controller to (?:expand|process) this (?i:pvc)"
            r"|CSI migration enabled for \S+; waiting for external resizer to expand the pvc"
        ),
    ),
)
_HEARD = (Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ExternalExpanding",)),)

EDITED_RULE = Rule(GROWING, (EDITED,), find_edited)
RULE = Rule(GROWING, (NOBODY,), find, heard=_HEARD, patterns=PATTERNS)
