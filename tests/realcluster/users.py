"""Who may speak to the cluster: tokens, groups, kubeconfigs, and the roles that make the difference."""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

EXTRA_NODES = 8
"""How many nodes beside the first three may exist at one time: the API server reads its tokens once."""
MASTERS = "system:masters"
VIEWER = "storagetui:viewer"
RESTRICTED = "storagetui:restricted"
CERTIFICATE_USER = "admin-cert"
"""The one who shows a client certificate instead of a token."""


class User(NamedTuple):
    """One line of the API server's token file."""

    name: str
    group: str
    token: str


def people() -> tuple[User, ...]:
    """Make the users that tests take the part of.

    ``admin`` may do everything, ``viewer`` may read everything, ``restricted`` may read claims, pods, sets, classes
    and events everywhere, but no volumes, attachments or nodes, ``tenant`` may read and write what is in the
    namespaces of labs and nothing of the cluster, ``nobody`` may do nothing.
    """
    groups = {"admin": MASTERS, "viewer": "people", "restricted": "people", "tenant": "people", "nobody": "people"}
    return tuple(_user(name, group) for name, group in groups.items())


def programs(nodes: Iterable[str]) -> tuple[User, ...]:
    """Make the users that the controllers, the sidecars and the kubelets are."""
    servers = (
        _user(f"system:{name}", MASTERS) for name in ("kube-controller-manager", "kube-scheduler", "csi-sidecar")
    )
    return (*servers, *(_user(f"system:node:{name}", "system:nodes") for name in nodes))


def _user(name: str, group: str) -> User:
    return User(name, group, secrets.token_urlsafe(24))


def token_file(users: Iterable[User]) -> str:
    """The text of the API server's ``--token-auth-file``: token, user, uid, groups."""
    return "".join(f'{u.token},{u.name},{number},"{u.group}"\n' for number, u in enumerate(users, 1))


def kubeconfig(server: str, authority: Path, name: str, credentials: dict[str, str]) -> str:
    """The text of a kubeconfig with one context, ``storagelab``."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "storagelab", "cluster": {"server": server, "certificate-authority": str(authority)}}],
        "users": [{"name": name, "user": credentials}],
        "contexts": [{"name": "storagelab", "context": {"cluster": "storagelab", "user": name}}],
        "current-context": "storagelab",
    }
    return yaml.safe_dump(document, sort_keys=False)


def roles() -> list[dict[str, Any]]:
    """The cluster roles of ``viewer`` and ``restricted``, and their bindings."""
    read = ["get", "list", "watch"]
    viewer = [{"apiGroups": ["*"], "resources": ["*"], "verbs": read}]
    restricted = [
        {
            "apiGroups": [""],
            "resources": ["persistentvolumeclaims", "pods", "events", "namespaces", "services"],
            "verbs": read,
        },
        {"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": read},
        {"apiGroups": ["storage.k8s.io"], "resources": ["storageclasses"], "verbs": read},
    ]
    return [
        _cluster_role(VIEWER, viewer),
        _cluster_role(RESTRICTED, restricted),
        _cluster_binding(VIEWER, "viewer"),
        _cluster_binding(RESTRICTED, "restricted"),
    ]


def tenancy(namespace: str) -> dict[str, Any]:
    """Let ``tenant`` read and write what is in one namespace (the ClusterRole ``edit`` that every cluster has)."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "tenant", "namespace": namespace},
        "roleRef": _role("edit"),
        "subjects": [_subject("tenant")],
    }


def _cluster_role(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": rules,
    }


def _cluster_binding(role: str, user: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": role},
        "roleRef": _role(role),
        "subjects": [_subject(user)],
    }


def _role(name: str) -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}


def _subject(user: str) -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
