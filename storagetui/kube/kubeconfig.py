"""From kubeconfig files, the command line and the environment to a Connection, as kubectl goes.

The rules are those of k8s.io/client-go/tools/clientcmd (client_config.go, validation.go). We differ where kubectl
guesses or asks: without a context it tries localhost:8080, and without a user it asks for a password on the terminal;
we say what is missing.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from storagetui.errors import KubeconfigError
from storagetui.kube import in_cluster, kubeconfig_file, proxies
from storagetui.kube.connection import NOTHING, Connection, Impersonation, Overrides, sendable
from storagetui.kube.in_cluster import InCluster
from storagetui.kube.kubeconfig_file import Cluster, Context, Exec, Kubeconfig, Located, User

_VERSIONS_WITH_DEFAULT = ("client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1alpha1")
_INTERACTIVE_MODES = ("Never", "IfAvailable", "Always")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


class ContextLine(msgspec.Struct, frozen=True):
    """A context that can be chosen."""

    name: str
    cluster: str
    user: str
    namespace: str
    file: str
    current: bool


def load(
    environ: Mapping[str, str],
    explicit: str = "",
    overrides: Overrides = NOTHING,
    service_account: Path = in_cluster.SERVICE_ACCOUNT,
) -> Connection:
    """The connection that kubectl would make with this environment and `--kubeconfig explicit`.

    Raises KubeconfigError naming the file and the entry that cannot be used.
    """
    config = kubeconfig_file.read(environ, explicit)
    return resolve(config, overrides, environ, in_cluster.find(environ, service_account))


def contexts(config: Kubeconfig) -> tuple[ContextLine, ...]:
    """The contexts that can be chosen, by name."""
    return tuple(
        ContextLine(name, c.value.cluster, c.value.user, c.value.namespace, c.file, name == config.current_context)
        for name, c in sorted(config.contexts.items())
    )


def resolve(
    config: Kubeconfig, overrides: Overrides, environ: Mapping[str, str], pod: InCluster | None = None
) -> Connection:
    """The connection that merged files, the command line and the environment come to.

    `pod` is what the pod we run in knows, if we run in one: it stands in for a missing context, and names the namespace
    when nothing else does. Raises KubeconfigError naming the file and the entry that cannot be used.
    """
    name = overrides.context or config.current_context
    if not name:
        if pod is None:
            raise KubeconfigError(_no_context(config))
        return _connect("in-cluster", _pod_cluster(pod), _pod_user(pod), pod.namespace, overrides, environ)
    context = config.contexts.get(name)
    if context is None:
        raise KubeconfigError(_unknown_context(name, config))
    cluster = config.clusters.get(context.value.cluster)
    if cluster is None:
        raise KubeconfigError(_missing(context, "cluster", context.value.cluster, config.clusters))
    user = config.users.get(context.value.user)
    if user is None and context.value.user:
        raise KubeconfigError(_missing(context, "user", context.value.user, config.users))
    namespace = context.value.namespace or (pod.namespace if pod else "default")
    return _connect(name, cluster, user or Located("", context.file, User()), namespace, overrides, environ)


def _connect(
    name: str,
    cluster: Located[Cluster],
    user: Located[User],
    namespace: str,
    overrides: Overrides,
    environ: Mapping[str, str],
) -> Connection:
    namespace = overrides.namespace or namespace
    if not _LABEL.fullmatch(namespace):
        raise KubeconfigError(f'"{namespace}" of the context "{name}" cannot be the name of a namespace.')
    user = msgspec.structs.replace(user, value=_overridden(user.value, overrides))
    for entry, problem in ((cluster, _cluster_problem(cluster.value)), (user, _user_problem(user.value))):
        if problem:
            raise KubeconfigError(f"The {entry} {problem}.")
    server = _server(cluster)
    proxy_url = cluster.value.proxy_url.reveal()
    return Connection(
        context=name,
        server=server,
        cluster=cluster,
        user=user,
        namespace=namespace,
        impersonation=_impersonation(user.value),
        proxy=proxies.configured(proxy_url, f"The proxy-url of the {cluster}")
        if proxy_url
        else proxies.from_environment(server, environ),
    )


def _server(cluster: Located[Cluster]) -> str:
    """The address as requests need it: without a scheme it is plain HTTP, as in k8s.io/client-go/rest/url_utils.go."""
    text = cluster.value.server if "://" in cluster.value.server else "http://" + cluster.value.server
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise KubeconfigError(f"The {cluster} has a server that is no address: write it as https://HOST:PORT.")
    if parts.username is not None:
        raise KubeconfigError(f"The {cluster} has a user in its server's address: put it into the user's entry.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _overridden(user: User, overrides: Overrides) -> User:
    return msgspec.structs.replace(
        user,
        as_user=overrides.as_user or user.as_user,
        as_uid=overrides.as_uid or user.as_uid,
        as_groups=overrides.as_groups or user.as_groups,
    )


def _impersonation(user: User) -> Impersonation:
    return Impersonation(
        user=user.as_user,
        uid=user.as_uid,
        groups=user.as_groups,
        extra=tuple((key, values) for key, values in sorted(user.as_user_extra.items())),
    )


def _cluster_problem(cluster: Cluster) -> str:
    """What is wrong with an entry, as the end of a sentence; empty when nothing is."""
    if not cluster.server:
        return "has no server"
    if cluster.certificate_authority and cluster.certificate_authority_data:
        return "has both certificate-authority and certificate-authority-data: remove one"
    if cluster.insecure_skip_tls_verify and (cluster.certificate_authority or cluster.certificate_authority_data):
        return "has both a certificate-authority and insecure-skip-tls-verify: remove one"
    return ""


def _user_problem(user: User) -> str:
    """What is wrong with an entry, as the end of a sentence; empty when nothing is."""
    if (user.token and (user.username or user.password)) or (user.token_file and user.username):
        return "has both a token and a username: remove one"
    if user.client_certificate or user.client_certificate_data:
        if user.client_certificate and user.client_certificate_data:
            return "has both client-certificate and client-certificate-data: remove one"
        if user.client_key and user.client_key_data:
            return "has both client-key and client-key-data: remove one"
        if not user.client_key and not user.client_key_data:
            return "has a client certificate without a client-key or client-key-data"
    if (user.as_uid or user.as_groups or user.as_user_extra) and not user.as_user:
        return "acts as a uid, groups or extra fields, but as no user: name one with as, or with --as"
    if user.exec and user.auth_provider:
        return "has both exec and auth-provider: remove one"
    if not all(sendable(value) for _, value in _impersonation(user).headers()):
        return "acts as somebody whose name, uid, groups or extra fields hold a line break"
    return _exec_problem(user.exec) if user.exec else ""


def _exec_problem(plugin: Exec) -> str:
    if not plugin.command:
        return "has an exec plug-in without a command"
    if not plugin.api_version:
        return "has an exec plug-in without an apiVersion"
    if any(not variable.name for variable in plugin.env):
        return "has an exec plug-in with a variable that has no name"
    mode = plugin.interactive_mode or ("IfAvailable" if plugin.api_version in _VERSIONS_WITH_DEFAULT else "")
    if mode not in _INTERACTIVE_MODES:
        return "has an exec plug-in without an interactiveMode: it must be Never, IfAvailable or Always"
    return ""


def _pod_cluster(pod: InCluster) -> Located[Cluster]:
    return Located("in-cluster", "", Cluster(server=pod.server, certificate_authority=pod.ca_file))


def _pod_user(pod: InCluster) -> Located[User]:
    return Located("service account", "", User(token_file=pod.token_file))


def _no_context(config: Kubeconfig) -> str:
    if config.contexts:
        return f"No context is current in {', '.join(config.files)}: give --context, one of {_listed(config.contexts)}."
    if config.files:
        return (
            f"There is no context in {', '.join(config.files)}: give --kubeconfig or set KUBECONFIG to a file with one."
        )
    where = ", ".join(config.missing) or "KUBECONFIG"
    return f"There is no kubeconfig ({where} does not exist): give --kubeconfig or set KUBECONFIG."


def _unknown_context(name: str, config: Kubeconfig) -> str:
    if not config.contexts:
        return f'There is no context "{name}": {_no_context(config)}'
    return f'There is no context "{name}" in {", ".join(config.files)}: there is {_listed(config.contexts)}.'


def _missing(context: Located[Context], kind: str, name: str, known: Mapping[str, object]) -> str:
    if not name:
        return f"The {context} names no {kind}."
    return f'The {context} names the {kind} "{name}", which is not there: there is {_listed(known) or "none"}.'


def _listed(names: Mapping[str, object]) -> str:
    shown = sorted(names)[:12]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")
