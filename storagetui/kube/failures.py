"""Why no answer came, in sentences that say what to look at.

No header, token or password is quoted; what a server or proxy said is made printable and short.
"""

import asyncio
import contextlib
import errno
import os
import ssl

import aiohttp

from storagetui.kube import x509
from storagetui.kube.api import Request
from storagetui.kube.connection import Connection
from storagetui.kube.plain_text import plain
from storagetui.kube.tls import verifying_context

_LOOK_AGAIN_S = 60.0
_LOOK_S = 5.0
_EXPIRED, _NOT_YET_VALID, _OTHER_NAME = 10, 9, (62, 64)  # X509_V_ERR_* of OpenSSL
_REASONS = {
    errno.ECONNREFUSED: "nothing listens there: is the API server running, and is this the right port?",
    errno.EHOSTUNREACH: "there is no way to it: is the VPN up?",
    errno.ENETUNREACH: "there is no way to it: is the network, or the VPN, up?",
    errno.ETIMEDOUT: "it does not answer: is it running, and is the VPN up?",
    errno.ECONNRESET: "it, or something between us, broke the connection off.",
}


class Failures:
    """Turns what went wrong on one connection into sentences."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: x509.Certificate | None = None
        self._seen_at: float | None = None  # on the loop's clock

    async def sentence(self, error: BaseException, request: Request) -> str:
        """Why there was no answer to a request, or no more of it."""
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return await self._about_certificate(error)
        return self._about_timeout(error, request) or self._about_connecting(error) or self._about_answer(error)

    @property
    def _server(self) -> str:
        return self._connection.server

    def _about_timeout(self, error: BaseException, request: Request) -> str:
        if not isinstance(error, TimeoutError):
            return ""
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return f"No answer from {self._way()}: is it running, and is the VPN up?"
        if isinstance(error, aiohttp.SocketTimeoutError):
            return f"{self._server} said nothing for {request.idle_s:g} s."
        return f"{self._server} took longer than {request.total_s or 0:g} s."

    def _about_connecting(self, error: BaseException) -> str:
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return f"The name of {self._way()} is not known here: is it right, and is the VPN up?"
        if isinstance(error, aiohttp.ClientConnectorSSLError):
            return _about_tls(self._server, error.os_error)
        if isinstance(error, aiohttp.ClientConnectorError):
            return f"Cannot connect to {self._way()}: {_reason(error.os_error)}"
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return f"No way to {self._server}: {self._way()} answered {error.status}."
        return ""

    def _about_answer(self, error: BaseException) -> str:
        if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
            return _about_tls(self._server, error if isinstance(error, ssl.SSLError) else error.__cause__)
        if isinstance(error, aiohttp.ClientPayloadError):
            return f"The answer of {self._server} broke off."
        if isinstance(error, aiohttp.ClientResponseError):
            return f"{self._server} answered something that is not HTTP: {plain(error.message, 80)}"
        if isinstance(error, OSError) and error.errno:
            return f"The connection to {self._server} failed: {_reason(error)}"
        return f"{self._server} closed the connection."

    def _way(self) -> str:
        """What we connect to: the server, or the proxy before it."""
        proxy = self._connection.proxy
        return self._server if proxy is None else f"the proxy {proxy.url} ({proxy.source})"

    async def _about_certificate(self, error: aiohttp.ClientConnectorCertificateError) -> str:
        reason = error.certificate_error
        code = getattr(reason, "verify_code", 0)
        host = self._connection.cluster.value.tls_server_name or error.host
        seen = await self._presented(error.host, error.port or 443)
        cluster = self._connection.cluster
        if code in _OTHER_NAME:
            names = plain(", ".join(seen.names), 200) if seen and seen.names else "other names"
            return (
                f"The certificate of {self._server} is for {names}, not for {host}: "
                f"correct the server of the {cluster}, or set its tls-server-name."
            )
        if code in (_EXPIRED, _NOT_YET_VALID) and seen:
            verb, moment = ("ended", seen.not_after) if code == _EXPIRED else ("begins", seen.not_before)
            return (
                f"The certificate of {self._server} {verb} on {moment:%Y-%m-%d %H:%M} UTC: "
                "it must be renewed, or the clock of this machine is wrong."
            )
        issuer = f' "{plain(seen.issuer, 80)}"' if seen and seen.issuer else ""
        why = plain(getattr(reason, "verify_message", ""), 120) or "it cannot be verified"
        return (
            f"The certificate of {self._server}, issued by{issuer or ' an unknown authority'}, is not trusted ({why}): "
            f"the certificate-authority of the {cluster} must hold its issuer, or this is another cluster."
        )

    async def _presented(self, host: str, port: int) -> x509.Certificate | None:
        """The certificate that the server shows, looked at without trusting it; nothing is sent to it.

        None behind a proxy and when it cannot be had. Looked up once a minute, however many requests fail.
        """
        now = asyncio.get_running_loop().time()
        if self._connection.proxy is not None or (self._seen_at is not None and now - self._seen_at < _LOOK_AGAIN_S):
            return self._seen
        self._seen_at = now
        name = self._connection.cluster.value.tls_server_name or host
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_LOOK_S):
                context = verifying_context(b"", "", insecure=True)
                _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
                der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
                writer.transport.abort()
                self._seen = x509.from_der(der) if der else None
        return self._seen


def _about_tls(server: str, error: BaseException | None) -> str:
    reason = getattr(error, "reason", None) or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return f"{server} does not speak TLS: does its address begin with http://, or is this another port?"
    if "PROTOCOL" in reason:
        return f"{server} speaks no TLS of version 1.2 or later."
    if "CERTIFICATE" in reason or "UNKNOWN_CA" in reason or "HANDSHAKE_FAILURE" in reason:
        return f"{server} does not accept our client certificate ({plain(reason.lower().replace('_', ' '), 60)})."
    return f"TLS with {server} failed: {plain(reason.lower().replace('_', ' '), 60) or 'the connection was closed'}."


def _reason(error: OSError) -> str:
    number = error.errno or 0
    said = os.strerror(number) if number else plain(str(error), 120) or "the connection was closed"
    return _REASONS.get(number) or said + "."
