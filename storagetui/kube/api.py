"""The seam between the program and an API server: a request goes out, status, headers and byte chunks come back.

The live client, the simulated cluster and its fault injector are equal citizens behind `Api`. Framing and decoding
belong to the codec; nothing here knows what the bytes mean.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request, without the server's address and without credentials."""

    method: str = "GET"
    path: str
    """Absolute path on the server, percent-encoded where a segment needs it: `/api/v1/namespaces/shop/pods/db-0`."""
    query: tuple[tuple[str, str], ...] = ()
    """Query parameters in order, not encoded."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers beside those that the transport adds (credentials, User-Agent, Host)."""
    body: bytes = b""
    idle_s: float = 65.0
    """Seconds of silence after which the answer counts as lost."""
    can_wait: bool = False
    """Not asked for by a person: held back when this program asks too much."""
    total_s: float | None = None
    """Seconds after which the whole exchange counts as lost; None for no bound beyond silence."""


class Answer(Protocol):
    """An answer whose head has arrived; the body is read once, in chunks as they come."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, looked up without regard to case."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body, decompressed, in chunks of any size that may end anywhere.

        Raises ConnectionLost when the body breaks off or stays silent for longer than the request's `idle_s`.
        """


class Api(Protocol):
    """An API server, live or simulated."""

    def open(self, request: Request) -> AbstractAsyncContextManager[Answer]:
        """Send a request; entering waits for status and headers, leaving drops the rest of the body.

        Every HTTP status is an answer, not an exception. Raises ConnectionLost when no answer comes, and
        CredentialsError when there is nothing to identify the user with.
        """
