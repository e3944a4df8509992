"""Exec plug-ins: real programs, run in real time."""

import asyncio
import json
import os
import stat
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from storagetui.errors import CredentialsError
from storagetui.kube import exec_plugin
from storagetui.kube.connection import Connection
from storagetui.kube.exec_plugin import credential
from storagetui.kube.identity import Identity, Renewal, bearer
from storagetui.kube.kubeconfig_file import Cluster, Exec, Located, User, Variable
from storagetui.kube.secret import Blob, Secret
from tests.kube.pki import Authority, write
from tests.kube.waiting import runs, until

V1 = "client.authentication.k8s.io/v1"
FILE = "/home/jane/.kube/config"
WHAT = "The exec plug-in p"


def printed(**status: Any) -> bytes:
    return json.dumps({"kind": "ExecCredential", "apiVersion": V1, "status": status}).encode()


GOOD = f"echo '{printed(token='t').decode()}'"


class Shelf:
    """A folder for plug-ins written in shell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def plugin(self, body: str, name: str = "plugin") -> str:
        path = write(self.folder, name, f"#!/bin/sh\n{body}\n".encode())
        Path(path).chmod(stat.S_IRWXU)
        return path

    def fetcher(
        self, body: str, environ: dict[str, str] | None = None, **more: Any
    ) -> Callable[[bool], Awaitable[Renewal]]:
        plugin = Exec(command=self.plugin(body), api_version=V1, **({"interactive_mode": "IfAvailable"} | more))
        return fetcher(plugin, environ)

    def noted(self, name: str) -> str:
        return (self.folder / name).read_text()


def fetcher(plugin: Exec, environ: dict[str, str] | None = None) -> Callable[[bool], Awaitable[Renewal]]:
    user = Located("u", FILE, User(exec=plugin))
    cluster = Located("c", FILE, Cluster(server="https://a"))
    connection = Connection(context="x", server="https://a", cluster=cluster, user=user)
    return exec_plugin.fetcher(connection, plugin, lambda: b"", environ)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


async def failure(fetch: Callable[[bool], Awaitable[Renewal]]) -> str:
    with pytest.raises(CredentialsError) as raised:
        await fetch(False)
    return str(raised.value)


async def test_what_it_prints_is_the_credential(shelf: Shelf) -> None:
    assert await shelf.fetcher(GOOD)(False) == Renewal(Identity(bearer("t")))


async def test_it_gets_arguments_variables_and_no_terminal(shelf: Shelf) -> None:
    body = f"""
    cd {shelf.folder}
    printf '%s|' "$@" > args
    printf '%s|%s' "$PROFILE" "$INHERITED" > variables
    readlink /proc/self/fd/0 > stdin 2>/dev/null
    (: < /dev/tty) 2>/dev/null && echo yes > tty || echo no > tty
    ps -o sid= -p $$ > session 2>/dev/null || echo 0 > session
    {GOOD}
    """
    environ = {"PATH": os.environ["PATH"], "INHERITED": "i", "PROFILE": "overridden"}
    variables = (Variable("PROFILE", Secret("prod")),)
    await shelf.fetcher(body, environ, args=(Secret("a b"), Secret("")), env=variables)(False)
    assert shelf.noted("args") == "a b||"
    assert shelf.noted("variables") == "prod|i"
    assert shelf.noted("tty") == "no\n"
    assert shelf.noted("stdin").strip() in ("/dev/null", "")
    assert shelf.noted("session").strip() != str(os.getsid(0))


async def test_it_is_told_that_nobody_can_talk_to_it(shelf: Shelf) -> None:
    await shelf.fetcher(f'printf %s "$KUBERNETES_EXEC_INFO" > {shelf.folder}/info\n{GOOD}')(False)
    assert json.loads(shelf.noted("info")) == {
        "kind": "ExecCredential",
        "apiVersion": V1,
        "spec": {"interactive": False},
    }


async def test_a_bare_name_is_looked_up_on_path(shelf: Shelf) -> None:
    shelf.plugin(GOOD, "my-plugin")
    plugin = Exec(command="my-plugin", api_version=V1)
    found = await fetcher(plugin, {"PATH": f"/nowhere:{shelf.folder}:/bin"})(False)
    assert found.identity == Identity(bearer("t"))
    said = await failure(fetcher(plugin, {"PATH": "/nowhere"}))
    assert said.startswith(f'The exec plug-in my-plugin of the user "u" in {FILE} is not installed.')


async def test_what_is_not_installed_says_how_to_install_it(shelf: Shelf) -> None:
    plugin = Exec(command="./no-such", api_version=V1, install_hint="brew\n install \x1b[31mthing")
    assert "is not installed. brew install [31mthing" in await failure(fetcher(plugin))


async def test_what_cannot_be_run_says_why(shelf: Shelf) -> None:
    path = write(shelf.folder, "data", b"not a program")
    assert "cannot be run: Permission denied" in await failure(fetcher(Exec(command=path, api_version=V1)))


async def test_a_failure_quotes_the_end_of_what_it_said_without_credentials(shelf: Shelf) -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVz.c2ln"
    body = f"""
    i=0; while [ $i -lt 500 ]; do echo noise $i >&2; i=$((i+1)); done
    printf 'the session for {token} has \\033[31mended\\033[0m:\\nrun "login" token=abcdef' >&2
    echo 'from stdout' ; exit 7
    """
    said = await failure(shelf.fetcher(body))
    assert "failed with exit code 7. It said: …" in said
    assert said.endswith('the session for [left out] has [31mended [0m: run "login" token=[left out]')
    assert "from stdout" not in said
    assert "noise 499" in said
    assert "noise 400" not in said


async def test_a_silent_failure_says_that_it_was_silent(shelf: Shelf) -> None:
    assert (await failure(shelf.fetcher("exit 3"))).endswith("failed with exit code 3. It said nothing.")


async def test_one_that_does_not_finish_is_stopped_with_all_it_started(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exec_plugin, "TIMEOUT_S", 0.5)
    body = f'echo "open https://login.example and enter ABC" >&2\nsleep 600 & echo $! > {shelf.folder}/child\nwait'
    said = await failure(shelf.fetcher(body))
    assert "did not finish within 0.5 s" in said
    assert said.endswith("It said: open https://login.example and enter ABC")
    await until(lambda: not runs(int(shelf.noted("child"))))


async def test_one_that_is_no_longer_wanted_is_stopped(shelf: Shelf) -> None:
    task = asyncio.create_task(_forever(shelf))
    await until((shelf.folder / "child").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not runs(int(shelf.noted("child"))))


async def _forever(shelf: Shelf) -> None:
    await shelf.fetcher(f"sleep 600 & echo $! > {shelf.folder}/new\nmv {shelf.folder}/new {shelf.folder}/child\nwait")(
        False
    )


async def test_what_it_leaves_running_does_not_hold_us_up(shelf: Shelf) -> None:
    """A cache that a plug-in starts keeps its standard error open; it goes on running."""
    started = time.monotonic()
    await shelf.fetcher(f"sleep 30 >/dev/null & echo $! > {shelf.folder}/child\n{GOOD}")(False)
    assert time.monotonic() - started < 20
    child = int(shelf.noted("child"))
    os.kill(child, 15)
    await until(lambda: not runs(child))


async def test_a_flood_is_no_credential(shelf: Shelf) -> None:
    assert "printed more than a credential can be" in await failure(shelf.fetcher("head -c 3000000 /dev/zero"))


async def test_the_versions_and_the_mode_are_checked_before_it_is_run() -> None:
    with pytest.raises(CredentialsError, match=r"has the apiVersion '.*/v1alpha1'; it must be one of"):
        fetcher(Exec(command="p", api_version="client.authentication.k8s.io/v1alpha1"))
    with pytest.raises(CredentialsError, match=r"interactiveMode: Always.*log in with its own command first"):
        fetcher(Exec(command="p", api_version=V1, interactive_mode="Always"))


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (b"", "printed something that is no ExecCredential"),
        (b"\xff", "printed something that is no ExecCredential"),
        (b"hidden", "printed something that is no ExecCredential"),
        (b'{"kind": "Pod", "apiVersion": "v1", "status": {}}', 'printed "Pod" of "v1"; the kubeconfig asks for'),
        (
            printed(token="hidden").replace(b"io/v1", b"io/v1beta1"),
            'printed "ExecCredential" of "client.authentication.k8s.io/v1beta1"',
        ),
        (b"{}", 'printed "" of ""'),
        (printed(), "gave neither a token nor a certificate"),
        (printed(token=None), "gave neither a token nor a certificate"),
        (printed(token="hidden", clientCertificateData="c"), "gave a certificate or a key, but not both"),
        (printed(token="hidden", expirationTimestamp="tomorrow"), "printed something that is no ExecCredential"),
        (printed(clientCertificateData="hidden", clientKeyData="hidden"), "gave cannot be used: it is not valid PEM"),
    ],
)
def test_what_is_no_credential_is_refused_and_not_quoted(output: bytes, says: str) -> None:
    with pytest.raises(CredentialsError) as raised:
        credential(output, V1, WHAT)
    assert says in str(raised.value)
    assert "hidden" not in str(raised.value)


def test_the_end_of_a_credential() -> None:
    moment = datetime(2026, 1, 15, 14, 2, 11, tzinfo=UTC)
    for text in ("2026-01-15T14:02:11Z", "2026-01-15T15:02:11+01:00", "2026-01-15T14:02:11.000000000Z"):
        assert credential(printed(token="t", expirationTimestamp=text), V1, WHAT).expires_at == moment
    assert credential(printed(token="t", expirationTimestamp=None), V1, WHAT).expires_at is None


def test_a_certificate_ends_a_credential_too() -> None:
    pair = Authority().client("jane")
    given = {"clientCertificateData": pair.certificate.decode(), "clientKeyData": pair.key.decode()}
    renewal = credential(printed(**given), V1, WHAT)
    assert renewal.identity.pair is not None
    assert renewal.identity.pair.key == Blob(pair.key)
    assert not renewal.identity.authorization
    assert renewal.expires_at is not None
    soon = datetime.now(UTC) + timedelta(hours=1)
    assert credential(printed(**given, expirationTimestamp=soon.isoformat()), V1, WHAT).expires_at == soon
