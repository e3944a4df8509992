"""The pods of a set, for the tests of its rules."""

from typing import Any

from storagetui.model.pods import Pod
from tests.build import pod, stamp


def member(name: str, *, ready: bool = True, ago: float = 3600.0, revision: str = "", **over: Any) -> Pod:
    """A pod of a set, with a claim of the template `data`; its condition Ready turned `ago` seconds ago."""
    owner = name.rpartition("-")[0]
    conditions = [
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": stamp(ago)},
        {"type": "Ready", "status": str(ready), "lastTransitionTime": stamp(ago)},
    ]
    labels = {"controller-revision-hash": revision} if revision else {}
    return pod(
        f"shop/{name}",
        claims=over.pop("claims", (f"data-{name}",)),
        owner=f"StatefulSet/{owner}",
        metadata={
            "labels": labels,
            "ownerReferences": [{"kind": "StatefulSet", "name": owner, "uid": f"uid-{owner}", "controller": True}],
        },
        status={"conditions": conditions, **over.pop("status", {})},
        **over,
    )


def crew(owner: str, count: int, revision: str = "") -> tuple[Pod, ...]:
    """So many healthy pods."""
    return tuple(member(f"{owner}-{ordinal}", revision=revision) for ordinal in range(count))
