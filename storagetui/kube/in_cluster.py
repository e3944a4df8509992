"""The service account of a pod: how to reach the cluster from inside it (k8s.io/client-go/rest/config.go)."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where kubelet mounts the token, the certificate authority and the namespace."""


class InCluster(msgspec.Struct, frozen=True):
    """What a pod is told about its cluster."""

    server: str
    token_file: str
    ca_file: str
    """Empty when there is none that can be read; the system's authorities count then."""
    namespace: str


def find(environ: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> InCluster | None:
    """What this process is told about the cluster it runs in; None outside of one."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "")
    token = folder / "token"
    if not host or not port or not token.is_file():
        return None
    ca = folder / "ca.crt"
    return InCluster(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        token_file=str(token),
        ca_file=str(ca) if os.access(ca, os.R_OK) else "",
        namespace=environ.get("POD_NAMESPACE") or _namespace(folder / "namespace") or "default",
    )


def _namespace(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
