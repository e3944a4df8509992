"""Which namespaces a user may look into who may not look everywhere: asked once for each, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from storagetui.errors import CredentialsError
from storagetui.kube.errors import ApiError
from storagetui.model.keys import Key, Kind

MOST_FOUND = 12
"""Namespaces that are looked into unasked: each costs a watch of every kind."""
MOST_ASKED = 250
"""Namespaces that are asked about in one session."""
_BETWEEN_S = 0.05

May = Callable[[str, Key], Awaitable[tuple[bool, str]]]


class Scopes:
    """Asks by access reviews whether a kind may be listed in a namespace, and names those in which it may."""

    def __init__(self, may: May, found: Callable[[str], None]) -> None:
        """`found` is called with each namespace in which the user may list."""
        self._may = may
        self._found = found
        self._asked: set[str] = set()
        self._count = 0
        self._left: list[str] = []
        self._kind = Kind.PERSISTENT_VOLUME_CLAIM
        self._wanted = asyncio.Event()
        self.is_asking = False
        """Whether answers are still to come."""

    def ask(self, kind: Kind, namespaces: Iterable[str]) -> None:
        """Ask about these namespaces, unless that has been done."""
        fresh = [name for name in sorted(namespaces) if name not in self._asked]
        room = MOST_ASKED - len(self._asked)
        if fresh and room > 0 and self._count < MOST_FOUND:
            self._kind = kind
            self._asked.update(fresh[:room])
            self._left += fresh[:room]
            self.is_asking = True
            self._wanted.set()

    def forget(self, namespace: str) -> None:
        """A namespace is gone; one that takes its name is asked about anew."""
        self._asked.discard(namespace)

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._left and self._count < MOST_FOUND:
                namespace = self._left.pop(0)
                try:
                    may, _ = await self._may("list", Key(self._kind, namespace, ""))
                except (ApiError, CredentialsError, TimeoutError, OSError):
                    self._asked.discard(namespace)
                    continue
                if may:
                    self._count += 1
                    self._found(namespace)
                await asyncio.sleep(_BETWEEN_S)
            self._left.clear()
            self.is_asking = False
