"""The dump of a simulated cluster, as `kubectl get ... -A -o json` would write it."""

import json
from pathlib import Path

from storagetui.model.kinds import KINDS
from storagetui.sim.cluster import SimCluster
from storagetui.sim.resources import BY_NAME


def dump_of(cluster: SimCluster) -> str:
    """All kinds that the program reads, a typed list for each that the cluster serves."""
    lists = []
    for kind, info in KINDS.items():
        name = f"{info.plural}.{info.group}" if info.group else info.plural
        if name in BY_NAME:
            items = cluster.store.list(name)
            lists.append({"apiVersion": info.api_version, "kind": f"{kind}List", "metadata": {}, "items": items})
    return "\n".join(json.dumps(one, indent=2) for one in lists)


def write_dump(cluster: SimCluster, path: Path) -> Path:
    """The same in a file; returns its path."""
    path.write_text(dump_of(cluster))
    return path
