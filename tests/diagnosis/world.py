"""A small world and what is found in it, for the tests of rules."""

from datetime import datetime, timedelta

from storagetui.cluster.state import Cluster
from storagetui.cluster.store import Effect, Store
from storagetui.diagnosis.engine import Findings
from storagetui.diagnosis.finding import Finding
from storagetui.model.base import Record
from storagetui.model.change import Feed, FeedHealth, FeedState, Put
from storagetui.model.keys import Key, Kind
from storagetui.model.workloads import Service, StatefulSet
from storagetui.settings import Thresholds
from tests.build import NOW, build, feed_health, live_feeds, stamp

NOTHING = Effect(frozenset(), {})


def after(seconds: float) -> datetime:
    """The moment so many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def cluster_of(*records: Record) -> Cluster:
    store = Store()
    store.apply([Put(Feed(record.kind), record) for record in records])
    return store.publish()


def full_run(
    cluster: Cluster, at: datetime = NOW, feeds: dict[Feed, FeedHealth] | None = None
) -> dict[Key, tuple[Finding, ...]]:
    """The findings of a run from scratch."""
    engine = Findings(Thresholds())
    for _ in engine.update(cluster, NOTHING, at, live_feeds() if feeds is None else feeds):
        pass
    return dict(engine.publish())


def headless(owner: StatefulSet) -> Service:
    """The Service that a set names."""
    return build(Service, f"{owner.namespace}/{owner.service_name}", {"spec": {"clusterIP": "None"}}, {})


def found(
    *records: Record, at: datetime = NOW, blind: tuple[Kind, ...] = (), feeds: dict[Feed, FeedHealth] | None = None
) -> list[Finding]:
    """The findings about the first record; `blind` are kinds that the user may not list.

    Sets are given the headless Services that they name, unless a Service is among the records.
    """
    if not any(isinstance(record, Service) for record in records):
        records = (*records, *(headless(one) for one in records if isinstance(one, StatefulSet)))
    if feeds is None:
        feeds = live_feeds(*(feed_health(kind, FeedState.FORBIDDEN) for kind in blind))
    return list(full_run(cluster_of(*records), at, feeds).get(records[0].key, ()))


def codes(*records: Record, at: datetime = NOW, blind: tuple[Kind, ...] = ()) -> list[str]:
    """The codes of the findings about the first record."""
    return [finding.code for finding in found(*records, at=at, blind=blind)]


def only(*records: Record, at: datetime = NOW, blind: tuple[Kind, ...] = ()) -> Finding:
    """The one finding about the first record."""
    findings = found(*records, at=at, blind=blind)
    assert len(findings) == 1, findings
    return findings[0]


def unscheduled(message: str, ago: float, reason: str = "Unschedulable") -> dict[str, object]:
    """The status of a pod that the scheduler refuses a node, for `pod(..., status=...)`."""
    verdict = {"type": "PodScheduled", "status": "False", "reason": reason, "message": message}
    return {"conditions": [{**verdict, "lastTransitionTime": stamp(ago)}]}


def placed(ago: float, **more: object) -> dict[str, object]:
    """The status of a pod that was given its node so long ago."""
    return {"conditions": [{"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(ago)}], **more}
