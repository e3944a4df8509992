"""A pod gets no node for a reason that the scheduler's words alone tell."""

import re
from collections.abc import Iterator

from storagetui.cluster.relations import CSI_NODES_OF_DRIVER
from storagetui.diagnosis.driver_row import Topic
from storagetui.diagnosis.drivers import hint
from storagetui.diagnosis.finding import Certainty, Finding, Severity, evidence
from storagetui.diagnosis.pod_states import UNSCHEDULED, scheduled, waiting_since
from storagetui.diagnosis.pod_volumes import unbound_claims
from storagetui.diagnosis.rule import Context, Heard, Pattern, Rule, State, Symptom
from storagetui.diagnosis.rules.scheduling.verdict import verdict
from storagetui.diagnosis.words import cannot_tell, joined, quoted, things
from storagetui.model.drivers import CSIDriver
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod

GAVE_UP = State(
    code="sched-binding-timeout",
    title="Scheduler gave up waiting for the volume",
    severity=Severity.HIGH,
    certainty=Certainty.INFERRED,
    meaning=(
        "A node was chosen, and the claim was not bound within bindTimeoutSeconds (600 unless told otherwise), or the "
        "driver gave the node back because it cannot make the volume there. The claim's own failure is the cause."
    ),
    remedies=("Look at the claim and its events", "Read the log of the driver's controller"),
    links=("https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode",),
)
DRIVER = State(
    code="sched-csi-driver-required",
    title="Driver forbids nodes that lack its node plugin",
    severity=Severity.HIGH,
    certainty=Certainty.CONFIRMED,
    meaning=(
        "The driver asks the scheduler to pass over nodes with which it is not registered "
        "(preventPodSchedulingIfMissing, from Kubernetes 1.35 on behind a gate). Without it such pods are placed, and "
        "hang on their node."
    ),
    remedies=(
        "Look at the driver's node plugin on the nodes that the pod may run on",
        "Let the driver's DaemonSet run there: tolerations, node selector, architecture",
    ),
    links=("https://kubernetes-csi.github.io/docs/csi-driver-object.html",),
)
DISK = State(
    code="sched-disk-conflict",
    title="In-tree disk is already used on the node",
    severity=Severity.MEDIUM,
    certainty=Certainty.INFERRED,
    meaning=(
        "Two pods name the same disk of an old kind (GCE PD, EBS, iSCSI, RBD) in their spec, one of them to write. CSI "
        "volumes are not meant."
    ),
    remedies=(
        "Look at which pods name the disk",
        "Use a claim in place of a disk in the pod's spec",
    ),
    links=("https://kubernetes.io/docs/concepts/storage/volumes/",),
)

_GAVE_UP = re.compile(r'running PreBind plugin "VolumeBinding": binding volumes: (?P<why>.+)')
"""kubernetes: pkg/scheduler/framework/plugins/volumebinding/binder.go."""
_DRIVER = re.compile(r"(?P<driver>[\w.-]{1,253}) CSI driver is not installed on the node")
"""kubernetes: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go."""
_DISK = re.compile(r"node\(s\) had no available disk")
"""kubernetes: pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go."""


def find(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield for the first of these states that the scheduler speaks of."""
    if not ctx.older_than(waiting_since(pod), ctx.thresholds.pod_pending_s):
        return
    for told in (_driver, _gave_up, _disk):
        found = told(pod, ctx)
        if found is not None:
            yield found
            return


def _gave_up(pod: Pod, ctx: Context) -> Finding | None:
    told = verdict(pod, ctx, _GAVE_UP)
    if told is None:
        return None
    claims = list(unbound_claims(pod, ctx))
    names = [one.name for one in claims]
    chosen = [f"Node {one.selected_node} was chosen for claim {one.name}." for one in claims if one.selected_node]
    return GAVE_UP.finding(
        pod,
        f"The scheduler gave up waiting for {things('claim', names) if names else 'the volume'}",
        joined(
            f"A node was found for the pod, and its volumes were not bound there: {quoted(told.group('why'))}",
            *chosen,
            cannot_tell("which claims are not bound", ctx.unknown(Kind.PERSISTENT_VOLUME_CLAIM)),
        ),
        waiting_since(pod),
        next_step=f"Look at claim {names[0]}." if names else "Look at the pod's claims.",
        evidence=(told.proof, *(evidence(one, "phase") for one in claims)),
        causes=tuple(one.key for one in claims),
    )


def _driver(pod: Pod, ctx: Context) -> Finding | None:
    told = verdict(pod, ctx, _DRIVER)
    if told is None:
        return None
    name = told.group("driver")
    driver = None if ctx.unknown(Kind.CSI_DRIVER) else ctx.cluster.get(CSIDriver, "", name)
    is_asked = driver is not None and driver.keeps_pods_off
    blind = ctx.unknown(Kind.CSI_NODE)
    number = len(ctx.cluster.keys_of(CSI_NODES_OF_DRIVER, name))
    where = f"It is registered with {number} node{'' if number == 1 else 's'}."
    return DRIVER.finding(
        pod,
        f"{name} is missing on the nodes that the pod may run on",
        joined(
            f"{name} asks the scheduler to pass over nodes that it is not registered with.",
            cannot_tell("on how many nodes it is registered", blind) or where,
            f"The scheduler says: {quoted(told.text)}",
            hint(name, Topic.NODE_PLUGIN),
        ),
        waiting_since(pod),
        certainty=Certainty.CONFIRMED if is_asked else Certainty.INFERRED,
        next_step=f"Let the node plugin of {name} run on the nodes that the pod may run on.",
        evidence=(told.proof, *((evidence(driver, "keeps_pods_off"),) if driver is not None else ())),
        causes=(Key(Kind.CSI_DRIVER, "", name),),
        shared=f"{name} is missing on the nodes that pods may run on. It asks the scheduler to pass over such nodes.",
    )


def _disk(pod: Pod, ctx: Context) -> Finding | None:
    told = verdict(pod, ctx, _DISK)
    if told is None:
        return None
    return DISK.finding(
        pod,
        "The disk that the pod names is used by another pod",
        joined(
            "The pod names a disk in its spec which another pod on the node uses, and one of the two writes.",
            f"The scheduler says: {quoted(told.text)}",
        ),
        waiting_since(pod),
        next_step="Look for pods that name the same disk; use a claim in its place.",
        evidence=(told.proof,),
    )


PATTERNS = (
    Pattern(GAVE_UP.code, Kind.POD, ("FailedScheduling",), _GAVE_UP),
    Pattern(DRIVER.code, Kind.POD, ("FailedScheduling",), _DRIVER),
    Pattern(DISK.code, Kind.POD, ("FailedScheduling",), _DISK),
)


def _names_disk(pod: Pod) -> bool:
    """Whether a pod without claims has no node for a disk that its own spec names."""
    if pod.node_name or pod.phase != "Pending" or pod.deletion_timestamp is not None or pod.claim_keys:
        return False
    told = scheduled(pod)
    return told is not None and _DISK.search(told.message) is not None


def find_disk(pod: Pod, ctx: Context) -> Iterator[Finding]:
    """Yield when that has lasted for a while."""
    found = _disk(pod, ctx) if ctx.older_than(waiting_since(pod), ctx.thresholds.pod_pending_s) else None
    if found is not None:
        yield found


DISK_RULE = Rule(Symptom("pod without claims has no node for want of a disk", Pod, _names_disk), (DISK,), find_disk)
RULE = Rule(
    UNSCHEDULED,
    (GAVE_UP, DRIVER, DISK),
    find,
    heard=(Heard(Kind.POD, ("FailedScheduling",)),),
    patterns=PATTERNS,
)
