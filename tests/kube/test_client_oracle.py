"""What we send against what kubectl sends with the same kubeconfig, command line and environment."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from storagetui.errors import StorageTuiError
from storagetui.kube.connection import NOTHING, Overrides
from tests.kube.kubectl import kubectl
from tests.kube.pki import Authority, write
from tests.kube.site import EVERYWHERE, Site, inline, site
from tests.kube.wire import Recorder, tls_context

TOKEN = {"token": "a-token"}
ACTING = {
    "as": "jane",
    "as-uid": "7",
    "as-groups": ["b", "a"],
    "as-user-extra": {"example.com/% x": ["1", "2"], "y": ["3"]},
}
V1, V1BETA1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path) as made:
        yield made


class Asked:
    """A cluster and a user for the kubeconfig, and what is said beside it."""

    def __init__(
        self,
        cluster: dict[str, Any],
        user: dict[str, Any],
        environ: dict[str, str] | None = None,
        args: tuple[str, ...] = (),
        overrides: Overrides = NOTHING,
    ) -> None:
        self.cluster, self.user, self.environ, self.args, self.overrides = cluster, user, environ or {}, args, overrides


def plain(here: Site) -> dict[str, Any]:
    return {"server": here.plain.url}


def certified(here: Site) -> dict[str, Any]:
    pair = here.authority.client("jane")
    return {"client-certificate-data": inline(pair.certificate), "client-key-data": inline(pair.key)}


def certified_by_files(here: Site) -> dict[str, Any]:
    pair = here.authority.client("jane")
    write(here.folder, "me.crt", pair.certificate)
    write(here.folder, "me.key", pair.key)
    return {"client-certificate": "me.crt", "client-key": "me.key"}


def token_file(here: Site, text: str = "  from-the-file\n\n") -> dict[str, Any]:
    write(here.folder, "token", text.encode())
    return {"tokenFile": "token"}


def plugin(here: Site, status: dict[str, Any], version: str = V1, **more: Any) -> dict[str, Any]:
    """A plug-in beside the kubeconfig that writes down what it is told and prints a credential."""
    answer = json.dumps({"kind": "ExecCredential", "apiVersion": version, "status": status})
    told = here.folder / "told"
    script = f'#!/bin/sh\nprintf "%s|" "$@" "$EXTRA" "$KUBERNETES_EXEC_INFO" > {told}\ncat <<\'END\'\n{answer}\nEND\n'
    Path(write(here.folder, "plugin", script.encode())).chmod(0o700)
    mode = {"interactiveMode": "IfAvailable"} if version == V1 else {}
    return {"exec": {"command": "./plugin", "apiVersion": version} | mode | more}


def certificate_plugin(here: Site) -> dict[str, Any]:
    pair = here.authority.client("from-the-plug-in")
    status = {"clientCertificateData": pair.certificate.decode(), "clientKeyData": pair.key.decode()}
    return plugin(here, status, V1BETA1)


def id_token(claims: dict[str, Any]) -> dict[str, Any]:
    body = inline(json.dumps(claims).encode()).rstrip("=").replace("+", "-").replace("/", "_")
    config = {"idp-issuer-url": "https://issuer.example", "client-id": "c", "id-token": f"e30.{body}.sig"}
    return {"auth-provider": {"name": "oidc", "config": config}}


def behind(here: Site, **more: Any) -> dict[str, Any]:
    """The cluster at an address that only a proxy knows."""
    return here.cluster | {"server": f"https://cluster.example:{here.secure.port}"} | more


def elsewhere(here: Site) -> dict[str, Any]:
    """The cluster at an address of this machine that Go does not count as loopback."""
    return here.cluster | {"server": f"https://{EVERYWHERE}:{here.secure.port}"}


def with_password(url: str) -> str:
    return url.replace("://", "://me:p%40ss@")


CASES: dict[str, Callable[[Site], Asked]] = {
    "token": lambda h: Asked(h.cluster, TOKEN),
    "no token over plain HTTP": lambda h: Asked(plain(h), TOKEN),
    "no scheme is plain HTTP": lambda h: Asked({"server": h.plain.url.removeprefix("http://")}, TOKEN),
    "no password over plain HTTP": lambda h: Asked(plain(h), {"username": "jane", "password": "pw"}),
    "nobody over plain HTTP": lambda h: Asked(plain(h), {}),
    "impersonation over plain HTTP": lambda h: Asked(plain(h), TOKEN | ACTING),
    "password": lambda h: Asked(h.cluster, {"username": "jäne", "password": "p:w"}),
    "certificate": lambda h: Asked(h.cluster, certified(h)),
    "certificate files": lambda h: Asked(h.cluster, certified_by_files(h)),
    "certificate and token": lambda h: Asked(h.cluster, certified(h) | TOKEN),
    "certificate and plug-in": lambda h: Asked(h.cluster, certified(h) | plugin(h, {"token": "unasked"})),
    "token file": lambda h: Asked(h.cluster, token_file(h)),
    "token file before token": lambda h: Asked(h.cluster, token_file(h) | TOKEN),
    "token for want of a file": lambda h: Asked(h.cluster, TOKEN | {"tokenFile": "nowhere"}),
    "token for want of a text": lambda h: Asked(h.cluster, TOKEN | token_file(h, "\n")),
    "impersonation": lambda h: Asked(h.cluster, TOKEN | ACTING),
    "impersonation on the command line": lambda h: Asked(
        h.cluster,
        TOKEN,
        args=("--as=bob", "--as-group=a", "--as-group=b", "--as-uid=9"),
        overrides=Overrides(as_user="bob", as_groups=("a", "b"), as_uid="9"),
    ),
    "impersonation on both": lambda h: Asked(
        h.cluster, TOKEN | ACTING, args=("--as=bob",), overrides=Overrides(as_user="bob")
    ),
    "server name": lambda h: Asked(h.cluster | {"tls-server-name": "cluster.example"}, TOKEN),
    "insecure": lambda h: Asked({"server": h.secure.url, "insecure-skip-tls-verify": True}, TOKEN),
    "authority in a file": lambda h: Asked(
        {"server": h.secure.url, "certificate-authority": write(h.folder, "ca.crt", h.authority.pem)}, TOKEN
    ),
    "authority among others": lambda h: Asked(
        {
            "server": h.secure.url,
            "certificate-authority-data": inline(b"Autorit\xc3\xa9s\n" + Authority().pem + b"text\n" + h.authority.pem),
        },
        TOKEN,
    ),
    "no compression": lambda h: Asked(h.cluster | {"disable-compression": True}, TOKEN),
    "proxy": lambda h: Asked(behind(h, **{"proxy-url": h.proxy.url}), TOKEN),
    "proxy with a password": lambda h: Asked(behind(h, **{"proxy-url": with_password(h.proxy.url)}), TOKEN),
    "proxy and server name": lambda h: Asked(
        h.cluster | {"proxy-url": h.proxy.url, "tls-server-name": "cluster.example"}, TOKEN
    ),
    "proxy over TLS": lambda h: Asked(behind(h, **{"proxy-url": h.secure_proxy.url}), TOKEN),
    "proxy over TLS, certificate": lambda h: Asked(behind(h, **{"proxy-url": h.secure_proxy.url}), certified(h)),
    "proxy to plain HTTP": lambda h: Asked(
        {"server": "http://cluster.example", "proxy-url": with_password(h.proxy.url)}, ACTING
    ),
    "proxy-url for loopback too": lambda h: Asked(
        h.cluster | {"proxy-url": h.proxy.url}, TOKEN, {"NO_PROXY": "127.0.0.1"}
    ),
    "proxy of the environment": lambda h: Asked(behind(h), TOKEN, {"HTTPS_PROXY": h.proxy.url}),
    "proxy without a scheme": lambda h: Asked(
        behind(h), TOKEN, {"HTTPS_PROXY": with_password(h.proxy.url).removeprefix("http://")}
    ),
    "proxy for HTTP does not count": lambda h: Asked(elsewhere(h), TOKEN, {"HTTP_PROXY": h.proxy.url}),
    "proxy for an address": lambda h: Asked(
        elsewhere(h), TOKEN, {"HTTPS_PROXY": h.proxy.url, "NO_PROXY": "10.0.0.0/8"}
    ),
    "address in NO_PROXY": lambda h: Asked(elsewhere(h), TOKEN, {"HTTPS_PROXY": h.proxy.url, "NO_PROXY": "0.0.0.0/16"}),
    "port in NO_PROXY": lambda h: Asked(
        elsewhere(h), TOKEN, {"HTTPS_PROXY": h.proxy.url, "no_proxy": f"x, {EVERYWHERE}:{h.secure.port}"}
    ),
    "loopback without a proxy": lambda h: Asked(h.cluster, TOKEN, {"HTTPS_PROXY": h.proxy.url}),
    "plug-in": lambda h: Asked(h.cluster, plugin(h, {"token": "from-the-plug-in"})),
    "plug-in of old": lambda h: Asked(h.cluster, plugin(h, {"token": "from-the-plug-in"}, V1BETA1)),
    "plug-in that certifies": lambda h: Asked(h.cluster, certificate_plugin(h)),
    "plug-in on PATH": lambda h: Asked(
        h.cluster, plugin(h, {"token": "t"}, command="plugin"), {"PATH": f"{h.folder}:/usr/bin:/bin:/usr/local/bin"}
    ),
    "plug-in with a past": lambda h: Asked(
        h.cluster, plugin(h, {"token": "old", "expirationTimestamp": "2020-01-01T00:00:00Z"})
    ),
    "token before plug-in": lambda h: Asked(h.cluster, TOKEN | plugin(h, {"token": "unasked"})),
    "plug-in and impersonation": lambda h: Asked(h.cluster, ACTING | plugin(h, {"token": "t"})),
    "id token": lambda h: Asked(h.cluster, id_token({"exp": 4102444800})),
    "id token and impersonation": lambda h: Asked(h.cluster, id_token({"exp": 4102444800.5}) | ACTING),
    "token before id token": lambda h: Asked(h.cluster, id_token({"exp": 4102444800}) | TOKEN),
}


@pytest.mark.parametrize("case", CASES)
async def test_we_send_what_kubectl_sends(case: str, here: Site) -> None:
    asked = CASES[case](here)
    here.configure(asked.cluster, asked.user)
    environ = here.environ(asked.environ)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():  # a plug-in inherits the program's environment
            patch.setenv(name, value)
        expected = await here.kubectl(environ, *asked.args)
        assert expected, "kubectl sends nothing"
        assert await here.ours(environ, asked.overrides) == expected


REFUSED: dict[str, Callable[[Site], Asked]] = {
    "nobody over TLS": lambda h: Asked(h.cluster, {}),
    "impersonation by nobody": lambda h: Asked(h.cluster, ACTING),
    "password without a name": lambda h: Asked(h.cluster, {"password": "pw"}),
    "token and password": lambda h: Asked(h.cluster, TOKEN | {"username": "a", "password": "b"}),
    "token file and password": lambda h: Asked(h.cluster, token_file(h) | {"username": "a", "password": "b"}),
    "no token file": lambda h: Asked(h.cluster, {"tokenFile": "nowhere"}),
    "groups without a user": lambda h: Asked(h.cluster, TOKEN | {"as-groups": ["a"]}),
    "uid without a user": lambda h: Asked(h.cluster, TOKEN, args=("--as-uid=7",), overrides=Overrides(as_uid="7")),
    "another authority": lambda h: Asked(h.cluster | {"certificate-authority-data": inline(Authority().pem)}, TOKEN),
    "no authority": lambda h: Asked({"server": h.secure.url}, TOKEN),
    "no certificate in the authority": lambda h: Asked(h.cluster | {"certificate-authority-data": inline(b"x")}, TOKEN),
    "another name": lambda h: Asked(h.cluster | {"tls-server-name": "other.example"}, TOKEN),
    "insecure with an authority": lambda h: Asked(h.cluster | {"insecure-skip-tls-verify": True}, TOKEN),
    "certificate without a key": lambda h: Asked(
        h.cluster, {"client-certificate-data": certified(h)["client-certificate-data"]}
    ),
    "another's key": lambda h: Asked(h.cluster, certified(h) | {"client-key-data": certified(h)["client-key-data"]}),
    "certificate twice": lambda h: Asked(h.cluster, certified(h) | certified_by_files(h)),
    "no certificate file": lambda h: Asked(
        h.cluster, certified(h) | {"client-certificate-data": None, "client-certificate": "no"}
    ),
    "proxy of an unknown kind": lambda h: Asked(h.cluster | {"proxy-url": "ftp://127.0.0.1:1"}, TOKEN),
    "proxy without a scheme": lambda h: Asked(h.cluster | {"proxy-url": "127.0.0.1:1"}, TOKEN),
    "auth-provider of old": lambda h: Asked(h.cluster, {"auth-provider": {"name": "gcp", "config": {}}}),
    "oidc without an issuer": lambda h: Asked(
        h.cluster, {"auth-provider": {"name": "oidc", "config": {"client-id": "c"}}}
    ),
    "id token of the past": lambda h: Asked(h.cluster, id_token({"exp": 1})),
    "plug-in and provider": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}) | id_token({"exp": 4102444800})),
    "plug-in without a command": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}, command="")),
    "plug-in without a version": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}, apiVersion="")),
    "plug-in of another version": lambda h: Asked(
        h.cluster, plugin(h, {"token": "t"}, "client.authentication.k8s.io/v1alpha1")
    ),
    "plug-in without a mode": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}, interactiveMode="")),
    "plug-in of no mode": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}, interactiveMode="Sometimes")),
    "plug-in that must ask": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}, interactiveMode="Always")),
    "plug-in with a nameless variable": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}, env=[{"value": "v"}])),
    "plug-in that is not there": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}, command="./nowhere")),
    "plug-in that is nowhere": lambda h: Asked(h.cluster, plugin(h, {"token": "t"}, command="no-such-plug-in")),
    "plug-in with half a pair": lambda h: Asked(h.cluster, plugin(h, {"token": "t", "clientKeyData": "k"})),
    "plug-in with nothing": lambda h: Asked(h.cluster, plugin(h, {})),
    "plug-in with nonsense": lambda h: Asked(
        h.cluster, plugin(h, {"clientCertificateData": "c", "clientKeyData": "k"})
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_we_send_nothing_where_kubectl_sends_nothing(case: str, here: Site) -> None:
    asked = REFUSED[case](here)
    here.configure(asked.cluster, asked.user)
    environ = here.environ(asked.environ)
    assert await here.kubectl(environ, *asked.args) == []
    with pytest.raises(StorageTuiError) as raised:
        await here.ours(environ, asked.overrides)
    assert here.take() == []
    assert "a-token" not in str(raised.value)
    assert len(str(raised.value)) > 30


async def test_a_plug_in_is_told_what_kubectl_tells_it(here: Site) -> None:
    cluster = here.cluster | {
        "tls-server-name": "cluster.example",
        "proxy-url": here.proxy.url,
        "disable-compression": True,
        "extensions": [
            {"name": "other", "extension": {"a": 1}},
            {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "me", "list": [1, None]}},
        ],
    }
    for version in (V1, V1BETA1):
        for provide in (True, False):
            more = {
                "provideClusterInfo": provide,
                "args": ["one", "two words"],
                "env": [{"name": "EXTRA", "value": "e"}],
            }
            here.configure(cluster, plugin(here, {"token": "t"}, version, **more))
            environ = here.environ()
            told = here.folder / "told"
            await here.kubectl(environ)
            expected = told.read_text().split("|")
            told.unlink()
            await here.ours(environ)
            seen = told.read_text().split("|")
            assert seen[:3] == expected[:3] == ["one", "two words", "e"]
            assert json.loads(seen[3]) == json.loads(expected[3])
            assert ("cluster" in json.loads(seen[3])["spec"]) is provide


async def test_the_prefix_of_a_server_is_kept(here: Site) -> None:
    here.configure(here.cluster | {"server": f"{here.secure.url}/k8s/clusters/c-1/?x=1#y"}, TOKEN)
    await kubectl(here.environ(), "version")
    assert {seen.target.partition("?")[0] for seen in here.secure.seen} == {"/k8s/clusters/c-1/version"}
    here.take()
    (sent,) = await here.ours(here.environ())
    assert sent["target"] == "/k8s/clusters/c-1/probe?limit=1"


async def test_a_server_that_vouches_for_itself_is_trusted_as_in_go(here: Site, tmp_path: Path) -> None:
    """Whatever stands in the bundle is an anchor: also the server's own certificate, without its issuer."""
    pair = Authority().server("127.0.0.1")
    async with Recorder(tls=tls_context(pair)) as server:
        here.configure({"server": server.url, "certificate-authority-data": inline(pair.certificate)}, TOKEN)
        await here.kubectl(here.environ())
        await here.ours(here.environ())
        assert [seen.header("authorization") for seen in server.requests("/probe")] == ["Bearer a-token"] * 2
