"""What proves who we are, and how it is kept valid: fetched once, again before it expires, and when it is rejected."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from storagetui.errors import CredentialsError
from storagetui.kube.secret import Secret
from storagetui.kube.tls import KeyPair

EARLY = timedelta(seconds=30)
"""A credential is renewed when it has this long to live or less."""
PAUSE_S = 10.0
"""Seconds between two attempts to renew one, whatever the server says meanwhile."""


class Identity(msgspec.Struct, frozen=True):
    """What proves who we are: the value of the Authorization header, a client certificate, both or neither."""

    authorization: Secret = Secret()
    pair: KeyPair | None = None


class Renewal(msgspec.Struct, frozen=True):
    """A new identity, and until when it is good (None: nobody said)."""

    identity: Identity
    expires_at: datetime | None = None
    warning: str = ""
    """What the user should know although all is well for now."""


class Fixed:
    """An identity that never changes: a token, a user name and password, or nothing but a certificate."""

    problem = ""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def identity(self) -> Identity:
        """The identity."""
        return self._identity

    async def renew(self, rejected: Identity) -> bool:
        """There is no other."""
        return False


class Renewing:
    """An identity that is fetched, and fetched again before it expires and when the server rejects it.

    However many requests wait, one fetch runs at a time, and not more often than every PAUSE_S. A failed fetch keeps
    the old identity while that is valid; `problem` says why. `fetch` is told whether the server rejected the old one.
    """

    def __init__(self, fetch: Callable[[bool], Awaitable[Renewal]], now: Callable[[], datetime] | None = None) -> None:
        self._fetch = fetch
        self._now = now or (lambda: datetime.now(UTC))
        self._lock = asyncio.Lock()
        self._held: Renewal | None = None
        self._attempted_at: float | None = None  # on the loop's clock
        self._failed = False
        self.problem = ""

    async def identity(self) -> Identity:
        """What to show now, fetched first when there is none or it is about to expire. Raises CredentialsError."""
        async with self._lock:
            if (self._held is None or self._ends_within(EARLY)) and not self._just_attempted():
                await self._attempt(rejected=False)
            if self._held is None or (self._failed and self._ends_within(timedelta())):
                raise CredentialsError(self.problem)
            return self._held.identity

    async def renew(self, rejected: Identity) -> bool:
        """Fetch another identity, unless somebody has meanwhile; whether there is another."""
        async with self._lock:
            if self._held is not None and self._held.identity == rejected and not self._just_attempted():
                await self._attempt(rejected=True)
            return self._held is not None and self._held.identity != rejected

    async def _attempt(self, *, rejected: bool) -> None:
        try:
            self._held = await self._fetch(rejected)
            self.problem = self._held.warning
            self._failed = False
        except CredentialsError as error:
            self.problem = str(error)
            self._failed = True
        self._attempted_at = asyncio.get_running_loop().time()

    def _just_attempted(self) -> bool:
        return self._attempted_at is not None and asyncio.get_running_loop().time() - self._attempted_at < PAUSE_S

    def _ends_within(self, span: timedelta) -> bool:
        ends_at = self._held.expires_at if self._held else None
        return ends_at is not None and self._now() >= ends_at - span


def bearer(token: str) -> Secret:
    """The value of Authorization for a token."""
    return Secret(f"Bearer {token}")


def basic(username: str, password: Secret) -> Secret:
    """The value of Authorization for a user name and a password."""
    return Secret("Basic " + base64.b64encode(f"{username}:{password.reveal()}".encode()).decode())
