"""A provisioner refuses or fails to make a claim's volume."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.claim_states import UNBOUND, asked_since, waiting_pods
from storagetui.diagnosis.event_text import events, message, said
from storagetui.diagnosis.finding import Finding, evidence
from storagetui.diagnosis.fitting import asks, modes
from storagetui.diagnosis.provisioning import stages, tally
from storagetui.diagnosis.rule import Context, Heard, Rule
from storagetui.diagnosis.rules.claims.refusal import Answer, Refusal, patterns_of
from storagetui.diagnosis.rules.claims.refusals_by_cluster import BY_CLUSTER
from storagetui.diagnosis.rules.claims.refusals_by_provider import BY_PROVIDER
from storagetui.diagnosis.rules.claims.refusals_of_wishes import FAILED, NEVER, OF_WISHES, PARAMETER, SECRET
from storagetui.diagnosis.words import joined, moment, quoted
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.events import Event
from storagetui.model.keys import Kind

REFUSALS: tuple[Refusal, ...] = (*BY_CLUSTER, OF_WISHES[0], *BY_PROVIDER, *OF_WISHES[1:])
"""Those that say the most first."""
_READ = (BY_CLUSTER[0], SECRET, *REFUSALS)
"""With the one whose state and pattern stand with mounting; what may not be read may well be there."""

_CLASS_NOT_FOUND = re.compile(r'storageclass\.storage\.k8s\.io "[^"]+" not found')
"""Said of a class that was missing; whether it still is, its object tells."""
_ADVICE = {
    "ResourceExhausted": "Make room in the storage behind the driver, or raise the provider's quota.",
    "InvalidArgument": "Correct the parameters of the class, or what the claim asks for: trying again does not help.",
    "OutOfRange": "Ask for a size that the driver can make: trying again does not help.",
    "NotFound": "Correct what the class or the claim refers to: trying again does not help.",
    "AlreadyExists": "Look for a volume of that name, made with other parameters, in the storage system.",
    "FailedPrecondition": "Bring about what the driver asks for; it tries again.",
    "Unimplemented": "Use another class: the driver cannot do this at all.",
    "PermissionDenied": "Give the driver's account the right that the provider misses.",
    "Unauthenticated": "Renew the driver's credentials.",
    "Aborted": "Wait: the driver is still at it; read its controller's log if this goes on.",
    "DeadlineExceeded": "Wait: the driver is slow or overloaded; read its controller's log if this goes on.",
    "Unavailable": "Wait: the driver's backend does not answer; read its controller's log if this goes on.",
}
_DEFAULT_ADVICE = "Read the log of the driver's controller; it holds the whole story."
_MEANT_FOR_A_PERSON = ("InvalidArgument", "NotFound")
_PLAIN = re.compile(r"[a-z]{0,8}|\d*|true|false")
"""A word that says nothing where it stands without quotes."""
_DISLIKED = re.compile(r"(?i)\b(?:invalid|unknown|unsupported|unrecognized|not found|failed to find|does not exist)\b")
"""With a value of the class in quotes beside it the code does not matter: many drivers say Internal for all."""


def find(claim: PersistentVolumeClaim, ctx: Context) -> Iterator[Finding]:
    """Yield for the latest ProvisioningFailed of a claim that has waited for a while."""
    failed = latest_failure(claim, ctx)
    if failed is None or not ctx.older_than(asked_since(claim, ctx), ctx.thresholds.claim_pending_s):
        return
    found = _read(claim, failed, ctx)
    if found is None:
        return
    refusal, answer = found
    names = {
        "driver": answer.driver,
        "class_name": claim.class_name or "(none)",
        "asked": str(claim.requested) if claim.requested is not None else "the volume",
        "modes": modes(claim.access_modes) or "that access mode",
    }
    title = refusal.title.format(**names)
    if refusal.state is FAILED and answer.grpc:
        title = f"{title}: {answer.grpc}"
    yield refusal.state.finding(
        claim,
        title,
        joined(
            f"The claim asks for {asks(claim)}, and {answer.driver} has failed to make the volume{_often(claim, ctx)}.",
            f"It says{f' ({answer.grpc})' if answer.grpc else ''}: {quoted(answer.text)}",
            refusal.particulars(answer),
            *refusal.hints(answer.driver),
            stages(claim, ctx),
        ),
        failed.first_seen,
        next_step=refusal.next_step.format(**names) or _ADVICE.get(answer.grpc, _DEFAULT_ADVICE),
        evidence=(evidence(claim, "phase"), said(failed)),
        victims=waiting_pods(claim, ctx),
        causes=refusal.causes(answer),
        shared=refusal.shared(answer),
    )


def latest_failure(claim: PersistentVolumeClaim, ctx: Context) -> Event | None:
    """The latest report of a failure to make the volume, complaints about a class that was missing left out."""
    failures = events(ctx, claim, ("ProvisioningFailed",), newer_than=claim.creation_timestamp)
    return next((event for event in failures if _CLASS_NOT_FOUND.search(event.message) is None), None)


def _read(claim: PersistentVolumeClaim, failed: Event, ctx: Context) -> tuple[Refusal, Answer] | None:
    """Which state the text tells of; what names a parameter of the class is about that one."""
    text = message(failed)
    for pattern, refusal in _TRIED:
        match = pattern.regex.search(text)
        if match is None:
            continue
        answer = Answer(ctx, claim, failed, match)
        if refusal.state in (FAILED, NEVER) and _names_parameter(answer):
            return next(one for one in REFUSALS if one.state is PARAMETER), answer
        return refusal, answer
    return None


def _names_parameter(answer: Answer) -> bool:
    """Whether what is said is about something that stands in the class.

    Parameters are called `type` or `server`, which are words of plain English too: those count in quotes alone.
    """
    made_by = answer.made_by
    if made_by is None:
        return False
    text = answer.text
    if answer.grpc in _MEANT_FOR_A_PERSON and any(
        (not _PLAIN.fullmatch(word) and _stands_in(word, text)) or _is_quoted(word, text)
        for pair in made_by.parameters
        for word in pair
    ):
        return True
    return _DISLIKED.search(text) is not None and any(_is_quoted(value, text) for _, value in made_by.parameters)


def _stands_in(word: str, text: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text) is not None


def _is_quoted(word: str, text: str) -> bool:
    return bool(word) and any(f"{quote}{word}{quote}" in text for quote in "\"'`")


def _often(claim: PersistentVolumeClaim, ctx: Context) -> str:
    seen = tally(list(events(ctx, claim, ("ProvisioningFailed",), newer_than=claim.creation_timestamp)))
    times = f" {seen.times} times" if seen.times > 1 else ""
    return times + (f", last at {moment(seen.last)}" if seen.last is not None else "")


_TRIED = tuple((pattern, one) for one in _READ for pattern in one.patterns())
"""The catch-all stands last."""
PATTERNS = patterns_of(REFUSALS)

RULE = Rule(
    UNBOUND,
    tuple(dict.fromkeys(one.state for one in REFUSALS)),
    find,
    heard=(Heard(Kind.PERSISTENT_VOLUME_CLAIM, ("ProvisioningFailed", "Provisioning", "ExternalProvisioning")),),
    patterns=PATTERNS,
)
