"""Credentials from a program that the kubeconfig names: client.authentication.k8s.io/v1 and v1beta1.

The program runs as kubectl runs it (k8s.io/client-go/plugin/pkg/client/auth/exec/exec.go), with two differences that
keep it off the terminal: it never gets standard input, and it runs in a session of its own, without a controlling one.
"""

import asyncio
import base64
import contextlib
import os
import shutil
import signal
import ssl
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import IO, Any

import msgspec

from storagetui.errors import CredentialsError
from storagetui.kube import x509
from storagetui.kube.connection import Connection
from storagetui.kube.identity import Identity, Renewal, bearer
from storagetui.kube.kubeconfig_file import Exec
from storagetui.kube.plain_text import plain, without_credentials
from storagetui.kube.secret import Blob, Secret
from storagetui.kube.tls import KeyPair, show

VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
TIMEOUT_S = 120.0
"""Seconds after which a plug-in is stopped: enough for somebody who logs in with a browser."""
_MOST_BYTES = 1 << 20
_CLUSTER_CONFIG = "client.authentication.k8s.io/exec"


class _Status(msgspec.Struct, frozen=True, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None


class _ExecCredential(msgspec.Struct, frozen=True, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: _Status | None = None


_decoder = msgspec.json.Decoder(_ExecCredential)


def fetcher(
    connection: Connection, plugin: Exec, authority: Callable[[], bytes], environ: Mapping[str, str] | None = None
) -> Callable[[bool], Awaitable[Renewal]]:
    """What runs the plug-in of a connection's user and gives what it prints; `environ` is this process's by default.

    Raises CredentialsError, at once or when it is run, naming the plug-in and the kubeconfig.
    """
    where = f"the {connection.user}"
    command = plugin.command
    if plugin.api_version not in VERSIONS:
        raise CredentialsError(
            f"The exec plug-in {command} of {where} has the apiVersion {plugin.api_version!r}; it must be one of "
            f"{' or '.join(VERSIONS)}: update the plug-in and the entry."
        )
    if plugin.interactive_mode == "Always":
        raise CredentialsError(
            f"The exec plug-in {command} of {where} wants to talk on the terminal (interactiveMode: Always), which the "
            "screens are drawn on: log in with its own command first and set interactiveMode: IfAvailable in the entry."
        )

    async def fetch(rejected: bool) -> Renewal:
        inherited = os.environ if environ is None else environ
        variables = {**inherited} | {variable.name: variable.value.reveal() for variable in plugin.env}
        cluster = cluster_info(connection, authority()) if plugin.provide_cluster_info else None
        variables["KUBERNETES_EXEC_INFO"] = exec_info(plugin.api_version, cluster)
        program = command if os.sep in command else shutil.which(command, path=inherited.get("PATH", ""))
        if program is None:
            raise CredentialsError(_not_found(plugin, where))
        try:
            output = await _run(program, [arg.reveal() for arg in plugin.args], variables)
        except FileNotFoundError:
            raise CredentialsError(_not_found(plugin, where)) from None
        except OSError as error:
            raise CredentialsError(f"The exec plug-in {command} of {where} cannot be run: {error.strerror}.") from None
        except _Failed as error:
            raise CredentialsError(f"The exec plug-in {command} of {where} {error}") from None
        return credential(output, plugin.api_version, f"The exec plug-in {command} of {where}")

    return fetch


def cluster_info(connection: Connection, authority: bytes) -> dict[str, Any]:
    """The cluster as `provideClusterInfo` tells a plug-in of it (pkg/apis/clientauthentication/v1/types.go)."""
    cluster = connection.cluster.value
    extensions = {extension.name: extension.extension for extension in cluster.extensions}
    info: dict[str, Any] = {
        "server": connection.server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": base64.b64encode(authority).decode(),
        "proxy-url": cluster.proxy_url.reveal(),
        "disable-compression": cluster.disable_compression,
    }
    return {key: value for key, value in info.items() if value} | {"config": extensions.get(_CLUSTER_CONFIG)}


def exec_info(api_version: str, cluster: dict[str, Any] | None) -> str:
    """The value of KUBERNETES_EXEC_INFO: what the plug-in is asked for, and that nobody can talk to it."""
    spec: dict[str, Any] = {"interactive": False} if cluster is None else {"cluster": cluster, "interactive": False}
    return msgspec.json.encode({"kind": "ExecCredential", "apiVersion": api_version, "spec": spec}).decode()


def credential(output: bytes, api_version: str, what: str) -> Renewal:
    """The credential that a plug-in printed; `what` names the plug-in.

    Raises CredentialsError, which quotes nothing that could be a credential.
    """
    try:
        answer = _decoder.decode(output)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CredentialsError(f"{what} printed something that is no ExecCredential.") from None
    if answer.kind != "ExecCredential" or answer.api_version != api_version:
        raise CredentialsError(
            f'{what} printed "{plain(answer.kind, 60)}" of "{plain(answer.api_version, 60)}"; the kubeconfig asks for '
            f'"ExecCredential" of "{api_version}": make them agree.'
        )
    status = answer.status or _Status()
    token, certificate, key = status.token, status.client_certificate_data, status.client_key_data
    if bool(certificate) != bool(key):
        raise CredentialsError(f"{what} gave a certificate or a key, but not both.")
    if not token and not certificate:
        raise CredentialsError(f"{what} gave neither a token nor a certificate: log in with its own command.")
    pair = KeyPair(certificate.encode(), Blob(key.encode())) if certificate and key else None
    expires_at = status.expiration_timestamp
    if expires_at is not None and expires_at.tzinfo is None:
        expires_at = expires_at.replace(tzinfo=UTC)
    if pair is not None:
        show(
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            pair,
            f"The client certificate that {what[0].lower()}{what[1:]} gave",
        )
        facts = x509.from_pem(pair.certificate)
        ends = [moment for moment in (expires_at, facts.not_after if facts else None) if moment is not None]
        expires_at = min(ends, default=None)
    return Renewal(Identity(bearer(token) if token else Secret(), pair), expires_at)


class _Failed(Exception):
    """A plug-in did not give anything: the end of a sentence that begins with its name."""


async def _run(program: str, args: list[str], variables: dict[str, str]) -> bytes:
    # What it says goes to a file: a pipe would stay open as long as anything that it leaves running holds it.
    with tempfile.TemporaryFile() as said:
        process = await asyncio.create_subprocess_exec(
            program,
            *args,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            env=variables,
            start_new_session=True,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                output = await _most(process.stdout)
                code = await process.wait()
        except TimeoutError:
            raise _Failed(
                f"did not finish within {TIMEOUT_S:g} s: if it waits for somebody to log in, do that with its own "
                f"command first.{_quoted(said)}"
            ) from None
        finally:
            await _stop(process)
        if code != 0:
            raise _Failed(f"failed with exit code {code}.{_quoted(said)}")
        if len(output) >= _MOST_BYTES:
            raise _Failed("printed more than a credential can be.")
        return output


def _quoted(said: IO[bytes]) -> str:
    """The end of what a program said, for a message."""
    said.seek(max(0, said.seek(0, os.SEEK_END) - 4096))
    text = without_credentials(said.read().decode("utf-8", "replace"), 300)
    return f" It said: {text}" if text else " It said nothing."


async def _most(stream: asyncio.StreamReader) -> bytes:
    """All that a program prints, the last of it if that is too much."""
    said = b""
    while chunk := await stream.read(1 << 16):
        said = (said + chunk)[-_MOST_BYTES:]
    return said


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End the program and whatever it has started, and wait for it, so that nothing of it stays behind."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _not_found(plugin: Exec, where: str) -> str:
    hint = f" {plain(plugin.install_hint, 400)}" if plugin.install_hint else " Install it, or add its folder to PATH."
    return f"The exec plug-in {plugin.command} of {where} is not installed.{hint}"
