"""Which namespaces there are to choose from."""

from collections import Counter

from storagetui.frame import Frame
from storagetui.model.claims import PersistentVolumeClaim
from storagetui.model.keys import Kind
from storagetui.model.namespaces import Namespace
from storagetui.model.pods import Pod
from storagetui.model.workloads import StatefulSet
from storagetui.ui.widgets.choice_list import Choice
from storagetui.view.format import counted
from storagetui.view.header import scope, scope_text
from storagetui.view.knowledge import is_known
from storagetui.view.text import clean

ALL = ""


def namespace_choices(frame: Frame, current: str) -> list[Choice[str]]:
    """All namespaces, then each by name with how many claims it has.

    Where namespaces may not be listed, those in which objects were seen.
    """
    claims = Counter(claim.namespace for claim in frame.cluster.all(PersistentVolumeClaim).values())
    names = {one.name for one in frame.cluster.all(Namespace).values()}
    if not names:
        names = set(claims)
        names.update(pod.namespace for pod in frame.cluster.all(Pod).values())
        names.update(owner.namespace for owner in frame.cluster.all(StatefulSet).values())
    inside = scope(frame)
    names.update(inside)
    if current:
        names.add(current)
    whose = " in those that you may look into" if inside else ""
    every = Choice(ALL, "all namespaces", counted(sum(claims.values()), "claims") + whose)
    named = [
        Choice(name, clean(name), counted(claims[name], "claims") if claims[name] else "") for name in sorted(names)
    ]
    return [every, *named]


def namespace_note(frame: Frame) -> str:
    """What to say about the choices where not all namespaces may be looked into, or listed."""
    names = scope(frame)
    if names:
        return f"You may look into {scope_text(names)}."
    return (
        "" if is_known(frame, Kind.NAMESPACE) else "Namespaces may not be listed: these are the ones seen in objects."
    )
