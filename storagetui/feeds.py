"""Which feeds a session needs."""

from collections.abc import Collection, Iterable

from storagetui.diagnosis.rule import Heard
from storagetui.model.change import Feed
from storagetui.model.coverage import EVENTS_OF_CLUSTER
from storagetui.model.events import NORMAL, WARNING
from storagetui.model.keys import Key, Kind
from storagetui.model.kinds import KINDS
from storagetui.model.nodes import LEASE_NAMESPACE

_WHOLE = (
    Kind.PERSISTENT_VOLUME_CLAIM,
    Kind.PERSISTENT_VOLUME,
    Kind.STATEFUL_SET,
    Kind.VOLUME_SNAPSHOT,
    Kind.VOLUME_SNAPSHOT_CONTENT,
    Kind.NODE,
)
"""Kinds about which so little is reported that all of it may come; of others the warnings, and Normal reasons one by
one."""
_FLOOR = (
    Heard(Kind.PERSISTENT_VOLUME_CLAIM),
    Heard(Kind.PERSISTENT_VOLUME),
    Heard(Kind.STATEFUL_SET),
    Heard(Kind.VOLUME_SNAPSHOT),
    Heard(Kind.POD),
)
"""What is shown about objects, whether a rule reads it or not."""
WARNINGS = frozenset(
    {
        "AlreadyMountedVolume",
        "BackOff",
        "Evicted",
        "Failed",
        "FailedAttachVolume",
        "FailedCreate",
        "FailedCreatePodContainer",
        "FailedCreatePodSandBox",
        "FailedDelete",
        "FailedKillPod",
        "FailedMapVolume",
        "FailedMount",
        "FailedPostStartHook",
        "FailedPreStopHook",
        "FailedScheduling",
        "FailedUnMount",
        "FailedUnmapDevice",
        "FileSystemResizeFailed",
        "MultipleSELinuxLabels",
        "NodeNotReady",
        "Unhealthy",
        "VolumeAttachmentLimitExceeded",
        "VolumeConditionAbnormal",
        "VolumePermissionChangeInProgress",
        "VolumeResizeFailed",
    }
)
"""Reasons that are reported of pods and their owners as Warning alone (kubernetes: pkg/kubelet/events/event.go and its
users), so that no stream of Normal events is asked for them."""
_MOST_LEASE_FEEDS = 16
"""Each is a connection of its own."""
_TURNS: tuple[tuple[Kind, ...], ...] = (
    (Kind.PERSISTENT_VOLUME_CLAIM, Kind.STORAGE_CLASS),
    (Kind.PERSISTENT_VOLUME, Kind.VOLUME_ATTACHMENT, Kind.STATEFUL_SET, Kind.NAMESPACE),
)
"""Kinds that load before the others: claims with the wire and the loop to themselves, for they are looked at first;
then the rest of storage."""
_RANKS = {kind: number for number, kinds in enumerate(_TURNS) for kind in kinds}


def base_feeds() -> tuple[Feed, ...]:
    """The feeds that are always wanted, in the order in which they should load."""
    return (*object_feeds(), *rule_feeds())


def object_feeds() -> tuple[Feed, ...]:
    """Those of them that bring objects; what they are does not depend on the rules."""
    return tuple(Feed(kind) for kind in KINDS if kind not in (Kind.EVENT, Kind.LEASE))


def rule_feeds() -> tuple[Feed, ...]:
    """Those that bring the events which the rules read."""
    from storagetui.diagnosis.catalog import ALL_RULES  # late: the rules take a while to import

    return event_feeds(heard for rule in ALL_RULES for heard in rule.heard)


def event_feeds(heard: Iterable[Heard]) -> tuple[Feed, ...]:
    """The event feeds that bring what rules read: never one without a selector, for a busy cluster has more events than
    anything else.

    A selector cannot say "or" (k8s.io/apimachinery/pkg/fields/selector.go), so that each Normal reason is a feed.
    """
    reasons: dict[Kind, dict[str, None]] = {}
    for one in (*_FLOOR, *heard):
        reasons.setdefault(one.about, {}).update(dict.fromkeys(one.reasons))
    selectors: list[str] = []
    for about in sorted(reasons, key=lambda kind: (kind not in _WHOLE, list(KINDS).index(kind))):
        if about in _WHOLE:
            selectors.append(f"involvedObject.kind={about}")
            continue
        selectors.append(f"involvedObject.kind={about},type={WARNING}")
        normal = sorted(reason for reason in reasons[about] if reason not in WARNINGS)
        selectors += (f"involvedObject.kind={about},type={NORMAL},reason={reason}" for reason in normal)
    return tuple(Feed(Kind.EVENT, "", selector) for selector in selectors)


def rank(feed: Feed) -> int:
    """Whose turn it is to load: that of claims (0), the rest of storage (1), pods and all else (2), or events (3)."""
    if feed.kind is Kind.EVENT:
        return len(_TURNS) + 1
    return _RANKS.get(feed.kind, len(_TURNS))


def event_feed(key: Key) -> Feed:
    """Every event about what has a name, whether or not it carries a uid.

    Some reporters give none, and a kubelet puts its node's name where the uid belongs (kubernetes:
    pkg/controller/tainteviction/taint_eviction.go, pkg/kubelet/kubelet.go); whose events they are is told by their age.
    """
    selector = f"involvedObject.kind={key.kind},involvedObject.name={key.name}"
    return Feed(Kind.EVENT, key.namespace or EVENTS_OF_CLUSTER, selector)


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
