"""Our reading of kubeconfig files against `kubectl config view --minify --flatten --raw`."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storagetui.errors import KubeconfigError
from storagetui.kube import kubeconfig, kubeconfig_file
from storagetui.kube.connection import Connection, Overrides
from storagetui.kube.kubeconfig_file import Kubeconfig
from storagetui.kube.tls import Contexts, own_pair
from tests.kube.kubectl import environment, kubectl

SERVER = {"server": "https://10.0.0.1:6443"}
TOKEN = {"token": "a-token"}


def config(
    cluster: Mapping[str, Any] = SERVER,
    user: Mapping[str, Any] = TOKEN,
    *,
    name: str = "x",
    namespace: str = "",
    current: str | None = "x",
    **more: Any,
) -> str:
    """A kubeconfig with one context, cluster and user, all of one name."""
    context = {"cluster": name, "user": name} | ({"namespace": namespace} if namespace else {})
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": dict(cluster)}],
        "users": [{"name": name, "user": dict(user)}],
        "contexts": [{"name": name, "context": context}],
    }
    if current is not None:
        document["current-context"] = current
    return json.dumps(document | more)


PLUGIN = {
    "command": "aws",
    "apiVersion": "client.authentication.k8s.io/v1",
    "interactiveMode": "Never",
    "args": ["eks", "get-token"],
    "env": [{"name": "AWS_PROFILE", "value": "prod"}],
    "installHint": "brew install awscli",
    "provideClusterInfo": True,
}
OLD_PLUGIN = {"command": "./plugins/p", "apiVersion": "client.authentication.k8s.io/v1beta1"}
OIDC = {"name": "oidc", "config": {"idp-issuer-url": "https://i", "client-id": "c", "id-token": "t"}}
CA, CERT, KEY = "Y2EK", "Y2VydAo=", "a2V5Cg=="
FILES = {"ca.crt": "ca from a file\n", "me.crt": "cert from a file\n", "me.key": "key from a file\n", "token": "t\n"}

YAML = """
current-context: &n x
clusters:
- {name: *n, cluster: {server: 'https://s', insecure-skip-tls-verify: yes}}
users:
- name: x
  user: {token: 2026-11-24}
contexts:
- {name: x, context: {cluster: x, user: x, namespace: a}}
"""
BLOCK = """
clusters:
- name: x
  cluster:
    server: https://s
    certificate-authority-data: |
      Y2
      EK
users: [{name: x, user: {token: a}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
current-context: x
"""

CASES: dict[str, dict[str, str]] = {
    "token": {"a": config()},
    "namespace": {"a": config(namespace="shop")},
    "basic": {"a": config(user={"username": "jane", "password": "pw"})},
    "inline ca": {"a": config(cluster=SERVER | {"certificate-authority-data": CA})},
    "ca file": {"a": config(cluster=SERVER | {"certificate-authority": "ca.crt"}), **FILES},
    "ca file elsewhere": {
        "a": config(cluster=SERVER | {"certificate-authority": "../up/ca.crt"}),
        "../up/ca.crt": "up\n",
    },
    "insecure": {"a": config(cluster=SERVER | {"insecure-skip-tls-verify": True})},
    "server name": {"a": config(cluster=SERVER | {"tls-server-name": "kubernetes"})},
    "proxy": {"a": config(cluster=SERVER | {"proxy-url": "http://me:pw@proxy:3128"})},
    "no compression": {"a": config(cluster=SERVER | {"disable-compression": True})},
    "prefix": {"a": config(cluster={"server": "https://rancher.example/k8s/clusters/c-1/"})},
    "inline certificate": {"a": config(user={"client-certificate-data": CERT, "client-key-data": KEY})},
    "certificate files": {"a": config(user={"client-certificate": "me.crt", "client-key": "./me.key"}), **FILES},
    "certificate and token": {"a": config(user=TOKEN | {"client-certificate-data": CERT, "client-key-data": KEY})},
    "token file": {"a": config(user={"tokenFile": "token"}), **FILES},
    "token and token file": {"a": config(user=TOKEN | {"tokenFile": "/nowhere/token"})},
    "impersonation": {
        "a": config(
            user=TOKEN | {"as": "jane", "as-uid": "7", "as-groups": ["b", "a"], "as-user-extra": {"k": ["1", "2"]}}
        )
    },
    "exec": {"a": config(user={"exec": PLUGIN})},
    "exec beside the file": {"a": config(user={"exec": OLD_PLUGIN})},
    "oidc": {"a": config(user={"auth-provider": OIDC})},
    "nothing": {"a": config(user={})},
    "nulls": {
        "a": config(
            cluster=SERVER | {"proxy-url": None}, user=TOKEN | {"exec": None}, preferences=None, extensions=None
        )
    },
    "extension": {"a": config(cluster=SERVER | {"extensions": [{"name": "n", "extension": {"a": [None, 1]}}]})},
    "unknown fields": {"a": config(cluster=SERVER | {"novelty": [1]}, user=TOKEN | {"novelty": {"a": 1}})},
    "comment file first": {"c": "# nothing\n", "a": config()},
    "empty file first": {"e": "", "a": config()},
    "missing file first": {"-m": "", "a": config()},
    "first context wins": {"a": config(name="x", current="x"), "b": config(name="y", current="y")},
    "current context later": {"a": config(name="x", current=None), "b": config(name="y", current="y")},
    "empty current context first": {"a": config(name="x", current=""), "b": config(name="y", current="y")},
    "whole entries from the first": {
        "a": config(),
        "b": config(SERVER | {"tls-server-name": "b", "proxy-url": "http://b:1"}, {"username": "b", "password": "b"}),
    },
    "pieces in different files": {
        "a": json.dumps(
            {"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}
        ),
        "b": json.dumps({"clusters": [{"name": "c", "cluster": SERVER | {"certificate-authority": "ca.crt"}}]}),
        "../up/u": json.dumps(
            {"users": [{"name": "u", "user": {"client-certificate": "me.crt", "client-key": "me.key"}}]}
        ),
        "ca.crt": "beside b\n",
        "../up/me.crt": "beside u\n",
        "../up/me.key": "key beside u\n",
        "me.crt": "not this one\n",
    },
    "yaml": {"a": YAML},
    "base sixty": {"a": config().replace('"a-token"', "190:20:30") + "\n"},
    "block literal": {"a": BLOCK},
}

REFUSED: dict[str, dict[str, str]] = {
    "missing cluster": {"a": config(clusters=[])},
    "missing user": {"a": config(users=[])},
    "missing context": {"a": config(current="elsewhere")},
    "no current context": {"a": config(current=None)},
    "two entries of one name": {"a": config(users=[{"name": "x", "user": TOKEN}, {"name": "x", "user": TOKEN}])},
    "a number for a text": {"a": config(user={"token": 12})},
    "a truth for a text": {"a": config(cluster={"server": True})},
    "a text for a truth": {"a": config(cluster=SERVER | {"insecure-skip-tls-verify": "maybe"})},
    "not base64": {"a": config(cluster=SERVER | {"certificate-authority-data": "%%%"})},
    "another kind": {"a": config(kind="Pod")},
    "another version": {"a": config(apiVersion="v2")},
    "no mapping": {"a": "[1, 2]"},
    "no yaml": {"a": "{"},
    "a broken second file": {"a": config(), "b": "{"},
    "both cas": {
        "a": config(cluster=SERVER | {"certificate-authority": "ca.crt", "certificate-authority-data": CA}),
        **FILES,
    },
    "missing ca file": {"a": config(cluster=SERVER | {"certificate-authority": "nowhere.crt"})},
}


def written(folder: Path, files: Mapping[str, str]) -> str:
    """Write a case's files; the KUBECONFIG that names those without an extension, in order (`-m` is not written)."""
    home = folder / "home"
    home.mkdir()
    for name, text in files.items():
        if not name.startswith("-"):
            path = home / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    return ":".join(str(home / name) for name in files if not Path(name).suffix and Path(name).name != "token")


def ours(environ: Mapping[str, str], context: str = "") -> dict[str, Any]:
    """What `config view --minify --flatten --raw` would print, from what the program goes by."""
    merged = kubeconfig_file.read(environ)
    connection = kubeconfig.load(environ, overrides=Overrides(context=context))
    return _minified(merged, connection)


def _minified(merged: Kubeconfig, connection: Connection) -> dict[str, Any]:
    chosen = merged.contexts[connection.context].value
    cluster = msgspec.to_builtins(connection.cluster.value, enc_hook=lambda secret: secret.reveal())
    cluster |= {"certificate-authority-data": Contexts(connection).authority(), "certificate-authority": ""}
    shown = {
        "current-context": connection.context,
        "contexts": [{"name": connection.context, "context": msgspec.to_builtins(chosen)}],
        "clusters": [{"name": connection.cluster.name, "cluster": cluster}],
        "users": [{"name": connection.user.name, "user": _user(connection)}],
    }
    return {key: _said(value) for key, value in shown.items()}


def _user(connection: Connection) -> dict[str, Any]:
    user: dict[str, Any] = msgspec.to_builtins(connection.user.value, enc_hook=lambda secret: secret.reveal())
    pair = own_pair(connection.user)
    user |= {"client-certificate": "", "client-key": ""}
    if pair is not None:
        user |= {"client-certificate-data": pair.certificate, "client-key-data": pair.key.reveal()}
    return user


def _said(value: Any) -> Any:
    """Without what says nothing; bytes as base64, as JSON writes them."""
    if isinstance(value, dict):
        said = {k: _said(v) for k, v in value.items()}
        return {k: v for k, v in said.items() if v not in (None, "", False, [], {})}
    if isinstance(value, list | tuple):
        return [_said(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


async def theirs(environ: Mapping[str, str], *args: str) -> dict[str, Any] | None:
    """The same from kubectl; None when it refuses."""
    ran = await kubectl(environ, "config", "view", "--minify", "--flatten", "--raw", "-o", "json", *args)
    if ran.code != 0:
        return None
    shown = json.loads(ran.out)
    for user in (entry["user"] for entry in shown["users"]):
        folder = Path(environ["HOME"], "home")  # `view` shows paths as written; what is read is told on the wire
        if "tokenFile" in user:
            user["tokenFile"] = str(folder / user["tokenFile"])
        if "/" in user.get("exec", {}).get("command", ""):
            user["exec"]["command"] = str(folder / user["exec"]["command"])
        if user.get("exec", {}).get("apiVersion", "").endswith("v1beta1"):
            user["exec"].pop("interactiveMode")  # kubectl writes down the default; we apply it where it is used
    return {key: _said(shown[key]) for key in ("current-context", "contexts", "clusters", "users")}


@pytest.mark.parametrize("case", CASES)
async def test_we_read_what_kubectl_reads(case: str, tmp_path: Path) -> None:
    environ = environment(tmp_path, written(tmp_path, CASES[case]))
    expected = await theirs(environ)
    assert expected is not None, "kubectl refuses this one"
    assert ours(environ) == expected


@pytest.mark.parametrize("case", REFUSED)
async def test_we_refuse_what_kubectl_refuses(case: str, tmp_path: Path) -> None:
    environ = environment(tmp_path, written(tmp_path, REFUSED[case]))
    assert await theirs(environ) is None, "kubectl accepts this one"
    with pytest.raises(KubeconfigError) as raised:
        ours(environ)
    assert str(tmp_path) in str(raised.value)


async def test_another_context_can_be_chosen(tmp_path: Path) -> None:
    files = {"a": config(name="x"), "b": config({"server": "https://b"}, name="y", namespace="n", current="y")}
    environ = environment(tmp_path, written(tmp_path, files))
    expected = await theirs(environ, "--context", "y")
    assert expected is not None
    assert ours(environ, "y") == expected | {"current-context": "y"}


names = st.sampled_from(["a", "b", "c"])
entries = st.dictionaries(names, st.integers(0, 9), max_size=3)
files = st.builds(
    lambda clusters, users, contexts, current: json.dumps(
        {
            "clusters": [{"name": n, "cluster": {"server": f"https://s{i}"}} for n, i in clusters.items()],
            "users": [{"name": n, "user": {"token": f"t{i}"}} for n, i in users.items()],
            "contexts": [{"name": n, "context": {"cluster": c, "user": u}} for n, (c, u) in contexts.items()],
            "current-context": current,
        }
    ),
    entries,
    entries,
    st.dictionaries(names, st.tuples(names, names), max_size=3),
    st.sampled_from(["", "a", "b", "c"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(files, min_size=1, max_size=3))
async def test_any_files_merge_as_in_kubectl(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("merge")
    environ = environment(folder, written(folder, {f"f{i}": text for i, text in enumerate(texts)}))
    expected = await theirs(environ)
    if expected is None:
        with pytest.raises(KubeconfigError):
            ours(environ)
    else:
        assert ours(environ) == expected
