"""Which feeds a session needs."""

from collections.abc import Collection

from storagetui.model.change import Feed
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.model.nodes import LEASE_NAMESPACE

_EVENT_SELECTORS = (
    "involvedObject.kind=PersistentVolumeClaim",
    "involvedObject.kind=PersistentVolume",
    "involvedObject.kind=StatefulSet",
    "involvedObject.kind=VolumeSnapshot",
    "involvedObject.kind=Pod,type=Warning",
)
"""Never all events of a cluster: a busy one has more of them than of anything else."""
_MOST_LEASE_FEEDS = 16
"""Each is a connection of its own."""
_CLUSTER_EVENTS_NAMESPACE = "default"
"""Where events about objects without a namespace are kept (k8s.io/client-go/tools/record/event.go)."""


def base_feeds() -> tuple[Feed, ...]:
    """The feeds that are always wanted, in the order in which they should load."""
    plain = [Feed(kind) for kind in KINDS if kind not in (Kind.EVENT, Kind.LEASE)]
    return (*plain, *(Feed(Kind.EVENT, "", selector) for selector in _EVENT_SELECTORS))


def event_feed(key: Key, uid: str) -> Feed:
    """Every event about one object.

    A kubelet puts its node's name where the uid belongs (kubernetes: pkg/kubelet/kubelet.go), so that a node's events
    are asked for by name.
    """
    if key.kind is Kind.NODE:
        selector = f"involvedObject.kind=Node,involvedObject.name={key.name}"
    else:
        selector = f"involvedObject.uid={uid}"
    return Feed(Kind.EVENT, key.namespace or _CLUSTER_EVENTS_NAMESPACE, selector)


def lease_feeds(nodes: Collection[str]) -> frozenset[Feed]:
    """The heartbeats of these nodes: a feed for each, or for many of them (an outage) one that hears all nodes."""
    if len(nodes) > _MOST_LEASE_FEEDS:
        return frozenset({Feed(Kind.LEASE, LEASE_NAMESPACE)})
    return frozenset(Feed(Kind.LEASE, LEASE_NAMESPACE, f"metadata.name={node}") for node in nodes)


def narrowed(feed: Feed, namespace: str) -> Feed | None:
    """The same feed in one namespace; None when that makes no sense or it is narrow already."""
    if feed.namespace or not namespace or not KINDS[feed.kind].is_namespaced:
        return None
    return Feed(feed.kind, namespace, feed.field_selector)
