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
    unserved: Wish | None = None
    """What has to be allowed before the server says that it does not serve this resource."""

    @property
    def wish(self) -> Wish:
        """What has to be allowed for it."""
        if self.unserved is not None:
            return self.unserved
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
            raise refusal.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from error


def read(request: Request) -> Call:
    """Read a request. Refused with 405 for a method that means nothing, 400 for a selector that cannot be read."""
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
    group_version, plural, namespace, name, subresource = parts
    kind = _served(group_version, plural, namespace, subresource)
    verb = _verb(method, name, query)
    if kind is None:
        wish = Wish(verb=verb, group=group_version[0], resource=plural, namespace=namespace, name=name)
        return Call(verb=verb, path=path, kind=None, query=query, headers=headers, body=request.body, unserved=wish)
    call = Call(
        verb=verb,
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


def _resource_parts(segments: list[str]) -> tuple[tuple[str, str], str, str, str, str] | None:
    """Group and version, plural, namespace, name and subresource of a path; None when it is about no resource."""
    if segments[:1] == ["api"] and len(segments) > 2:
        group_version, rest = ("", segments[1]), segments[2:]
    elif segments[:1] == ["apis"] and len(segments) > 3:
        group_version, rest = (segments[1], segments[2]), segments[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in ("finalize", "status"):
            rest = rest[2:]
    return group_version, rest[0], namespace, "".join(rest[1:2]), "/".join(rest[2:])


def _served(group_version: tuple[str, str], plural: str, namespace: str, subresource: str) -> Resource | None:
    """The resource that a path is about, if this server has it."""
    kind = BY_PATH.get((*group_version, plural))
    if kind is None or (subresource and subresource not in kind.subresources):
        return None
    return kind if kind.namespaced or not namespace or kind.name == "namespaces" else None


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
