"""The driver refuses or fails to make a claim's volume."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, asked_since, waiting_pods, wish
from storagetui.diagnosis.event_text import events, grpc_code, message, said, without_rpc
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import joined, moment, quoted
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Kind

FAILED = State(
    code="pvc-provisioning-failed",
    title="The driver refuses or fails to make the volume",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "The driver answered CreateVolume with an error. Its code tells how to read it: ResourceExhausted is no room "
        "or a quota of the provider; InvalidArgument, OutOfRange and NotFound want another class or another request; "
        "PermissionDenied and Unauthenticated are about the driver's credentials; Aborted, DeadlineExceeded and "
        "Unavailable pass unless they last."
    ),
    remedies=(
        "Read the log of the driver's controller",
        "Mend what the provider complains of: room, quota, credentials",
        "Correct the parameters of the class",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/",),
)

_CLASS_NOT_FOUND = re.compile(r'storageclass\.storage\.k8s\.io "[^"]+" not found')
"""Said of a class that was missing; whether it still is, its object tells."""
_WRAPPING = re.compile(r'failed to provision volume with StorageClass "[^"]*": ')
_ADVICE = {
    "ResourceExhausted": "Make room in the storage behind the driver, or raise the provider's quota.",
    "InvalidArgument": "Correct the parameters of the class, or what the claim asks for: trying again does not help.",
    "OutOfRange": "Ask for a size that the driver can make: trying again does not help.",
    "NotFound": "Correct what the class or the claim refers to: trying again does not help.",
    "PermissionDenied": "Give the driver's account the right that the provider misses.",
    "Unauthenticated": "Renew the driver's credentials.",
    "Aborted": "Wait: the driver is still at it; read its controller's log if this goes on.",
    "DeadlineExceeded": "Wait: the driver is slow or overloaded; read its controller's log if this goes on.",
    "Unavailable": "Wait: the driver's backend does not answer; read its controller's log if this goes on.",
}
_DEFAULT_ADVICE = "Read the log of the driver's controller; it holds the whole story."


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for the latest ProvisioningFailed of a claim that has waited for a while."""
    failed = latest_failure(claim, ctx)
    if failed is None or not ctx.older_than(asked_since(claim, ctx), ctx.thresholds.claim_pending_s):
        return
    text = message(failed)
    code, why = grpc_code(text), quoted(without_rpc(_WRAPPING.sub("", text)))
    driver = claim.provisioner or failed.component
    times = f" {failed.count} times" if failed.count > 1 else ""
    last = f", last at {moment(failed.last_seen)}" if failed.last_seen is not None else ""
    yield FAILED.finding(
        claim,
        f"{driver} fails to make the volume" + (f": {code}" if code else ""),
        joined(
            f"The claim asks for {wish(claim)}, and {driver} has failed to make the volume{times}{last}.",
            f"It says: {why}",
        ),
        failed.first_seen,
        next_step=_ADVICE.get(code, _DEFAULT_ADVICE),
        evidence=(evidence(claim, "phase"), said(failed)),
        victims=waiting_pods(claim, ctx),
    )


def latest_failure(claim: PersistentVolumeClaim, ctx: Context) -> Event | None:
    """The latest report of a failure to make the volume, complaints about a class that was missing left out."""
    failures = events(ctx, claim, ("ProvisioningFailed",))
    return next((event for event in failures if _CLASS_NOT_FOUND.search(event.message) is None), None)


PATTERNS = (
    Pattern(
        FAILED.code,
        Kind.PERSISTENT_VOLUME_CLAIM,
        ("ProvisioningFailed",),
        re.compile(r'(?:failed to provision volume with StorageClass "(?P<storage_class>[^"]+)": )?(?P<why>.+)'),
        is_catch_all=True,
    ),
)

RULE = Rule(
    UNBOUND,
    (FAILED,),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed",)),),
    patterns=PATTERNS,
)
