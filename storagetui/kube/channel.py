"""One aiohttp session to one cluster: every request on it is authenticated, routed and bounded in time.

It stands in for a session under kubernetes-asyncio's typed API too (`api_client.rest_client.pool_manager = channel`),
so that no request leaves without the user's credentials, impersonation, TLS settings and proxy.
"""

import platform
import socket
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp.connector import NEEDS_CLEANUP_CLOSED
from yarl import URL

from storagetui import __version__
from storagetui.errors import CredentialsError
from storagetui.kube import credentials
from storagetui.kube.connection import Connection, sendable
from storagetui.kube.identity import Identity
from storagetui.kube.sleep import Slept
from storagetui.kube.tls import Contexts

IDLE_S = 65.0
"""Seconds of silence after which an answer counts as lost, when the request does not say."""
_CONNECT_S = 30.0  # with looking up the name, the proxy and TLS
_SOCKET_CONNECT_S = 15.0
_POOLED_S = 45.0  # less than the minute after which load balancers drop an idle connection
_KEEPALIVE = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 25_000))
_GO_NAMES = {"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}
_OUR_OWN = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class Channel:
    """An authenticated session; made on the loop that uses it, closed once."""

    def __init__(self, connection: Connection, slept: Slept | None = None) -> None:
        """Raises KubeconfigError or CredentialsError when the connection's entries cannot be used."""
        self._connection = connection
        self._slept = slept or Slept()
        self._contexts = Contexts(connection)
        self._credentials = credentials.for_connection(connection, self._contexts.authority)
        if connection.secure:
            self._contexts.current()  # what is wrong with certificates in files is told at once
        self._route = self._routing()
        self._session = self._new_session()
        self._retired: aiohttp.ClientSession | None = None
        """The session of before the last sleep, for those who still read from it."""

    @property
    def problem(self) -> str:
        """What is wrong with the credentials although the old ones still serve; empty while all is well."""
        return self._credentials.problem or self._contexts.problem

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | str | None = None,
        timeout: aiohttp.ClientTimeout | None = None,
    ) -> aiohttp.ClientResponse:
        """Send a request and wait for the head of the answer; after a 401, renew the credentials and send it once more.

        `url` is whole and encoded. Redirects are not followed. Raises aiohttp.ClientError, TimeoutError or OSError when
        no answer comes, KubeconfigError or CredentialsError when there is nothing to show.
        """
        if self._slept.since_last_s():
            await self._retire()
        options = _options(headers, data, timeout) | self._route
        shown, context = await self._shown()
        response = await self._send(method, url, options, shown, context)
        if response.status != 401:
            return response
        try:
            renewed = await self._credentials.renew(shown)
            shown, another = await self._shown()
        except BaseException:
            response.close()
            raise
        if not renewed and another is context:
            return response
        response.close()
        return await self._send(method, url, options, shown, another)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        if self._retired is not None:
            await self._retired.close()

    async def _retire(self) -> None:
        """Use no connection of before a sleep again: the other side has given it up, and nothing will say so."""
        oldest, self._retired, self._session = self._retired, self._session, self._new_session()
        if oldest is not None:
            await oldest.close()

    def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                socket_factory=keepalive_socket,
                keepalive_timeout=_POOLED_S,
                enable_cleanup_closed=NEEDS_CLEANUP_CLOSED,  # older Pythons forget connections that hang in a goodbye
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers(),
            skip_auto_headers=_OUR_OWN,
            read_bufsize=1 << 16,
            trust_env=False,
            middlewares=(_writes_are_sent_once,),
        )

    async def _shown(self) -> tuple[Identity, ssl.SSLContext | None]:
        identity = await self._credentials.identity()
        return identity, self._contexts.current(identity.pair) if self._connection.secure else None

    async def _send(
        self, method: str, url: str, options: dict[str, Any], shown: Identity, context: ssl.SSLContext | None
    ) -> aiohttp.ClientResponse:
        headers = dict(options["headers"])
        if shown.authorization:
            value = shown.authorization.reveal()
            if not sendable(value):
                raise CredentialsError(f"The credential of the {self._connection.user} holds a line break: remove it.")
            headers["Authorization"] = value
        secured: dict[str, Any] = {} if context is None else {"ssl": context}
        return await self._session.request(
            method, URL(url, encoded=True), allow_redirects=False, **options | {"headers": headers} | secured
        )

    def _routing(self) -> dict[str, Any]:
        """What every request is sent with to take the right way: the proxy, and the name that the server must prove."""
        connection = self._connection
        route: dict[str, Any] = {}
        if connection.secure and connection.cluster.value.tls_server_name:
            route["server_hostname"] = connection.cluster.value.tls_server_name
        if connection.proxy:
            route["proxy"] = connection.proxy.url
            if connection.proxy.authorization and connection.secure:
                route["proxy_headers"] = {"Proxy-Authorization": connection.proxy.authorization.reveal()}
        return route

    def _headers(self) -> list[tuple[str, str]]:
        """What every request carries; a name may stand there more than once."""
        connection = self._connection
        carried = [("User-Agent", user_agent()), *connection.impersonation.headers()]
        if not connection.cluster.value.disable_compression:
            carried.append(("Accept-Encoding", "gzip"))
        if connection.proxy and connection.proxy.authorization and not connection.secure:
            carried.append(("Proxy-Authorization", connection.proxy.authorization.reveal()))
        return carried


def user_agent() -> str:
    """Who we are to whoever reads the server's log, in client-go's form: `storagetui/0.1.0 (linux/amd64)`."""
    machine = platform.machine().lower()
    return f"storagetui/{__version__} ({platform.system().lower()}/{_GO_NAMES.get(machine, machine)})"


def keepalive_socket(info: tuple[Any, ...]) -> socket.socket:
    """A socket that notices within half a minute that its peer is gone, although nothing is sent either way."""
    family, kind, protocol = info[:3]
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        option = getattr(socket, name, None)  # each system has some of them
        if option is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made


def _options(
    headers: Mapping[str, str] | None, data: bytes | str | None, timeout: aiohttp.ClientTimeout | None
) -> dict[str, Any]:
    asked = timeout or aiohttp.ClientTimeout()
    bounded = aiohttp.ClientTimeout(
        total=asked.total,
        connect=asked.connect or _CONNECT_S,
        sock_connect=asked.sock_connect or _SOCKET_CONNECT_S,
        sock_read=asked.sock_read or IDLE_S,
    )
    return {"headers": dict(headers or {}), "data": data or None, "timeout": bounded}


async def _writes_are_sent_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a DELETE or PUT again when its connection broke: the server may have acted on it."""
    try:
        return await handler(request)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        if request.method in ("GET", "HEAD") or isinstance(error, aiohttp.ClientConnectorError):
            raise
        raise aiohttp.ClientConnectionError("the connection broke") from error
