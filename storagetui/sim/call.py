"""A request as the API server understands it: verb, resource, namespace, name, subresource, options.

Source: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go.
"""

from collections.abc import Mapping
from urllib.parse import unquote

import msgspec

from storagetui.kube.api import Request
from storagetui.sim import refusal
from storagetui.sim.access import Wish
from storagetui.sim.resources import BY_PATH, Resource
from storagetui.sim.selectors import fields_from

_WRITES = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, read."""

    verb: str
    path: str
    kind: Resource | None
    """None for a path that is no resource: discovery, version, health."""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """With names in lower case."""
    body: bytes = b""

    @property
    def wish(self) -> Wish:
        """What has to be allowed for it."""
        if self.kind is None:
            return Wish(verb=self.verb, path=self.path)
        return Wish(
            verb=self.verb,
            group=self.kind.group,
            resource=self.kind.plural,
            subresource=self.subresource,
            namespace=self.namespace,
            name=self.name,
            path=self.path,
        )

    @property
    def resource(self) -> Resource:
        """The resource; only for a call that has one."""
        if self.kind is None:
            raise LookupError(f"{self.path} is no resource")
        return self.kind

    @property
    def dry_run(self) -> bool:
        """Whether nothing may be stored."""
        return "dryRun" in self.query

    def flag(self, name: str) -> bool:
        """A boolean query parameter; present without a value counts as true."""
        return self.query.get(name, "false") not in ("false", "0")

    def number(self, name: str) -> int:
        """A whole-number query parameter, 0 when absent. Refused with 400 when it is none."""
        text = self.query.get(name, "")
        try:
            return int(text or 0)
        except ValueError as error:
            why = f'strconv.ParseInt: parsing "{text}": invalid syntax'
            raise refusal.bad_request(f"unable to decode {name}: {why}") from error


def read(request: Request) -> Call:
    """Read a request. Refused with 404 for a resource that is not served, 405 for a method that means nothing."""
    query: dict[str, str] = {}
    for key, value in request.query:
        query.setdefault(key, value)
    headers = {key.lower(): value for key, value in request.headers}
    path = request.path
    method = request.method.upper()
    segments = [unquote(part) for part in path.strip("/").split("/")]
    parts = _resource_parts(segments)
    if parts is None:
        verb = {"GET": "get", "HEAD": "head"}.get(method, method.lower())
        return Call(verb=verb, path=path, kind=None, query=query, headers=headers, body=request.body)
    kind, namespace, name, subresource = parts
    call = Call(
        verb=_verb(method, name, query),
        path=path,
        kind=kind,
        namespace=namespace,
        name=name,
        subresource=subresource,
        query=query,
        headers=headers,
        body=request.body,
    )
    return _with_selected_name(call)


def _resource_parts(segments: list[str]) -> tuple[Resource, str, str, str] | None:
    """Resource, namespace, name and subresource of a path; None when it is about no resource."""
    if segments[:1] == ["api"] and len(segments) > 2:
        group, version, rest = "", segments[1], segments[2:]
    elif segments[:1] == ["apis"] and len(segments) > 3:
        group, version, rest = segments[1], segments[2], segments[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("finalize", "status"):
        namespace, rest = rest[1], rest[2:]
    kind = BY_PATH.get((group, version, rest[0]))
    if kind is None or (namespace and not kind.namespaced) or len(rest) > 3:
        raise refusal.no_such_path()
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    if subresource and subresource not in kind.subresources:
        raise refusal.no_such_path()
    if kind.plural == "namespaces" and name:
        namespace = name
    return kind, namespace, name, subresource


def _verb(method: str, name: str, query: Mapping[str, str]) -> str:
    if method in ("GET", "HEAD"):
        if query.get("watch", "false") not in ("false", "0"):
            return "watch"
        return "get" if name else "list"
    if method not in _WRITES:
        raise refusal.Refusal(
            405, "MethodNotAllowed", "the server does not allow this method on the requested resource"
        )
    return "deletecollection" if method == "DELETE" and not name else _WRITES[method]


def _with_selected_name(call: Call) -> Call:
    """Take the name from a field selector on metadata.name: rights may be given for single names."""
    if call.verb not in ("list", "watch", "deletecollection") or call.name or "fieldSelector" not in call.query:
        return call
    selected = fields_from(call.query["fieldSelector"], call.resource).value_of("metadata", "name")
    return msgspec.structs.replace(call, name=selected) if selected else call
