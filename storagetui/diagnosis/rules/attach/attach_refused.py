"""The driver, or the attach controller, says why a volume is not attached to the pod's node."""

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from storagetui.diagnosis.accounts import FORBIDDEN, account_words
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.event_text import best_first, events, grpc_code, match_text, message, said, without_rpc
from storagetui.diagnosis.finding import Certainty, Finding, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import attachment_here, bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule
from storagetui.diagnosis.rules.attach import refusals
from storagetui.diagnosis.rules.claims.refusals_by_cluster import ACCOUNT
from storagetui.diagnosis.rules.mount.secrets import ATTACH_TOLD
from storagetui.diagnosis.told import ATTACH_REASONS, Step, Told, by_code, of_driver, patterns_of, step_of
from storagetui.diagnosis.words import cannot_tell, joined, moment, quoted
from storagetui.model.attachments import VolumeAttachment
from storagetui.model.keys import Kind
from storagetui.model.pods import Pod

ACCOUNT_TOLD = Told(
    state=ACCOUNT,
    regexes=(FORBIDDEN,),
    title="{driver} lacks a right in the cluster",
    next_step="Apply the roles that belong to the installed release of {driver}.",
    particulars=lambda step: account_words(step.match),
    causes=of_driver,
    reasons=ATTACH_REASONS,
    topic=Topic.CONTROLLER,
)
"""The state is one of provisioning too, and described there."""
TOLD = (ACCOUNT_TOLD, *refusals.TOLD, ATTACH_TOLD, refusals.FAILED)
_BY_CODE = by_code(TOLD)
_TRIED = best_first(patterns_of(TOLD))
_ANY = re.compile(r"(?P<why>.+)", re.DOTALL)
_FOR_VOLUME = re.compile(r'\w+\.\w+ failed for volume "(?P<volume>[^"]+)"\s*: ?')
_LATELY_S = 300.0
"""The controller tries again at the latest every two minutes: what it said longer ago no longer holds."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for attachments to the pod's node with an error; from events for want of attachments."""
    since = waiting_since(pod)
    if not ctx.older_than(since, ctx.thresholds.container_creating_s):
        return
    if ctx.unknown(Kind.VOLUME_ATTACHMENT) or ctx.unknown(Kind.PERSISTENT_VOLUME):
        yield from _from_events(pod, ctx, since, {})
        return
    attached: dict[str, bool] = {}
    found: list[Finding] = []
    for one in bound_volumes(pod, ctx):
        attachment = attachment_here(pod, one, ctx)
        attached[one.volume.name] = attachment is not None and attachment.is_attached
        if attachment is not None and not attachment.is_attached and attachment.attach_error:
            found.append(_from_attachment(pod, one.volume.name, attachment, ctx))
    yield from found or _from_events(pod, ctx, since, attached)


def _from_attachment(pod: Pod, volume: str, attachment: VolumeAttachment, ctx: Context) -> Finding:
    text = attachment.attach_error
    match, code = match_text(text, _TRIED) or (_match_any(text), refusals.REFUSED.code)
    if code == refusals.REFUSED.code and attachment.attach_error_code == refusals.RESOURCE_EXHAUSTED:
        code = refusals.LIMIT.code
    step = step_of(pod, ctx, match, text, volume)
    last = f" (last at {moment(attachment.attach_error_time)})" if attachment.attach_error_time else ""
    claim = f" of claim {step.one.claim.name}" if step.one is not None else ""
    explanation = joined(
        f"{attachment.attacher} fails to attach volume {volume}{claim} to node {pod.node_name}, and the pod waits for "
        "it.",
        _BY_CODE[code].particulars(step),
        f"It says{last}: {quoted(without_rpc(text))}",
        _BY_CODE[code].hint(step),
    )
    made = _finding(step, _BY_CODE[code], explanation)
    return msgspec.structs.replace(
        made,
        evidence=(evidence(attachment, "attach_error"), evidence(attachment, "is_attached", "false")),
    )


def _match_any(text: str) -> re.Match[str]:
    match = _ANY.search(text)
    assert match is not None, "an error has a text"
    return match


def _finding(step: Step, told: Told, explanation: str) -> Finding:
    code = grpc_code(step.match.string) if told.state is refusals.REFUSED else ""
    return told.state.finding(
        step.pod,
        told.named(told.title, step) + (f": {code}" if code else ""),
        explanation,
        waiting_since(step.pod),
        certainty=Certainty.CONFIRMED if told.is_confirmed(step) else Certainty.INFERRED,
        next_step=told.named(told.next_step, step),
        victims=(step.one.claim.key,) if step.one is not None else (),
        causes=told.causes(step),
        shared=told.shared(step),
    )


def _from_events(pod: Pod, ctx: Context, since: datetime | None, attached: dict[str, bool]) -> Iterator[Finding]:
    """What the controller reported, of a volume that is not known to be attached by now.

    Where attachments can be read, only what it reported lately: they tell the rest.
    """
    blind = ctx.unknown(Kind.VOLUME_ATTACHMENT) or ctx.unknown(Kind.PERSISTENT_VOLUME)
    for event in events(ctx, pod, ATTACH_REASONS, since):
        text = message(event)
        found = match_text(text, _TRIED)
        named = _FOR_VOLUME.search(text)
        volume = named["volume"] if named else ""
        if found is None or attached.get(volume) or (not blind and ctx.older_than(event.last_seen, _LATELY_S)):
            continue
        match, code = found
        step = step_of(pod, ctx, match, text[named.end() :] if named else text, volume)
        last = f" (last at {moment(event.last_seen)})" if event.last_seen is not None else ""
        explanation = joined(
            f"{f'Volume {step.volume_name}' if step.volume_name else 'A volume'} cannot be attached to node "
            f"{pod.node_name}, and the pod waits for it.",
            _BY_CODE[code].particulars(step),
            f"The controller says{last}: {quoted(without_rpc(step.text))}",
            _BY_CODE[code].hint(step),
            cannot_tell("whether that is still so", blind),
        )
        made = _finding(step, _BY_CODE[code], explanation)
        certainty = Certainty.INFERRED if made.code == refusals.REFUSED.code else made.certainty
        facts = (evidence(pod, "node_name"), said(event))
        yield msgspec.structs.replace(made, certainty=certainty, evidence=facts)
        return


_OF_ATTACHMENTS = tuple(
    Pattern(one.code, Kind.VOLUME_ATTACHMENT, (), one.regex, one.is_catch_all) for one in patterns_of(refusals.TOLD)
)

RULE = Rule(
    CREATING_CONTAINERS,
    tuple(one.state for one in (*refusals.TOLD, refusals.FAILED)),
    find,
    heard=(Heard(Kind.POD, ATTACH_REASONS),),
    patterns=(*patterns_of(TOLD), *_OF_ATTACHMENTS),
)
