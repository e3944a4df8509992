"""StatefulSets as rows."""

from collections.abc import Iterator
from datetime import datetime

from storagetui.cluster.chains import claims_of_set
from storagetui.cluster.relations import PODS_OF_CONTROLLER
from storagetui.diagnosis.finding import Severity
from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import Service, StatefulSet
from storagetui.view.column import NONE, UNKNOWN, Cell, Column, Table, Tone
from storagetui.view.format import number, size
from storagetui.view.knowledge import is_known, nothing, plain
from storagetui.view.metadata_columns import age_column, name_column, namespace_column
from storagetui.view.states import TERMINATING
from storagetui.view.text import clean
from storagetui.view.touched import sets_touched
from storagetui.view.worst import CALM, GLYPHS, severity_tone, worst_finding


def members(owner: StatefulSet, frame: Frame) -> Iterator[Key]:
    """The set, its pods and its claims."""
    yield owner.key
    yield from frame.cluster.keys_of(PODS_OF_CONTROLLER, owner.key)
    for claims in claims_of_set(frame.cluster, owner).values():
        yield from (claim.key for claim in claims.values())


def left_behind(owner: StatefulSet, frame: Frame) -> int:
    """How many claims of the set belong to ordinals that it no longer has."""
    found = claims_of_set(frame.cluster, owner)
    return sum(len(claims) for ordinal, claims in found.items() if ordinal not in owner.ordinals)


def service_state(owner: StatefulSet, frame: Frame) -> Cell:
    """The set's governing Service, and whether it gives the pods their DNS names.

    It has to exist and to be headless
    (kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id).
    """
    if not owner.service_name:
        return Cell("no Service", Tone.NOTE)
    name = clean(owner.service_name)
    service = frame.cluster.get(Service, owner.namespace, owner.service_name)
    if service is None:
        return (
            Cell(f"✖ {name} missing", Tone.WARN)
            if is_known(frame, Kind.SERVICE, owner.namespace)
            else Cell(f"{name} {UNKNOWN}")
        )
    if service.cluster_ip != "None":
        return Cell(f"▲ {name} not headless", Tone.NOTE)
    return Cell(f"✓ {name}", Tone.OK)


def templates(owner: StatefulSet) -> str:
    """The claim templates with what they ask for: `data 100Gi, wal 10Gi`."""
    return ", ".join(f"{clean(one.name)} {size(one.requested)}" for one in owner.claim_templates)


def ready(owner: StatefulSet) -> Cell:
    """`2/3`: pods that are ready, of those wanted."""
    if owner.deletion_timestamp is not None:
        return Cell(TERMINATING, Tone.WARN)
    if owner.ready_replicas is None and owner.observed_generation is None:
        return Cell(f"0/{number(owner.wanted)}", Tone.NOTE if owner.wanted else Tone.DIM)
    there = owner.ready_replicas or 0
    return Cell(f"{number(there)}/{number(owner.wanted)}", Tone.PLAIN if there >= owner.wanted else Tone.NOTE)


def trouble(owner: StatefulSet, frame: Frame) -> Cell:
    """The worst finding among the set, its pods and its claims, and how many more there are."""
    weighty = [
        finding
        for key in members(owner, frame)
        for finding in frame.findings.get(key) or ()
        if finding.severity is not Severity.INFO
    ]
    worst = worst_finding(frame, {finding.subject for finding in weighty})
    if worst is None:
        return Cell(NONE, Tone.DIM)
    more = f" (+{len(weighty) - 1})" if len(weighty) > 1 else ""
    return Cell(f"{GLYPHS[worst.severity]} {clean(worst.title)}{more}", severity_tone(worst.severity))


def _trouble_order(owner: StatefulSet, frame: Frame) -> tuple[int, str]:
    worst = worst_finding(frame, members(owner, frame))
    return (worst.severity.rank, worst.title) if worst is not None else (CALM, "")


def _left_behind(owner: StatefulSet, frame: Frame, _now: datetime) -> Cell:
    count = left_behind(owner, frame)
    if count:
        return Cell(number(count), Tone.NOTE)
    return nothing(frame, Kind.PERSISTENT_VOLUME_CLAIM, namespace=owner.namespace)


def _policy(owner: StatefulSet, _frame: Frame, _now: datetime) -> Cell:
    return plain(owner.pod_management_policy or "OrderedReady")


SETS: Table[StatefulSet] = Table(
    id="sets",
    title="Sets",
    noun="sets",
    record=StatefulSet,
    default_sort="ns",
    sources=(Kind.STATEFUL_SET, Kind.POD, Kind.PERSISTENT_VOLUME_CLAIM, Kind.SERVICE),
    touched=sets_touched,
    columns=(
        namespace_column(),
        name_column(width=24, minimum=14),
        Column(
            id="ready",
            title="READY",
            width=11,
            minimum=5,
            priority=1,
            cell=lambda owner, _frame, _now: ready(owner),
            sort=lambda owner, _frame: ((owner.ready_replicas or 0) - owner.wanted, owner.wanted),
            is_right=True,
        ),
        Column(
            id="trouble",
            title="TROUBLE",
            width=36,
            minimum=28,
            priority=3,
            cell=lambda owner, frame, _now: trouble(owner, frame),
            sort=_trouble_order,
        ),
        Column(
            id="templates",
            title="TEMPLATES",
            width=24,
            minimum=11,
            priority=5,
            cell=lambda owner, _frame, _now: Cell(templates(owner)) if templates(owner) else Cell(NONE, Tone.DIM),
            sort=lambda owner, _frame: templates(owner),
        ),
        Column(
            id="left",
            title="LEFT BEHIND",
            width=11,
            minimum=11,
            priority=4,
            cell=_left_behind,
            sort=lambda owner, frame: -left_behind(owner, frame),
            is_right=True,
        ),
        Column(
            id="policy",
            title="POLICY",
            width=12,
            minimum=12,
            priority=8,
            cell=_policy,
            sort=lambda owner, _frame: owner.pod_management_policy or "OrderedReady",
            is_wide=True,
        ),
        Column(
            id="service",
            title="SERVICE",
            width=20,
            minimum=12,
            priority=7,
            cell=lambda owner, frame, _now: service_state(owner, frame),
            sort=lambda owner, frame: service_state(owner, frame).text,
        ),
        age_column(),
    ),
)
