"""Pods with volumes as rows."""

from datetime import datetime

from storagetui.cluster.chains import workload_of
from storagetui.cluster.relations import stem_and_ordinal
from storagetui.frame import Frame
from storagetui.model.claims import BOUND, PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import Pod
from storagetui.view.column import NONE, UNKNOWN, Cell, Column, Table, Tone
from storagetui.view.format import age, number
from storagetui.view.knowledge import absent, is_known
from storagetui.view.metadata_columns import age_column, name_column, name_order, namespace_column
from storagetui.view.pod_status import pod_status
from storagetui.view.states import claim_state, node_cell, node_state, pod_state
from storagetui.view.text import clean
from storagetui.view.touched import pods_touched
from storagetui.view.worst import severity_rank

_KIND_WORDS = {Kind.REPLICA_SET: "replica set", Kind.DEPLOYMENT: "deployment", Kind.JOB: "job"}


def pod_owner(pod: Pod, frame: Frame) -> Cell:
    """`postgres #1` for a pod of a set, `deployment web` for another; `–` for a pod on its own."""
    owner = workload_of(frame.cluster, pod)
    if owner is None:
        known = pod.controller
        return Cell(clean(f"{known.kind} {known.name}")) if known is not None else Cell(NONE, Tone.DIM)
    if owner.kind is Kind.STATEFUL_SET:
        cut = stem_and_ordinal(pod.name)
        return Cell(f"{clean(owner.name)} #{cut[1]}" if cut is not None and cut[0] == owner.name else clean(owner.name))
    return Cell(f"{_KIND_WORDS.get(owner.kind, owner.kind)} {clean(owner.name)}")


def pod_claims(pod: Pod, frame: Frame) -> Cell:
    """The claim that the pod uses and its state unless Bound, or how many, and how many of them are not Bound."""
    keys = tuple(dict.fromkeys(pod.claim_keys))
    if not keys:
        return Cell(NONE, Tone.DIM)
    if len(keys) == 1:
        return _one_claim(keys[0], frame)
    found = [frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name) for key in keys]
    waiting = [claim for claim in found if claim is None or claim.phase != BOUND or claim.deletion_timestamp]
    text = f"{number(len(keys))} claims"
    if not waiting:
        return Cell(text)
    if None in waiting and not is_known(frame, Kind.PERSISTENT_VOLUME_CLAIM, pod.namespace):
        return Cell(f"{text} {UNKNOWN}")
    return Cell(f"{text}, {number(len(waiting))} not Bound", Tone.WARN)


def _one_claim(key: Key, frame: Frame) -> Cell:
    claim = frame.cluster.get(PersistentVolumeClaim, key.namespace, key.name)
    if claim is None:
        return absent(frame, key.name, Kind.PERSISTENT_VOLUME_CLAIM, key.namespace)
    state = claim_state(claim, frame)
    if state.text == BOUND:
        return Cell(clean(claim.name))
    return Cell(f"{clean(claim.name)} {state.text}", state.tone)


def _restarts(pod: Pod, _frame: Frame, now: datetime) -> Cell:
    status = pod_status(pod)
    if status.restarts == 0:
        return Cell("0", Tone.DIM)
    when = f" ({age(status.restarted_at, now)} ago)" if status.restarted_at is not None else ""
    return Cell(f"{number(status.restarts)}{when}", Tone.NOTE)


def _ready(pod: Pod, _frame: Frame, _now: datetime) -> Cell:
    status = pod_status(pod)
    is_short = status.ready < status.containers and pod.phase not in ("Succeeded", "Failed")
    return Cell(f"{status.ready}/{status.containers}", Tone.NOTE if is_short else Tone.PLAIN)


def _owner_order(pod: Pod, frame: Frame) -> tuple[str, str, str, int]:
    owner = workload_of(frame.cluster, pod)
    if owner is None:
        return ("", pod.namespace, *name_order(pod.name))
    return (owner.kind, owner.namespace, f"{owner.name}/{name_order(pod.name)[0]}", name_order(pod.name)[1])


PODS: Table[Pod] = Table(
    id="pods",
    title="Pods",
    noun="pods with volumes",
    record=Pod,
    default_sort="ns",
    is_row=lambda pod: bool(pod.claim_keys),
    sources=(
        Kind.POD,
        Kind.NODE,
        Kind.PERSISTENT_VOLUME_CLAIM,
        Kind.REPLICA_SET,
    ),
    touched=pods_touched,
    columns=(
        namespace_column(),
        name_column(),
        Column(
            id="state",
            title="STATUS",
            width=18,
            minimum=17,
            priority=1,
            cell=lambda pod, frame, _now: pod_state(pod, frame),
            sort=lambda pod, frame: (severity_rank(frame, pod.key), pod_status(pod).word),
        ),
        Column(
            id="ready",
            title="READY",
            width=5,
            minimum=5,
            priority=4,
            cell=_ready,
            sort=lambda pod, _frame: pod_status(pod).ready - pod_status(pod).containers,
            is_right=True,
        ),
        Column(
            id="restarts",
            title="RESTARTS",
            width=14,
            minimum=8,
            priority=9,
            cell=_restarts,
            sort=lambda pod, _frame: -pod_status(pod).restarts,
            is_right=True,
            is_age=True,
        ),
        Column(
            id="node",
            title="NODE",
            width=16,
            minimum=10,
            priority=3,
            cell=lambda pod, frame, _now: node_cell(pod.node_name, frame),
            sort=lambda pod, _frame: name_order(pod.node_name),
        ),
        Column(
            id="node_state",
            title="NODE STATE",
            width=15,
            minimum=10,
            priority=8,
            cell=lambda pod, frame, _now: node_state(pod.node_name, frame),
            sort=lambda pod, frame: node_state(pod.node_name, frame).text,
            is_wide=True,
        ),
        Column(
            id="claim",
            title="CLAIMS",
            width=26,
            minimum=12,
            priority=5,
            cell=lambda pod, frame, _now: pod_claims(pod, frame),
            sort=lambda pod, _frame: [name_order(key.name) for key in pod.claim_keys],
        ),
        Column(
            id="owner",
            title="OWNER",
            width=18,
            minimum=12,
            priority=10,
            cell=lambda pod, frame, _now: pod_owner(pod, frame),
            sort=_owner_order,
            is_wide=True,
        ),
        age_column(),
    ),
)
