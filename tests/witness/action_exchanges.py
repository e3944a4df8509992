"""The writes of the program's actions, with preconditions that hold and that do not, in earnest and as dry runs."""

from typing import Any

from tests.witness.exchanges import CLAIMS, JSON_PATCH, NO_NODE, PODS, Exchange, pod

_AS_SENT = "dryRun=All&fieldManager=storagetui"
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_STAYS = ("metadata.deletionGracePeriodSeconds", "spec.nodeName")


def of_actions() -> list[Exchange]:
    """About the claims `bound`, which has 1Gi of a class that allows expansion, and `rigid`, whose class does not."""
    bound, rigid, size = f"{CLAIMS}/bound", f"{CLAIMS}/rigid", ("spec.resources",)
    return [
        Exchange("growth of another", "PATCH", f"{bound}?{_AS_SENT}", [_UID, _VERSION, _size("2Gi")], JSON_PATCH),
        Exchange("growth of another version", "PATCH", f"{bound}?{_AS_SENT}", [_VERSION, _size("2Gi")], JSON_PATCH),
        Exchange("dry growth", "PATCH", f"{bound}?{_AS_SENT}", [_size("0.5Ti")], JSON_PATCH, shown=size),
        Exchange("not grown by it", "GET", bound, shown=size),
        Exchange("growth", "PATCH", f"{bound}?fieldManager=storagetui", [_size("2048Mi")], JSON_PATCH, shown=size),
        Exchange("growth of another in earnest", "PATCH", bound, [_UID, _VERSION, _size("3Gi")], JSON_PATCH),
        Exchange("dry shrinking", "PATCH", f"{bound}?{_AS_SENT}", [_size("1Gi")], JSON_PATCH),
        Exchange("growth to no quantity", "PATCH", f"{bound}?{_AS_SENT}", [_size("lots")], JSON_PATCH, vague=True),
        Exchange("dry growth of a rigid claim", "PATCH", f"{rigid}?{_AS_SENT}", [_size("2Gi")], JSON_PATCH),
        Exchange("growth of nothing", "PATCH", f"{CLAIMS}/zz?{_AS_SENT}", [_UID, _size("2Gi")], JSON_PATCH),
        *_of_pods(),
        *(_review(user, verb, of) for user in ("admin", "nobody") for verb, of in _RIGHTS),
    ]


def _of_pods() -> list[Exchange]:
    one, other = f"{PODS}/p", f"{PODS}/q"
    bind = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": NO_NODE}}
    return [
        Exchange("pod", "POST", PODS, pod("p"), shown=("status.phase",)),
        Exchange("bound", "POST", f"{one}/binding", bind, shown=("status",)),
        Exchange("deleted", "DELETE", one, shown=_STAYS),
        Exchange("dry force on another", "DELETE", one, _force(uid="x", dry=True)),
        Exchange("dry force on another version", "DELETE", one, _force(version="1", dry=True)),
        Exchange("dry force on both", "DELETE", one, _force(uid="x", version="1", dry=True)),
        Exchange("dry force", "DELETE", one, _force(dry=True), shown=_STAYS),
        Exchange("still there", "GET", one, shown=_STAYS),
        Exchange("force on another", "DELETE", one, _force(uid="x", version="1")),
        Exchange("force on another version", "DELETE", one, _force(version="1")),
        Exchange("no such dry force", "DELETE", one, {**_force(), "dryRun": ["Some"]}, vague=True),
        Exchange("still there after all", "GET", one, shown=_STAYS),
        Exchange("force", "DELETE", one, _force(), shown=_STAYS),
        Exchange("gone", "GET", one),
        Exchange("force on nothing", "DELETE", one, _force(uid="x", version="1")),
        Exchange("another pod", "POST", PODS, pod("q"), shown=("status.phase",)),
        Exchange("dry run asked for beside the options", "DELETE", f"{other}?dryRun=All", _force()),
        Exchange("whether that was in earnest", "GET", other),
    ]


def _force(*, uid: str = "", version: str = "", dry: bool = False) -> dict[str, Any]:
    asked = {key: value for key, value in (("uid", uid), ("resourceVersion", version)) if value}
    options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
    return {**options, **({"preconditions": asked} if asked else {}), **({"dryRun": ["All"]} if dry else {})}


def _size(size: str) -> dict[str, str]:
    return {"op": "replace", "path": "/spec/resources/requests/storage", "value": size}


def _review(user: str, verb: str, resource: str) -> Exchange:
    attributes = {"verb": verb, "resource": resource, "namespace": "{ns}"}
    asked = {"spec": {"resourceAttributes": attributes}}
    shown = ("status.allowed", "status.reason", "status.denied")
    return Exchange(f"{user} may {verb} {resource}", "POST", _REVIEWS, asked, shown=shown, user=user)


_UID = {"op": "test", "path": "/metadata/uid", "value": "x"}
_VERSION = {"op": "test", "path": "/metadata/resourceVersion", "value": "1"}
_RIGHTS = (("patch", "persistentvolumeclaims"), ("delete", "pods"))
