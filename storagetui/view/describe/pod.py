"""A pod, described as far as storage goes."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.chains import workload_of
from storagetui.frame import Frame
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Key, Kind
from storagetui.model.pods import ContainerStatus, Pod, PodVolume, claim_name
from storagetui.view.column import Tone
from storagetui.view.describe.metadata import conditions_section, metadata_section
from storagetui.view.format import ago_exact, number
from storagetui.view.knowledge import absent
from storagetui.view.matrix_cells import attached_cell, claim_size
from storagetui.view.pod_status import pod_status
from storagetui.view.pods_table import pod_owner
from storagetui.view.section import Line, Section, fact, listed, optional, section
from storagetui.view.states import claim_state, node_state, pod_state
from storagetui.view.text import clean


def describe_pod(pod: Pod, frame: Frame, now: datetime) -> Iterator[Section]:
    """Where it runs, what it waits for, and each of its volumes."""
    yield section("Pod", _facts(pod, frame, now))
    yield section("Volumes", [line for one in pod.volumes for line in _volume(pod, one, frame)])
    containers = [*pod.init_containers, *pod.containers]
    if containers:
        yield section("Containers", [line for one in containers for line in _container(one, now)])
    unmet = [one for one in pod.conditions if one.status != "True"]
    if unmet:
        yield conditions_section(unmet, now)
    yield metadata_section(pod, frame, now)


def _facts(pod: Pod, frame: Frame, now: datetime) -> list[Line | None]:
    status = pod_status(pod)
    node = Key(Kind.NODE, "", pod.node_name)
    owner = workload_of(frame.cluster, pod)
    if owner is not None and frame.cluster.find(owner) is None:
        owner = None
    why = ": ".join(part for part in (pod.reason, pod.message) if part)
    restarted = f", last {ago_exact(status.restarted_at, now)}" if status.restarted_at is not None else ""
    return [
        fact("Status", pod_state(pod, frame)),
        optional("Why", why, Tone.WARN),
        fact("Ready", f"{status.ready}/{status.containers}"),
        fact("Restarts", f"{number(status.restarts)}{restarted}"),
        fact("Node", pod.node_name, key=node if frame.cluster.find(node) is not None else None),
        fact("Node state", node_state(pod.node_name, frame)) if pod.node_name else None,
        optional("Nominated", pod.nominated_node),
        fact("Owner", pod_owner(pod, frame), key=owner),
        optional("Started", ago_exact(pod.start_time, now) if pod.start_time is not None else ""),
        _grace(pod, now),
    ]


def _grace(pod: Pod, now: datetime) -> Line | None:
    """How far past its grace period a pod is; its deletion timestamp includes the grace."""
    if pod.deletion_timestamp is None:
        return None
    grace = pod.deletion_grace_period_seconds
    text = f"grace period {grace} s, " if grace is not None else ""
    is_late = now > pod.deletion_timestamp
    ends = "ended" if is_late else "ends"
    return Line(
        "Deleting", f"{text}{ends} {ago_exact(pod.deletion_timestamp, now)}", Tone.WARN if is_late else Tone.NOTE
    )


def _volume(pod: Pod, volume: PodVolume, frame: Frame) -> Iterator[Line]:
    if not (volume.claim_name or volume.is_ephemeral):
        yield Line(clean(volume.name), "not a claim", Tone.DIM)
        return
    name = claim_name(pod, volume)
    claim = frame.cluster.get(PersistentVolumeClaim, pod.namespace, name)
    made = " (ephemeral, lives as long as the pod)" if volume.is_ephemeral else ""
    made += " (read only)" if volume.is_read_only else ""
    if claim is None:
        missing = absent(frame, name, Kind.PERSISTENT_VOLUME_CLAIM, pod.namespace)
        yield Line(clean(volume.name), f"claim {missing.text}{made}", missing.tone)
        return
    state = claim_state(claim, frame)
    text = f"claim {clean(name)} {state.text} {claim_size(claim).text}{made}"
    yield Line(clean(volume.name), text, state.tone, claim.key)
    if claim.volume_name:
        attached = attached_cell(frame, claim, pod)
        where = f", attached to {attached.text}" if attached.text else ""
        key = Key(Kind.PERSISTENT_VOLUME, "", claim.volume_name)
        found = key if frame.cluster.find(key) is not None else None
        yield Line("", f"volume {clean(claim.volume_name)}{where}", attached.tone, found)


def _container(one: ContainerStatus, now: datetime) -> list[Line]:
    lines = [Line("", _container_words(one, now), Tone.PLAIN if one.is_ready or one.exit_code == 0 else Tone.NOTE)]
    if one.waiting_message:
        lines.append(Line("", clean(one.waiting_message), Tone.DIM))
    return listed(clean(one.name), lines)


def _container_words(one: ContainerStatus, now: datetime) -> str:
    restarts = f", {number(one.restart_count)} restarts" if one.restart_count else ""
    if one.waiting_reason:
        return clean(f"waiting: {one.waiting_reason}{restarts}")
    if one.exit_code is not None:
        reason = f"{one.terminated_reason}, " if one.terminated_reason else ""
        return clean(f"ended: {reason}exit code {one.exit_code}{restarts}")
    if one.started_at is not None:
        ready = "ready" if one.is_ready else "not ready"
        return f"running since {ago_exact(one.started_at, now)}, {ready}{restarts}"
    return f"not started{restarts}"
