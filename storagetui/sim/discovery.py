"""Discovery: which groups, versions and resources there are, the version of the server, and its OpenAPI documents.

Source: kubernetes v1.37 api/discovery/*.json; k8s.io/apiserver/pkg/endpoints/discovery. The OpenAPI documents say what
kubectl reads of them: which kinds there are, and that writes take `fieldValidation`, `dryRun` and `fieldManager`.
"""

from collections.abc import Iterable

from storagetui.sim import negotiation, refusal, reply
from storagetui.sim.access import Wish
from storagetui.sim.call import Call
from storagetui.sim.reply import Reply
from storagetui.sim.resources import RESOURCES, Resource
from storagetui.sim.wire import Json

SERVER_VERSION = "v1.37.2"
_READ, _SCALED = ("get", "patch", "update"), ("autoscaling", "v1", "Scale")
_SUBKINDS = {
    "scale": _SCALED,
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
}
_HEALTH = ("/healthz", "/livez", "/readyz")


def answer(call: Call, absent: Iterable[str] = ()) -> Reply:
    """Answer a path that is no resource; the resources named in `absent` are left out. Refused with 404, 405."""
    if call.verb != "get":
        raise refusal.wrong_method()
    served = [kind for kind in RESOURCES if kind.name not in set(absent)]
    path = call.path.rstrip("/") or "/"
    if path in _HEALTH:
        return reply.of_text("ok")
    if path == "/":
        roots = {f"/apis/{kind.api_version}" if kind.group else f"/api/{kind.version}" for kind in served}
        return reply.of_json({"paths": sorted({"/api", "/apis", "/version", *_HEALTH, *roots})})
    if path == "/version":
        return reply.of_json(_version())
    if path in ("/api", "/apis"):
        return _groups(call, path, served)
    if path.startswith("/openapi/v3"):
        return reply.of_json(_openapi(path, served))
    segments = path.strip("/").split("/")
    if segments[0] == "api" and len(segments) == 2:
        return reply.of_json(_resource_list("", segments[1], served))
    if segments[0] == "apis" and len(segments) in (2, 3) and segments[1] not in _names(served):
        return reply.of_text("404 page not found\n", 404)
    if segments[0] == "apis" and len(segments) == 2:
        return reply.of_json({"kind": "APIGroup", "apiVersion": "v1", **_group(segments[1], served)})
    if segments[0] == "apis" and len(segments) == 3:
        return reply.of_json(_resource_list(segments[1], segments[2], served))
    return reply.of_text("404 page not found\n", 404)


def unserved(wish: Wish) -> Reply:
    """Answer for a resource that is not served: a page for a group nobody knows, a Status within a known one."""
    if wish.group and all(kind.group != wish.group for kind in RESOURCES):
        return reply.of_text("404 page not found\n", 404)
    return reply.of_refusal(refusal.no_such_path())


def _version() -> Json:
    major, minor, _ = SERVER_VERSION.lstrip("v").split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"{SERVER_VERSION}+simulated",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "none",
        "compiler": "none",
        "platform": "linux/amd64",
    }


def _groups(call: Call, path: str, served: list[Resource]) -> Reply:
    version = negotiation.discovery_version(call.headers.get("accept", ""))
    names = [""] if path == "/api" else _names(served)
    if version:
        items = [_aggregated(name, served) for name in names]
        head = {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}", "metadata": {}}
        made = reply.of_json({**head, "items": items})
        made.headers = {"Content-Type": negotiation.DISCOVERY_TYPE.format(version=version)}
        return made
    if path == "/api":
        addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}]
        return reply.of_json({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses})
    groups = [_group(name, served) for name in names]
    return reply.of_json({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})


def _names(served: list[Resource]) -> list[str]:
    return list(dict.fromkeys(kind.group for kind in served if kind.group))


def _versions(group: str, served: list[Resource]) -> list[str]:
    return list(dict.fromkeys(kind.version for kind in served if kind.group == group))


def _group(name: str, served: list[Resource]) -> Json:
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in _versions(name, served)]
    if not versions:
        raise refusal.no_such_path()
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(group: str, version: str, served: list[Resource]) -> Json:
    found = [kind for kind in served if (kind.group, kind.version) == (group, version)]
    if not found:
        raise refusal.no_such_path()
    resources: list[Json] = []
    for kind in found:
        entry: Json = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced}
        entry |= {"kind": kind.kind, "verbs": list(kind.verbs)}
        entry |= {"shortNames": list(kind.short_names)} if kind.short_names else {}
        entry |= {"categories": list(kind.categories)} if kind.categories else {}
        resources.append(entry)
        for subresource in kind.subresources:
            part: Json = {"name": f"{kind.plural}/{subresource}", "singularName": "", "namespaced": kind.namespaced}
            sub_group, sub_version, sub_kind = _SUBKINDS.get(subresource, ("", "", kind.kind))
            part |= {"group": sub_group, "version": sub_version} if subresource in _SUBKINDS else {}
            resources.append({**part, "kind": sub_kind, "verbs": _subverbs(subresource)})
    version_name = found[0].api_version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version_name, "resources": resources}


def _aggregated(group: str, served: list[Resource]) -> Json:
    versions = []
    for version in _versions(group, served):
        kinds = [kind for kind in served if (kind.group, kind.version) == (group, version)]
        resources = [_aggregated_resource(kind) for kind in kinds]
        versions.append({"version": version, "resources": resources, "freshness": "Current"})
    metadata = {"name": group} if group else {}
    return {"metadata": {**metadata, "creationTimestamp": None}, "versions": versions}


def _aggregated_resource(kind: Resource) -> Json:
    entry: Json = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    entry |= {"shortNames": list(kind.short_names)} if kind.short_names else {}
    entry |= {"categories": list(kind.categories)} if kind.categories else {}
    subresources = []
    for name in kind.subresources:
        group, version, sub_kind = _SUBKINDS.get(name, (kind.group, kind.version, kind.kind))
        response = {"group": group, "version": version, "kind": sub_kind}
        subresources.append({"subresource": name, "responseKind": response, "verbs": _subverbs(name)})
    return {**entry, "subresources": subresources} if subresources else entry


def _subverbs(subresource: str) -> list[str]:
    return ["create"] if subresource in ("binding", "eviction") else list(_READ)


def _openapi(path: str, served: list[Resource]) -> Json:
    """The index of OpenAPI v3, or the document of one group and version."""
    places = {f"apis/{kind.api_version}" if kind.group else f"api/{kind.version}" for kind in served}
    place = path.removeprefix("/openapi/v3").strip("/")
    if not place:
        return {"paths": {item: {"serverRelativeURL": f"/openapi/v3/{item}"} for item in sorted(places)}}
    if place not in places:
        raise refusal.no_such_path()
    kinds = [kind for kind in served if place in (f"apis/{kind.api_version}", f"api/{kind.version}")]
    kinds = [kind for kind in kinds if place.startswith("apis/") == bool(kind.group)]
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string"}}
        for name in ("dryRun", "fieldManager", "fieldValidation")
    ]
    paths: Json = {}
    schemas: Json = {}
    for kind in kinds:
        identity = {"group": kind.group, "version": kind.version, "kind": kind.kind}
        schema = f"{(kind.group or 'core').split('.')[0]}.{kind.version}.{kind.kind}"
        write = {"parameters": parameters, "x-kubernetes-group-version-kind": identity, "responses": {}}
        middle = "namespaces/{namespace}/" if kind.namespaced else ""
        paths[f"/{place}/{middle}{kind.plural}"] = {"post": {**write, "x-kubernetes-action": "post"}}
        one = {"patch": {**write, "x-kubernetes-action": "patch"}, "put": {**write, "x-kubernetes-action": "put"}}
        paths[f"/{place}/{middle}{kind.plural}/{{name}}"] = one
        schemas[schema] = {
            "type": "object",
            "description": f"{kind.kind} of the simulated cluster.",
            "x-kubernetes-preserve-unknown-fields": True,
            "x-kubernetes-group-version-kind": [identity],
        }
    info = {"title": "storagetui's simulated cluster", "version": SERVER_VERSION}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}
