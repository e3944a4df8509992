"""Requests whose answers the simulated API server and a real one must agree on.

`{ns}` stands for a namespace, and the beginning of the names of what belongs to none. Of a refusal everything is
compared; of what is granted the status, and the places that `shown` names.
"""

from typing import Any, NamedTuple

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
JSON = "application/json"

NAMESPACE = "/api/v1/namespaces/{ns}"
CLAIMS = f"{NAMESPACE}/persistentvolumeclaims"
PODS = f"{NAMESPACE}/pods"
SETS = "/apis/apps/v1/namespaces/{ns}/statefulsets"
DEPLOYMENTS = "/apis/apps/v1/namespaces/{ns}/deployments"
VOLUMES = "/api/v1/persistentvolumes"
CLASSES = "/apis/storage.k8s.io/v1/storageclasses"
ATTACHMENTS = "/apis/storage.k8s.io/v1/volumeattachments"
QUOTAS = f"{NAMESPACE}/resourcequotas"
LIMITS = f"{NAMESPACE}/limitranges"
NO_NODE = "agree-none"
"""A node that has no machine: nothing happens to pods there."""


class Exchange(NamedTuple):
    """One request."""

    name: str
    method: str
    path: str
    body: Any = None
    """JSON, or text to be sent as it is."""
    content_type: str = JSON
    shown: tuple[str, ...] = ()
    """Places in an object that is granted: `spec.resources.requests`, `status.conditions.0.type`."""
    user: str = "admin"
    accept: str = JSON
    vague: bool = False
    """Compare no sentence: status and reason must do."""


def claim(name: str, size: str = "1Gi", storage_class: str = "{ns}-fast", **spec: Any) -> dict[str, Any]:
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return {"metadata": {"name": name}, "spec": {**asked, "storageClassName": storage_class, **spec}}


def volume(name: str, **spec: Any) -> dict[str, Any]:
    csi = {"driver": "x.csi", "volumeHandle": "h"}
    whole = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "csi": csi}
    return {"metadata": {"name": name}, "spec": {**whole, "storageClassName": "{ns}-fast", **spec}}


def stateful_set(name: str, **spec: Any) -> dict[str, Any]:
    mount = {"name": "data", "mountPath": "/d"}
    template = {"metadata": {"labels": {"a": name}}, "spec": {"containers": [container(volumeMounts=[mount])]}}
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claims = [{"metadata": {"name": "data", "labels": {"q": "r"}}, "spec": asked}]
    whole = {"selector": {"matchLabels": {"a": name}}, "serviceName": "db", "replicas": 0}
    return {"metadata": {"name": name}, "spec": {**whole, "template": template, "volumeClaimTemplates": claims, **spec}}


def container(**fields: Any) -> dict[str, Any]:
    return {"name": "x", "image": "y:1", **fields}


def pod(name: str, **spec: Any) -> dict[str, Any]:
    """A pod that no scheduler takes."""
    whole = {"schedulerName": "nobody", "automountServiceAccountToken": False, "containers": [container()]}
    return {"metadata": {"name": name}, "spec": {**whole, **spec}}


def of_claims() -> list[Exchange]:
    bad_labels = {"name": "b", "labels": {"a b": "c d"}, "annotations": {"x y": "z"}, "finalizers": ["bad one"]}
    source = {"kind": "VolumeSnapshot", "name": "s", "apiGroup": "snapshot.storage.k8s.io"}
    return [
        Exchange("claim", "POST", CLAIMS, claim("a", "1024Mi"), shown=("spec", "metadata.finalizers", "status.phase")),
        _row("row of a claim", CLAIMS, "a", 7, 8),
        Exchange("claim again", "POST", CLAIMS, claim("a")),
        Exchange("claim with a bad name", "POST", CLAIMS, claim("B_")),
        Exchange("claim of nothing", "POST", CLAIMS, claim("b", "0", accessModes=["Nope"], volumeMode="x")),
        Exchange("claim of mixed modes", "POST", CLAIMS, claim("b", accessModes=["ReadWriteOncePod", "ReadWriteOnce"])),
        Exchange("claim without modes", "POST", CLAIMS, claim("b", accessModes=[])),
        Exchange("claim without a spec", "POST", CLAIMS, {"metadata": {"name": "b"}, "spec": {}}),
        Exchange("claim of no quantity", "POST", CLAIMS, claim("b", "1Gx")),
        Exchange("claim with bad labels", "POST", CLAIMS, {**claim("b"), "metadata": bad_labels}),
        Exchange("claim with a number", "POST", CLAIMS, {**claim("b"), "metadata": {"name": "b", "labels": {"a": 1}}}),
        Exchange("claim elsewhere", "POST", CLAIMS, {**claim("b"), "metadata": {"name": "b", "namespace": "zz"}}),
        Exchange(
            "claim of another kind", "POST", CLAIMS, {**claim("b"), "kind": "Pod", "apiVersion": "v1"}, vague=True
        ),
        Exchange("claim of another version", "POST", CLAIMS, {**claim("b"), "apiVersion": "apps/v1"}, vague=True),
        Exchange("no JSON", "POST", CLAIMS, "{nope", vague=True),
        Exchange("an array", "POST", CLAIMS, "[]", vague=True),
        Exchange("claim from a snapshot", "POST", CLAIMS, claim("s", dataSource=source), shown=("spec.dataSourceRef",)),
        Exchange("resize of a pending claim", "PATCH", f"{CLAIMS}/a", _size("2Gi"), MERGE),
        Exchange("another class", "PATCH", f"{CLAIMS}/a", {"spec": {"storageClassName": "z"}}, MERGE),
        Exchange("size of no quantity", "PATCH", f"{CLAIMS}/a", _size("1Gx"), STRATEGIC, vague=True),
        Exchange("uid of another", "PATCH", f"{CLAIMS}/a", {"metadata": {"uid": "x"}}, MERGE),
        Exchange(
            "version of another", "PATCH", f"{CLAIMS}/a", {"metadata": {"resourceVersion": "1"}}, MERGE, vague=True
        ),
        Exchange("another name", "PATCH", f"{CLAIMS}/a", {"metadata": {"name": "o"}}, MERGE),
        Exchange(
            "failed test", "PATCH", f"{CLAIMS}/a", [{"op": "test", "path": "/metadata/uid", "value": "x"}], JSON_PATCH
        ),
        Exchange("nothing to remove", "PATCH", f"{CLAIMS}/a", [{"op": "remove", "path": "/metadata/zz"}], JSON_PATCH),
        Exchange("no patch", "PATCH", f"{CLAIMS}/a", {"op": "x"}, JSON_PATCH),
        Exchange("patch of no type", "PATCH", f"{CLAIMS}/a", {"op": "x"}, JSON),
        Exchange("replaced", "PUT", f"{CLAIMS}/a", {**claim("a"), "metadata": {"name": "a", "uid": _UID}}),
        Exchange("replaced by another", "PUT", f"{CLAIMS}/a", claim("o")),
        Exchange("replaced without a name", "PUT", f"{CLAIMS}/a", {"spec": {}}),
        Exchange("missing replaced", "PUT", f"{CLAIMS}/zz", claim("zz")),
        Exchange("missing", "GET", f"{CLAIMS}/zz"),
        Exchange("missing deleted", "DELETE", f"{CLAIMS}/zz"),
        Exchange("deleted by uid", "DELETE", f"{CLAIMS}/a", {"preconditions": {"uid": "x"}}),
        Exchange("deleted by version", "DELETE", f"{CLAIMS}/a", {"preconditions": {"resourceVersion": "1"}}),
        Exchange("deleted in no way", "DELETE", f"{CLAIMS}/a", {"propagationPolicy": "Nope"}),
        Exchange("dry deletion", "DELETE", f"{CLAIMS}/a?dryRun=All", shown=("metadata.finalizers",)),
        Exchange("dry creation", "POST", f"{CLAIMS}?dryRun=All", claim("dry"), shown=("spec",)),
        Exchange("no such dry run", "POST", f"{CLAIMS}?dryRun=x", claim("dry"), vague=True),
    ]


def of_bound_claims() -> list[Exchange]:
    """About the claim `bound`, which has 1Gi of a class that allows expansion, and `rigid`, whose class does not."""
    bound = f"{CLAIMS}/bound"
    return [
        Exchange("growth", "PATCH", bound, _size("2Gi"), MERGE, shown=("spec.resources",)),
        _row("row of a bound claim", CLAIMS, "bound", 7, 8),
        Exchange("shrunk to what it has", "PATCH", bound, _size("1Gi"), MERGE),
        Exchange("shrunk below", "PATCH", bound, _size("500Mi"), MERGE),
        Exchange("wish lowered", "PATCH", bound, _size("1500Mi"), MERGE, shown=("spec.resources",)),
        Exchange("another volume", "PATCH", bound, {"spec": {"volumeName": "w"}}, MERGE),
        Exchange("growth of a rigid claim", "PATCH", f"{CLAIMS}/rigid", _size("2Gi"), MERGE),
        Exchange("dry growth of it", "PATCH", f"{CLAIMS}/rigid?dryRun=All", _size("2Gi"), MERGE),
        Exchange("deleted in use or not", "DELETE", f"{CLAIMS}/rigid?dryRun=All", shown=("metadata.finalizers",)),
    ]


def of_volumes() -> list[Exchange]:
    one = f"{VOLUMES}/{{ns}}-v"
    bad = volume("{ns}-w", capacity={"storage": "0"}, accessModes=[], persistentVolumeReclaimPolicy="x")
    attachment = {"attacher": "x.csi", "nodeName": "n", "source": {"persistentVolumeName": "{ns}-none"}}
    nothing = {"attacher": "", "nodeName": "", "source": {}}
    bad_class = {"provisioner": "", "volumeBindingMode": "x", "reclaimPolicy": "Recycle"}
    return [
        Exchange("volume", "POST", VOLUMES, volume("{ns}-v"), shown=("spec", "metadata.finalizers")),
        _row("row of a volume", VOLUMES, "{ns}-v", 4, 10, beginning=(0, 1, 2, 3)),
        Exchange("bad volume", "POST", VOLUMES, bad),
        Exchange("another source", "PATCH", one, {"spec": {"csi": {"volumeHandle": "i"}}}, MERGE),
        Exchange("another policy", "PATCH", one, _spec(persistentVolumeReclaimPolicy="Delete"), STRATEGIC),
        Exchange("affinity", "PATCH", one, _affinity("a"), MERGE, shown=("spec.nodeAffinity",)),
        Exchange("another affinity", "PATCH", one, _affinity("b"), MERGE),
        _row("row of a class", CLASSES, "{ns}-fast", 5),
        Exchange("bad class", "POST", CLASSES, {"metadata": {"name": "{ns}-bad"}, **bad_class}),
        Exchange("another provisioner", "PATCH", f"{CLASSES}/{{ns}}-fast", {"provisioner": "y"}, MERGE),
        Exchange("expansion allowed", "PATCH", f"{CLASSES}/{{ns}}-rigid", {"allowVolumeExpansion": None}, MERGE),
        Exchange("attachment", "POST", ATTACHMENTS, _named("{ns}-a", attachment), shown=("spec", "status")),
        _row("row of an attachment", ATTACHMENTS, "{ns}-a", 5),
        Exchange("bad attachment", "POST", ATTACHMENTS, _named("{ns}-b", nothing)),
        Exchange("another node", "PATCH", f"{ATTACHMENTS}/{{ns}}-a", _spec(nodeName="m"), MERGE),
        Exchange("attachment deleted", "DELETE", f"{ATTACHMENTS}/{{ns}}-a", shown=("spec",)),
        Exchange("volume deleted", "DELETE", one, shown=("metadata.finalizers", "spec.csi")),
    ]


def of_sets() -> list[Exchange]:
    db, grown = f"{SETS}/db", [{"op": "replace", "path": _TEMPLATE_SIZE, "value": "2Gi"}]
    retention = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "x"}}
    bad = stateful_set("x.y", replicas=-1, podManagementPolicy="z", selector={"matchLabels": {"q": "r"}}, **retention)
    image = {"spec": {"template": {"spec": {"containers": [{"name": "x", "image": "z:1"}]}}}}
    web = {
        "replicas": 0,
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container()]}},
    }
    return [
        Exchange("set", "POST", SETS, stateful_set("db"), shown=("spec", "metadata.generation")),
        _row("row of a set", SETS, "db", 2, 5),
        Exchange("bad set", "POST", SETS, bad),
        Exchange("set without a selector", "POST", SETS, stateful_set("n", selector=None)),
        Exchange("larger template", "PATCH", db, grown, JSON_PATCH),
        Exchange("another service", "PATCH", db, _spec(serviceName="q"), MERGE),
        Exchange("another selector", "PATCH", db, _spec(selector={"matchLabels": {"z": "y"}}), MERGE),
        Exchange("replicas as text", "PATCH", db, _spec(replicas="3"), MERGE, vague=True),
        Exchange("scale", "GET", f"{db}/scale", shown=("spec", "status")),
        Exchange("scaled", "PATCH", f"{db}/scale", _spec(replicas=0), MERGE, shown=("spec", "status")),
        Exchange("scaled below zero", "PATCH", f"{db}/scale", _spec(replicas=-2), MERGE),
        Exchange(
            "image", "PATCH", db, image, STRATEGIC, shown=("spec.template.spec.containers", "metadata.generation")
        ),
        Exchange("spec by way of status", "PATCH", f"{db}/status", _spec(replicas=7), MERGE, shown=("spec.replicas",)),
        Exchange("deployment", "POST", DEPLOYMENTS, _named("web", web), shown=("spec", "metadata.generation")),
        _row("row of a deployment", DEPLOYMENTS, "web", 4, 8),
        Exchange("its selector", "PATCH", f"{DEPLOYMENTS}/web", _spec(selector={"matchLabels": {"a": "c"}}), MERGE),
        Exchange(
            "orphaned", "DELETE", f"{db}?dryRun=All", {"propagationPolicy": "Orphan"}, shown=("metadata.finalizers",)
        ),
    ]


def of_pods() -> list[Exchange]:
    one, volumes = f"{PODS}/p", [{"name": "d", "persistentVolumeClaim": {"claimName": "c"}}, {"name": "e"}]
    bad = pod("P!", containers=[], volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": ""}}, {"name": "d"}])
    lost = pod("q", containers=[container(volumeMounts=[{"name": "q", "mountPath": "/q"}])])
    limited = pod("r", containers=[container(resources={"limits": {"cpu": "1000m", "memory": "1024Mi"}})])
    bind = {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": NO_NODE}}
    return [
        Exchange("pod", "POST", PODS, pod("p", volumes=volumes), shown=("spec.volumes", "spec.containers", "status")),
        _row("row of a pod", PODS, "p", 4, 9),
        Exchange("bad pod", "POST", PODS, bad),
        Exchange("mount of nothing", "POST", PODS, lost),
        Exchange("limits", "POST", PODS, limited, shown=("spec.containers.0.resources", "status.qosClass")),
        Exchange("removed before it ran", "DELETE", f"{PODS}/r", shown=("metadata.deletionGracePeriodSeconds",)),
        Exchange("on a node by hand", "PATCH", one, _spec(nodeName="n1"), MERGE, vague=True),
        Exchange("ready", "PATCH", f"{one}/status", _condition("Ready"), STRATEGIC, shown=_CONDITION_TYPES),
        Exchange("initialized", "PATCH", f"{one}/status", _condition("Initialized"), STRATEGIC, shown=_CONDITION_TYPES),
        Exchange("bound", "POST", f"{one}/binding", bind, shown=("status", "code")),
        Exchange("bound twice", "POST", f"{one}/binding", bind),
        Exchange("another evicted", "POST", f"{one}/eviction", {"metadata": {"name": "q"}}),
        Exchange("deleted", "DELETE", one, shown=("metadata.deletionGracePeriodSeconds", "metadata.generation")),
        Exchange("made again too early", "POST", PODS, pod("p")),
        Exchange("not sooner", "DELETE", one, {"gracePeriodSeconds": 60}, shown=_GRACE),
        Exchange("sooner", "DELETE", one, {"gracePeriodSeconds": 5}, shown=_GRACE),
        Exchange("finalizer for one that goes", "PATCH", one, {"metadata": {"finalizers": ["a.b/c"]}}, MERGE),
        Exchange("forced by uid", "DELETE", one, {"gracePeriodSeconds": 0, "preconditions": {"uid": "x"}}),
        Exchange("forced", "DELETE", one, {"gracePeriodSeconds": 0}, shown=_GRACE),
        Exchange("gone", "GET", one),
    ]


def of_quotas() -> list[Exchange]:
    """With a quota `q` of 10Gi, 3 claims and 4Gi of the class `fast`, and a limit of 500Mi to 6Gi, in force."""
    return [
        Exchange("within", "POST", CLAIMS, claim("q1", "3Gi"), shown=("spec.resources",)),
        Exchange("beyond the class's", "POST", CLAIMS, claim("q2", "3Gi")),
        Exchange("beyond the limit", "POST", CLAIMS, claim("q3", "9Gi", "other")),
        Exchange("below the limit", "POST", CLAIMS, claim("q3", "100Mi", "other")),
        Exchange("beyond both", "POST", CLAIMS, claim("q3", "5Gi")),
        Exchange("dry beyond", "POST", f"{CLAIMS}?dryRun=All", claim("q2", "3Gi")),
        _row("row of a quota", QUOTAS, "q", 3),
        _row("row of a limit", LIMITS, "l", 1),
        Exchange("of another class", "POST", CLAIMS, claim("q4", "6000Mi", "other"), shown=("spec.resources",)),
        Exchange("beyond the sum", "POST", CLAIMS, claim("q5", "2Gi", "other")),
    ]


def of_reads() -> list[Exchange]:
    return [
        Exchange("match without version", "GET", f"{CLAIMS}?resourceVersionMatch=Exact"),
        Exchange("no such match", "GET", f"{CLAIMS}?resourceVersionMatch=Foo&resourceVersion=1"),
        Exchange("list with initial events", "GET", f"{CLAIMS}?sendInitialEvents=true"),
        Exchange("watch without match", "GET", f"{PODS}?watch=1&sendInitialEvents=true"),
        Exchange("version to come", "GET", f"{CLAIMS}?resourceVersion=99999999999", vague=True),
        Exchange("no token", "GET", f"{CLAIMS}?continue=abc", vague=True),
        Exchange("no label selector", "GET", f"{CLAIMS}?labelSelector=a%20b%20c", vague=True),
        Exchange("unknown field", "GET", f"{CLAIMS}?fieldSelector=spec.x=1"),
        Exchange("unknown field of pods", "GET", f"{PODS}?fieldSelector=spec.x=1"),
        Exchange("no field selector", "GET", f"{PODS}?fieldSelector=spec.nodeName"),
        Exchange("no number", "GET", f"{PODS}?limit=x"),
        Exchange("unknown media type", "GET", PODS, accept="application/foo", vague=True),
        Exchange("unknown form", "GET", PODS, accept="application/json;as=Foo;v=v1;g=meta.k8s.io", vague=True),
        Exchange("no such include", "GET", f"{PODS}?includeObject=Foo", accept=_TABLE),
        Exchange("rows", "GET", f"{CLAIMS}?fieldSelector=metadata.name=none", accept=_TABLE, shown=_COLUMNS),
        Exchange("rows of pods", "GET", f"{PODS}?fieldSelector=metadata.name=none", accept=_TABLE, shown=_COLUMNS),
        Exchange("pod in no namespace", "POST", "/api/v1/pods", pod("x")),
        Exchange("all pods deleted", "DELETE", "/api/v1/pods"),
        Exchange("missing namespace", "POST", "/api/v1/namespaces/{ns}-none/pods", pod("x")),
        Exchange("namespace again", "POST", "/api/v1/namespaces", {"metadata": {"name": "{ns}"}}),
        Exchange("bad namespace", "POST", "/api/v1/namespaces", {"metadata": {"name": "Diff_"}}),
        Exchange("immortal namespace", "DELETE", "/api/v1/namespaces/kube-system"),
        Exchange("unknown group", "GET", "/apis/foo.example/v1/bars", vague=True),
        Exchange("unknown version", "GET", "/apis/apps/v9/statefulsets"),
        Exchange("unknown resource", "GET", "/api/v1/foos"),
        Exchange("unknown subresource", "GET", f"{PODS}/p/foo"),
        Exchange("subresource only posted to", "GET", f"{PODS}/p/eviction"),
        Exchange("post on a pod", "POST", f"{PODS}/p", {}),
        Exchange("post on nothing", "POST", "/api/v1", {}),
    ]


def of_rights() -> list[Exchange]:
    found = []
    for user in ("nobody", "stranger"):
        found += [
            Exchange(f"{user} lists", "GET", "/api/v1/pods", user=user),
            Exchange(f"{user} lists claims here", "GET", CLAIMS, user=user),
            Exchange(f"{user} gets", "GET", f"{PODS}/p", user=user),
            Exchange(f"{user} scales", "PATCH", f"{SETS}/db/scale", _spec(replicas=1), MERGE, user=user),
            Exchange(f"{user} deletes", "DELETE", f"{ATTACHMENTS}/x", user=user),
            Exchange(f"{user} creates", "POST", CLAIMS, claim("n"), user=user),
            Exchange(f"{user} reads a path", "GET", "/metrics", user=user),
            Exchange(f"{user} asks for what is not", "GET", "/apis/zz.example/v1/foos", user=user),
        ]
    asked = {"spec": {"resourceAttributes": {"verb": "list", "resource": "pods"}}}
    reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    return [
        *found,
        Exchange("nobody asks", "POST", reviews, asked, shown=("status.allowed",), user="nobody"),
        Exchange("admin asks", "POST", reviews, asked, shown=("status.allowed",)),
    ]


_UID = "11111111-1111-1111-1111-111111111111"
_TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
_COLUMNS = tuple(f"columnDefinitions.{number}.{part}" for number in range(9) for part in ("name", "type", "priority"))
_CONDITION_TYPES = tuple(f"status.conditions.{number}.{part}" for number in range(2) for part in ("type", "status"))
_GRACE = ("metadata.deletionGracePeriodSeconds",)
_TEMPLATE_SIZE = "/spec/volumeClaimTemplates/0/spec/resources/requests/storage"


def _size(size: str) -> dict[str, Any]:
    return _spec(resources={"requests": {"storage": size}})


def _row(name: str, collection: str, of: str, age: int, end: int = 0, *, beginning: tuple[int, ...] = ()) -> Exchange:
    """What is printed of an object, but for its age: the cells before `age` and those from there to `end`."""
    cells = beginning or (*range(age), *range(age + 1, end))
    path = f"{collection}?fieldSelector=metadata.name={of}"
    return Exchange(name, "GET", path, accept=_TABLE, shown=tuple(f"rows.0.cells.{number}" for number in cells))


def _spec(**fields: Any) -> dict[str, Any]:
    return {"spec": fields}


def _named(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": spec}


def _condition(kind: str) -> dict[str, Any]:
    return {"status": {"conditions": [{"type": kind, "status": "True"}]}}


def _affinity(zone: str) -> dict[str, Any]:
    term = {"matchExpressions": [{"key": "zone", "operator": "In", "values": [zone]}]}
    return _spec(nodeAffinity={"required": {"nodeSelectorTerms": [term]}})
