"""A claim's class names a plugin that was part of Kubernetes once."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import NO_PROVISIONER, UNBOUND, class_of, is_delayed, waiting_pods
from storagetui.diagnosis.event_text import first_match, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, quoted
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind

GONE = State(
    code="pvc-intree-plugin-gone",
    title="Class uses an in-tree plugin this version no longer has",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "Provisioners named kubernetes.io/* were compiled into Kubernetes and have been removed, or handed to a CSI "
        "driver that stands in for them. Without such a driver nobody serves the class. A class's provisioner cannot "
        "be edited."
    ),
    remedies=(
        "Install the CSI driver that took the plugin's place",
        "Make the class again with that driver as its provisioner",
        "Delete the unbound claim and make it again with a class that works",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/volumes/#csi-migration",
        "https://kubernetes.io/docs/concepts/storage/storage-classes/#provisioner",
    ),
)

_REMOVED = {
    "kubernetes.io/glusterfs": "1.26",
    "kubernetes.io/quobyte": "1.25",
    "kubernetes.io/storageos": "1.25",
    "kubernetes.io/flocker": "1.25",
    "kubernetes.io/scaleio": "1.22",
    "kubernetes.io/rbd": "1.31",
}
"""Plugins that nothing stands in for, and the version that no longer had them (kubernetes: CHANGELOG)."""


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the control plane says that it has no such plugin, or when no version of today has it."""
    made_by = class_of(claim, ctx)
    if made_by is None or claim.volume_name or not made_by.provisioner.startswith("kubernetes.io/"):
        return
    if made_by.provisioner == NO_PROVISIONER:
        return
    if not ctx.older_than(claim.creation_timestamp, ctx.thresholds.claim_pending_s):
        return
    told = first_match(ctx, claim, PATTERNS, newer_than=claim.creation_timestamp)
    left = _REMOVED.get(made_by.provisioner)
    if told is None and (left is None or (is_delayed(claim, ctx) and not claim.selected_node)):
        return
    name = made_by.provisioner
    yield GONE.finding(
        claim,
        f"Nobody serves {name}, which class {made_by.name} uses",
        joined(
            f"The claim asks for {asks(claim)}, and the provisioner of class {made_by.name} is {name}, which was once "
            "part of Kubernetes.",
            f"It is gone since {left}, and nothing stands in for it." if left is not None else "",
            f"The control plane says: {quoted(told.match.string)}" if told is not None else "",
        ),
        claim.creation_timestamp,
        next_step=f"Make a class with a CSI driver in place of {name}; then delete the claim and make it again.",
        evidence=(
            evidence(claim, "phase"),
            evidence(made_by, "provisioner"),
            *((said(told.event),) if told is not None else ()),
        ),
        victims=waiting_pods(claim, ctx),
        causes=(Key(Kind.STORAGE_CLASS, "", made_by.name),),
        shared=f"Nobody serves {name}, which class {made_by.name} uses. Claims of the class stay Pending.",
    )


PATTERNS = (
    Pattern(
        GONE.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ProvisioningFailed",),
        re.compile(r"no volume plugin matched name: (?P<plugin>kubernetes\.io/\S+)|no volume plugin matched"),
    ),
)
"""kubernetes: pkg/volume/plugins.go."""

RULE = Rule(
    UNBOUND,
    (GONE,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",)),),
    patterns=PATTERNS,
)
