"""An answer on its way out: status, headers, and a body that may never end."""

from collections.abc import AsyncGenerator, Iterator, Mapping

import msgspec

from storagetui.sim.refusal import Refusal
from storagetui.sim.wire import Json, encoded

PIECE = 32 * 1024
"""Bytes of a body that go out at once."""


class Reply(msgspec.Struct, kw_only=True):
    """What the server answers: either a body of pieces that are there, or one that comes as time goes by."""

    status: int = 200
    pieces: list[bytes] = []
    """The body, whole."""
    stream: AsyncGenerator[bytes] | None = None
    """The body of a watch, a line at a time; instead of `pieces`."""
    headers: dict[str, str] = msgspec.field(default_factory=lambda: {"Content-Type": "application/json"})

    def body(self) -> AsyncGenerator[bytes]:
        """The body as a stream, whichever it is."""
        return self.stream if self.stream is not None else _pieces(self.pieces)


def of_json(value: Json, status: int = 200) -> Reply:
    """An answer that is one JSON value, with a line end as the real server writes it."""
    return Reply(status=status, pieces=[encoded(value), b"\n"])


def of_text(text: str, status: int = 200) -> Reply:
    """An answer in plain text, such as health checks give."""
    return Reply(status=status, pieces=[text.encode()], headers={"Content-Type": "text/plain; charset=utf-8"})


def of_refusal(refused: Refusal) -> Reply:
    """A refusal as an answer: the Status as body, Retry-After when it says how long to wait."""
    reply = of_json(refused.status(), refused.code)
    wait = (refused.details or {}).get("retryAfterSeconds")
    if wait:
        reply.headers = {**reply.headers, "Retry-After": str(wait)}
    return reply


class Headers(Mapping[str, str]):
    """Headers that are looked up without regard to case."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = {key.lower(): (key, value) for key, value in fields.items()}

    def __getitem__(self, key: str) -> str:
        return self._fields[key.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._fields.values()])

    def __len__(self) -> int:
        return len(self._fields)


async def _pieces(parts: list[bytes]) -> AsyncGenerator[bytes]:
    """Join small parts and cut large ones, so that a body arrives in pieces that end anywhere."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= PIECE:
            block = b"".join(held)
            for start in range(0, len(block) - PIECE + 1, PIECE):
                yield block[start : start + PIECE]
            rest = block[len(block) - len(block) % PIECE :]
            held, size = [rest], len(rest)
    if size:
        yield b"".join(held)
