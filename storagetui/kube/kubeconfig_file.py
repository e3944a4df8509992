"""Kubeconfig files: what stands in them, and what several of them say together.

The rules are those of kubectl's loader (k8s.io/client-go/tools/clientcmd/loader.go and api/v1/types.go). Parsing and
merging are pure; `read` alone touches the disk.
"""

import base64
import binascii
import errno
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import yaml

from storagetui.errors import KubeconfigError
from storagetui.kube.secret import Blob, Secret

T = TypeVar("T")

_SINGULAR = {"clusters": "cluster", "users": "user", "contexts": "context"}
_CLUSTER_PATHS = ("certificate_authority",)
_USER_PATHS = ("client_certificate", "client_key", "token_file")


class Extension(msgspec.Struct, frozen=True):
    """Something a tool has put beside an entry; one name is reserved for exec plug-ins."""

    name: str = ""
    extension: Any = None


class Cluster(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """How to reach a cluster."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: Blob = Blob()
    proxy_url: Secret = Secret()
    """Hidden, because a proxy's address may carry a password."""
    disable_compression: bool = False
    extensions: tuple[Extension, ...] = ()


class Variable(msgspec.Struct, frozen=True):
    """An environment variable for an exec plug-in."""

    name: str = ""
    value: Secret = Secret()


class Exec(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A program that hands out credentials."""

    command: str = ""
    args: tuple[Secret, ...] = ()
    env: tuple[Variable, ...] = ()
    api_version: str = ""
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class AuthProvider(msgspec.Struct, frozen=True):
    """A way to authenticate that is built into the client; kubectl knows `oidc` alone since 1.26."""

    name: str = ""
    config: dict[str, Secret] = {}


class User(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Who we are to a cluster."""

    token: Secret = Secret()
    token_file: str = msgspec.field(default="", name="tokenFile")
    client_certificate: str = ""
    client_certificate_data: Blob = Blob()
    client_key: str = ""
    client_key_data: Blob = Blob()
    username: str = ""
    password: Secret = Secret()
    as_user: str = msgspec.field(default="", name="as")
    as_uid: str = ""
    as_groups: tuple[str, ...] = ()
    as_user_extra: dict[str, tuple[str, ...]] = {}
    exec: Exec | None = None
    auth_provider: AuthProvider | None = None


class Context(msgspec.Struct, frozen=True):
    """A cluster, a user and a namespace that belong together."""

    cluster: str = ""
    user: str = ""
    namespace: str = ""


class Located(msgspec.Struct, Generic[T], frozen=True):
    """An entry, its name and the file in which it stands (empty: it stands in none)."""

    name: str
    file: str
    value: T

    def __str__(self) -> str:
        kind = type(self.value).__name__.lower()
        return f'{kind} "{self.name}" in {self.file}' if self.file else f'{kind} "{self.name}"'


class Kubeconfig(msgspec.Struct, frozen=True, kw_only=True):
    """What one file says, or what several say together."""

    files: tuple[str, ...] = ()
    """The files that were read, in order."""
    missing: tuple[str, ...] = ()
    """The files that were named and do not exist."""
    current_context: str = ""
    clusters: dict[str, Located[Cluster]] = {}
    users: dict[str, Located[User]] = {}
    contexts: dict[str, Located[Context]] = {}


def read(environ: Mapping[str, str], explicit: str = "") -> Kubeconfig:
    """Read and merge the files that kubectl would: `explicit` alone, else those of KUBECONFIG, else ~/.kube/config.

    Files that are missing or empty are skipped, except an explicit one that is missing. Raises KubeconfigError.
    """
    parsed: list[Kubeconfig] = []
    missing: list[str] = []
    for path in [explicit] if explicit else _paths(environ):
        file = str(Path(path).absolute())
        try:
            data = Path(path).read_bytes()
        except FileNotFoundError:
            if explicit:
                raise KubeconfigError(_no_such_file(explicit)) from None
            missing.append(file)
        except OSError as error:
            raise KubeconfigError(
                f"The kubeconfig {file} cannot be read: {os.strerror(error.errno or errno.EIO)}."
            ) from error
        else:
            parsed.append(parse(file, data))
    return msgspec.structs.replace(merge(parsed), missing=tuple(missing))


def merge(parsed: Iterable[Kubeconfig]) -> Kubeconfig:
    """What several files say together: for every name, and for the current context, the first that says it wins."""
    files: list[str] = []
    current = ""
    clusters: dict[str, Located[Cluster]] = {}
    users: dict[str, Located[User]] = {}
    contexts: dict[str, Located[Context]] = {}
    for one in parsed:
        files += one.files
        current = current or one.current_context
        clusters = one.clusters | clusters
        users = one.users | users
        contexts = one.contexts | contexts
    return Kubeconfig(files=tuple(files), current_context=current, clusters=clusters, users=users, contexts=contexts)


def parse(file: str, data: bytes) -> Kubeconfig:
    """What a file says; relative paths in it are resolved against its folder, `~` is not expanded, as in kubectl.

    `file` is absolute. Raises KubeconfigError naming the file, the entry and the field.
    """
    document = _document(file, data)
    for key, expected in (("apiVersion", "v1"), ("kind", "Config")):
        if document.get(key) not in (None, "", expected):
            raise KubeconfigError(f"{file} is no kubeconfig: its {key} is {document[key]!r} instead of {expected!r}.")
    current = document.get("current-context", "")
    if not isinstance(current, str):
        raise KubeconfigError(f"{file}: current-context must be a text; put it in quotes.")
    folder = str(Path(file).parent)
    clusters = _entries(document, "clusters", file, Cluster)
    users = _entries(document, "users", file, User)
    return Kubeconfig(
        files=(file,),
        current_context=current,
        clusters={n: Located(n, file, _rooted(c, folder, _CLUSTER_PATHS)) for n, c in clusters.items()},
        users={n: Located(n, file, _rooted_user(u, folder)) for n, u in users.items()},
        contexts={n: Located(n, file, c) for n, c in _entries(document, "contexts", file, Context).items()},
    )


def _paths(environ: Mapping[str, str]) -> list[str]:
    listed = environ.get("KUBECONFIG", "")
    if listed:
        return list(dict.fromkeys(path for path in listed.split(os.pathsep) if path))
    return [str(Path(environ.get("HOME") or Path.home(), ".kube", "config"))]


def _no_such_file(path: str) -> str:
    hint = " A ~ in it is not expanded: write out the folder." if path.startswith("~") else ""
    return f"The kubeconfig {path} does not exist.{hint} Give --kubeconfig a file that does."


def _rooted(entry: T, folder: str, fields: tuple[str, ...]) -> T:
    changes = {field: os.path.normpath(Path(folder, path)) for field in fields if (path := getattr(entry, field))}
    return msgspec.structs.replace(entry, **changes) if changes else entry  # type: ignore[type-var] # a Struct always


def _rooted_user(user: User, folder: str) -> User:
    user = _rooted(user, folder, _USER_PATHS)
    if user.exec and os.sep in user.exec.command:  # a bare name is looked up on PATH instead
        return msgspec.structs.replace(user, exec=_rooted(user.exec, folder, ("command",)))
    return user


def _entries(document: dict[str, Any], key: str, file: str, kind: type[T]) -> dict[str, T]:
    listed = document.get(key, [])
    field = _SINGULAR[key]
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise KubeconfigError(f"{file}: {key} must be a list of entries with a name and a {field}.")
    found: dict[str, T] = {}
    for item in listed:
        name = item.get("name", "")
        if not isinstance(name, str):
            raise KubeconfigError(f"{file}: the {field} named {name} needs its name in quotes.")
        if name in found:
            raise KubeconfigError(f'{file}: there are two entries for the {field} "{name}"; remove one.')
        try:
            found[name] = msgspec.convert(item.get(field, {}), kind, dec_hook=_hidden)
        except msgspec.ValidationError as error:
            raise KubeconfigError(f'{file}: {field} "{name}": {error}.') from None
    return found


def _hidden(kind: type, value: object) -> object:
    """Wrap what must not be shown; the messages say nothing of the value."""
    if not isinstance(value, str):
        raise TypeError(f"Expected `str`, got `{type(value).__name__}`")
    if kind is Secret:
        return Secret(value)
    try:
        return Blob(base64.b64decode(re.sub(r"[\r\n]", "", value), validate=True))
    except binascii.Error:
        raise ValueError("Invalid base64") from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the C loader has no stub of its own
    """YAML as kubectl's parser resolves it: no dates, no numbers to the base of sixty."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[1-9][0-9_]*|0)$"),
    list("-+0123456789"),
)


def _document(file: str, data: bytes) -> dict[str, Any]:
    try:
        document = yaml.load(data, _Loader)
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise KubeconfigError(f"{file}{line} is not YAML: {error.problem}.") from None  # the error quotes the line
    except (yaml.YAMLError, ValueError):
        raise KubeconfigError(f"{file} is not YAML.") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise KubeconfigError(f"{file} is no kubeconfig: it holds no mapping.")
    found = _without_nulls(document)
    assert isinstance(found, dict)
    return found


def _without_nulls(value: object, key: str = "") -> object:
    """`clusters: null` and `token: ~` say nothing, as in Go; what an extension holds is nobody's business here."""
    if key == "extension":
        return value
    if isinstance(value, dict):
        return {k: _without_nulls(v, str(k)) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value if item is not None]
    return value
