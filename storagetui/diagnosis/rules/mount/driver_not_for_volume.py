"""A driver does not do the kind of volume that the pod wants of it: inline ones, or those of claims."""

import re
from collections.abc import Iterator

from storagetui.diagnosis.event_text import first_match, message, said
from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import CREATING_CONTAINERS, waiting_since
from storagetui.diagnosis.pod_volumes import bound_volumes
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State
from storagetui.diagnosis.words import cannot_tell, joined, listed, quoted
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

NOT_OFFERED = State(
    code="mount-ephemeral-mode",
    title="Driver does not support inline volumes",
    severity=Severity.MEDIUM,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "A volume that stands in the pod itself needs a driver whose CSIDriver lists the lifecycle mode Ephemeral; "
        "claims need Persistent. A generic ephemeral volume works with every driver that makes volumes."
    ),
    remedies=(
        "Use a generic ephemeral volume (`ephemeral.volumeClaimTemplate`) in the pod template",
        "Use a driver that offers inline volumes",
        "Install the driver's CSIDriver object, if it is missing",
    ),
    links=(
        "https://kubernetes.io/docs/concepts/storage/volumes/#csi",
        "https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/",
    ),
)
_GENERIC = "Use a generic ephemeral volume in the pod template."


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for the first volume whose driver's CSIDriver does not list the mode that it needs."""
    begun = waiting_since(pod)
    if not ctx.older_than(begun, ctx.thresholds.container_creating_s):
        return
    if blind := ctx.unknown(Kind.CSI_DRIVER):
        yield from _by_word(pod, ctx, blind)
        return
    wanted = [(one.inline_driver, "Ephemeral", f"inline volume {one.name}") for one in pod.volumes if one.inline_driver]
    bound = (one.volume for one in bound_volumes(pod, ctx) if one.volume.driver)
    wanted += [(volume.driver, "Persistent", f"volume {volume.name}") for volume in bound]
    for driver, mode, what in wanted:
        declared = ctx.cluster.get(CSIDriver, "", driver)
        offered = (declared.lifecycle_modes or ("Persistent",)) if declared is not None else ()
        if mode not in offered and not (declared is None and mode == "Persistent"):
            yield _lacks(pod, driver, mode, what, offered)
            return


def _lacks(pod: Pod, driver: str, mode: str, what: str, offered: tuple[str, ...]) -> Finding:
    has = f"its CSIDriver lists {listed(offered)} only" if offered else "there is no CSIDriver object of that name"
    return NOT_OFFERED.finding(
        pod,
        f"Driver {driver} does not offer {'inline volumes' if mode == 'Ephemeral' else 'volumes of claims'}",
        f"The pod has {what} of driver {driver}, which needs the lifecycle mode {mode}: {has}. The kubelet does not "
        "mount it.",
        waiting_since(pod),
        next_step=_GENERIC if mode == "Ephemeral" else "Use another class.",
        evidence=(
            Evidence(Key(Kind.CSI_DRIVER, "", driver), "spec.volumeLifecycleModes", ", ".join(offered) or "(none)"),
        ),
        causes=() if offered else (Key(Kind.CSI_DRIVER, "", driver),),
    )


def _by_word(pod: Pod, ctx: Context, blind: str) -> Iterator[Finding]:
    told = first_match(ctx, pod, PATTERNS, waiting_since(pod))
    if told is None:
        return
    yield NOT_OFFERED.finding(
        pod,
        f"Driver {told.match['driver']} does not offer volume mode {told.match['mode']}",
        joined(
            f"The kubelet of node {pod.node_name} says: {quoted(message(told.event))}",
            cannot_tell("what the driver offers now", blind),
        ),
        waiting_since(pod),
        certainty=Certainty.INFERRED,
        next_step=_GENERIC,
        evidence=(evidence(pod, "node_name"), said(told.event)),
    )


PATTERNS = (
    Pattern(
        NOT_OFFERED.code,
        Kind.POD,
        ("FailedMount", "FailedMapVolume"),
        re.compile(r'volume mode "(?P<mode>\w+)" not supported by driver (?P<driver>\S+) \('),
    ),
)
"""kubernetes: pkg/volume/csi/csi_mounter.go."""

RULE = Rule(
    CREATING_CONTAINERS,
    (NOT_OFFERED,),
    find,
    heard=(Heard(Kind.POD, ("FailedMount", "FailedMapVolume")),),
    patterns=PATTERNS,
)
