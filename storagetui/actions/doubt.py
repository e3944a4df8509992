"""How far a Frame may be believed when something is to be done: what cannot be seen is neither there nor gone."""

from storagetui.diagnosis.standing import Standings
from storagetui.frame import Frame
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.model.nodes import LEASE_NAMESPACE


def doubt(frame: Frame, kind: Kind, namespace: str = "") -> str:
    """Why the absence of objects of a kind proves nothing, as a clause: `nodes cannot be listed`; empty if it does."""
    return Standings(frame.feeds).of(kind, namespace).unknown


def is_current(frame: Frame, kind: Kind, namespace: str = "") -> bool:
    """Whether what is known of a kind in a namespace is how things are now."""
    answer = Standings(frame.feeds).of(kind, namespace)
    return not answer.unknown and not answer.is_old


def is_lease_known(frame: Frame, node: str) -> bool:
    """Whether a lease of the node would be seen; leases are followed node by node, and only of those not Ready."""
    return any(
        feed.kind is Kind.LEASE
        and feed.namespace in ("", LEASE_NAMESPACE)
        and feed.field_selector in ("", f"metadata.name={node}")
        and health.was_listed
        and health.state is not FeedState.FORBIDDEN
        for feed, health in frame.feeds.items()
    )
