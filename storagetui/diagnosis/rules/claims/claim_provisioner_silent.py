"""Nobody answers for a claim's provisioner."""

import re
from collections.abc import Iterator

from storagetui.cluster.chains import events_of
from storagetui.diagnosis.claim_states import UNBOUND, asked_since, waiting_pods
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.event_text import events, said
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.fitting import asks
from storagetui.diagnosis.provisioning import stages
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, moment
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind

SILENT = State(
    code="pvc-provisioner-silent",
    title="Nobody answers for the claim's provisioner",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The control plane handed the claim to a driver and has heard nothing since: there is no event of any kind "
        "from a component of the driver's name. The driver's controller is not running, is not installed, or has "
        "lost its leader lease."
    ),
    remedies=("Look at the driver's controller pods", "Restart the driver's controller"),
    links=(
        "https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/",
        "https://kubernetes-csi.github.io/docs/troubleshooting.html",
    ),
)


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield when the controller waits for the provisioner and the provisioner has never said anything."""
    driver = claim.provisioner
    if not driver or ctx.unknown_events():
        return
    asked = next(events(ctx, claim, ("ExternalProvisioning",)), None)
    if asked is None or any(event.component.startswith(driver) for event in events_of(ctx.cluster, claim.uid)):
        return
    since = asked_since(claim, ctx)
    if not ctx.older_than(since, ctx.thresholds.claim_pending_s):
        return
    is_absent = not ctx.unknown(Kind.CSI_DRIVER) and ctx.cluster.get(CSIDriver, "", driver) is None
    again = f", last at {moment(asked.last_seen)}" if asked.last_seen is not None else ""
    yield SILENT.finding(
        claim,
        f"{driver} does not answer",
        joined(
            f"The claim asks for {asks(claim)}. The control plane waits for {driver} to make the volume{again}, and "
            f"{driver} has not reported anything about the claim.",
            f"No CSIDriver of that name exists: most likely {driver} is not installed."
            if is_absent
            else "Its controller is not running, or has lost its leader lease.",
            hint(driver, Topic.CONTROLLER),
            stages(claim, ctx),
        ),
        since,
        next_step=f"Install {driver}." if is_absent else f"Look at the controller pods of {driver} and their logs.",
        evidence=(evidence(claim, "phase"), evidence(claim, "provisioner"), said(asked)),
        victims=waiting_pods(claim, ctx),
        causes=(Key(Kind.CSI_DRIVER, "", driver),),
        shared=f"{driver} does not answer. The claims that wait for it get no volume.",
    )


PATTERNS = (
    Pattern(
        SILENT.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ExternalProvisioning",),
        re.compile(
            r"[Ww]aiting for a volume to be created,? either by "
            r"(?:the )?external provisioner ['\"](?P<driver>[^'\"]+)['\"]"
        ),
    ),
)

RULE = Rule(
    UNBOUND,
    (SILENT,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ExternalProvisioning", "Provisioning")),),
    patterns=PATTERNS,
)
