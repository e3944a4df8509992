"""The kubeconfig that points kubectl, or anything else, at the simulated cluster."""

import base64
import json
from collections.abc import Mapping

CLUSTER = "simulated"


def context_of(user: str) -> str:
    """The name of a user's context."""
    return f"{user}@{CLUSTER}"


def text(url: str, authority: str, users: Mapping[str, str], current: str) -> str:
    """A kubeconfig in YAML: one cluster, a context for each of `users` (name to token), that of `current` chosen."""
    quoted = json.dumps
    lines = ["apiVersion: v1", "kind: Config", f"current-context: {quoted(context_of(current))}", "clusters:"]
    lines += [f"- name: {quoted(CLUSTER)}", "  cluster:", f"    server: {quoted(url)}"]
    if authority:
        lines.append(f"    certificate-authority-data: {base64.b64encode(authority.encode()).decode()}")
    lines.append("contexts:")
    for user in users:
        lines += [f"- name: {quoted(context_of(user))}", "  context:"]
        lines += [f"    cluster: {quoted(CLUSTER)}", f"    user: {quoted(user)}"]
    lines.append("users:")
    for user, token in users.items():
        lines += [f"- name: {quoted(user)}", "  user:", f"    token: {quoted(token)}"]
    return "\n".join(lines) + "\n"
