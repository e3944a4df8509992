"""Put the exchanges to an API server, and reduce its answers to what another one must give too."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.realcluster.waiting import wait_until
from tests.witness import exchanges
from tests.witness.action_exchanges import of_actions
from tests.witness.exchanges import CLASSES, LIMITS, QUOTAS, VOLUMES, Exchange, claim, volume
from tests.witness.site import Site

AGREED = Path(__file__).with_name("agreed.json")
"""What a real API server answered, by group and exchange; `python -m tests.witness.record` writes it."""
SETTLED_WITHIN_S = 60.0
GROUPS: dict[str, Callable[[], list[Exchange]]] = {
    "claims": exchanges.of_claims,
    "bound": exchanges.of_bound_claims,
    "volumes": exchanges.of_volumes,
    "sets": exchanges.of_sets,
    "pods": exchanges.of_pods,
    "quotas": exchanges.of_quotas,
    "reads": exchanges.of_reads,
    "rights": exchanges.of_rights,
    "actions": of_actions,
}
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"(record \(|precondition \(|version: |current: )\d+")
_Outcome = dict[str, Any]


def outcomes(site: Site, group: str) -> dict[str, _Outcome]:
    """What a server answers to one group's exchanges, in a namespace of its own; everything is removed afterwards."""
    with _place(site, group) as namespace:
        return {item.name: _outcome(site, item, namespace) for item in GROUPS[group]()}


def _outcome(site: Site, item: Exchange, namespace: str) -> _Outcome:
    status, answer = site.call(
        item.method,
        _placed(item.path, namespace),
        _placed(item.body, namespace),
        content_type=item.content_type,
        user=item.user,
        accept=item.accept,
    )
    found: _Outcome = {"status": status}
    if status >= 400:
        said = answer if isinstance(answer, dict) else {"text": answer}
        kept = ("reason",) if item.vague else ("reason", "message", "details", "text")
        found |= {key: said[key] for key in kept if key in said}
    elif item.shown:
        found["shown"] = {place: _at(answer, place) for place in item.shown}
    reduced: _Outcome = _common(found, namespace)
    return reduced


def _placed(value: Any, namespace: str) -> Any:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value)
    text = text.replace("{ns}", namespace)
    return text if isinstance(value, str) else json.loads(text)


def _at(value: Any, place: str) -> Any:
    for step in place.split("."):
        if isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def _common(value: Any, namespace: str) -> Any:
    """A value without what differs from one run to the next."""
    if isinstance(value, dict):
        return {_common(key, namespace): _common(item, namespace) for key, item in value.items() if not _varies(key)}
    if isinstance(value, list):
        return [_common(item, namespace) for item in value]
    if not isinstance(value, str):
        return value
    return _VERSION.sub(r"\1N", _UID.sub("UID", value.replace(namespace, "{ns}")))


def _varies(key: str) -> bool:
    return key in ("lastTransitionTime", "lastPhaseTransitionTime", "tolerationSeconds", "conditions")


@contextmanager
def _place(site: Site, group: str) -> Iterator[str]:
    """A namespace with what a group's exchanges take for granted."""
    namespace = f"agree-{group}-{secrets.token_hex(2)}"
    driver = {"provisioner": "x.csi", "volumeBindingMode": "WaitForFirstConsumer"}
    site.must("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    for name, more in (("fast", {"allowVolumeExpansion": True}), ("rigid", {})):
        site.must("POST", CLASSES, {"metadata": {"name": f"{namespace}-{name}"}, **driver, **more})
    made = [f"{CLASSES}/{namespace}-{name}" for name in ("fast", "rigid")]
    try:
        dry = f"{_placed(exchanges.PODS, namespace)}?dryRun=All"
        probe = exchanges.pod("probe")
        wait_until(lambda: site.call("POST", dry, probe)[0] == 201, SETTLED_WITHIN_S, "pods that may be created")
        if group in ("bound", "actions"):
            made += _bind(site, namespace)
        elif group == "quotas":
            _limit(site, namespace)
        yield namespace
    finally:
        _clear(site, namespace, made)


def _bind(site: Site, namespace: str) -> list[str]:
    """Two claims, bound by the cluster's own binder."""
    for name, storage_class in (("bound", "fast"), ("rigid", "rigid")):
        reference = {"namespace": namespace, "name": name}
        spec = {"claimRef": reference, "storageClassName": f"{namespace}-{storage_class}"}
        site.must("POST", VOLUMES, _placed(volume(f"{namespace}-{name}", **spec), namespace))
        path = _placed(exchanges.CLAIMS, namespace)
        site.must("POST", path, _placed(claim(name, "1Gi", f"{{ns}}-{storage_class}"), namespace))

        def bound(place: str = f"{path}/{name}") -> bool:
            return bool(site.must("GET", place)["status"]["phase"] == "Bound")

        wait_until(bound, SETTLED_WITHIN_S, f"the claim {name} bound")
    return [f"{VOLUMES}/{namespace}-{name}" for name in ("bound", "rigid")]


def _limit(site: Site, namespace: str) -> None:
    """A quota whose usage is counted, and a limit that admission knows of."""
    per_class = f"{namespace}-fast.storageclass.storage.k8s.io/requests.storage"
    hard = {"requests.storage": "10Gi", "persistentvolumeclaims": "3", per_class: "4Gi"}
    limit = {"type": "PersistentVolumeClaim", "min": {"storage": "500Mi"}, "max": {"storage": "6Gi"}}
    quota_path = _placed(QUOTAS, namespace)
    site.must("POST", quota_path, {"metadata": {"name": "q"}, "spec": {"hard": hard}})
    site.must("POST", _placed(LIMITS, namespace), {"metadata": {"name": "l"}, "spec": {"limits": [limit]}})
    probe = _placed(claim("probe", "100Mi", "other"), namespace)
    dry = f"{_placed(exchanges.CLAIMS, namespace)}?dryRun=All"

    def in_force() -> bool:
        counted = site.must("GET", f"{quota_path}/q")["status"].get("used", {}).keys() == hard.keys()
        return counted and site.call("POST", dry, probe)[0] == 403

    wait_until(in_force, SETTLED_WITHIN_S, "quota and limit in force")


def _clear(site: Site, namespace: str, made: list[str]) -> None:
    for path in (f"/api/v1/namespaces/{namespace}", *made, f"{VOLUMES}/{namespace}-v"):
        site.call("DELETE", path)
