"""The simulated server as one that speaks protobuf: what it says in JSON is said anew, with the faults that are in it.

A line that is half there becomes half a frame, rubbish stays rubbish, and a list that breaks off breaks off.
"""

import json
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from storagetui.kube.api import Answer, Request
from storagetui.kube.codecs import JSON, PROTOBUF
from storagetui.kube.errors import ConnectionLost
from storagetui.model.base import Record
from storagetui.model.kinds import KINDS
from tests.kube import protobuf_bodies as bodies
from tests.kube.simulated import WitnessedApi

_TORN = struct.pack(">I", 500) + b"\x0a\x05ADD"
"""A frame of which nearly nothing came."""


class TranscodedApi(WitnessedApi):
    """Implements Api: answers in protobuf whatever is asked for in it, and is a success in JSON."""

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Answer]:
        """See Api."""
        async with super().open(request) as answer:
            accept = dict(request.headers).get("Accept", "")
            if accept.startswith(PROTOBUF) and answer.status == 200 and answer.headers["Content-Type"] == JSON:
                yield _Transcoded(answer, request)
            else:
                yield answer


class _Transcoded:
    """An answer in protobuf."""

    status = 200

    def __init__(self, answer: Answer, request: Request) -> None:
        self._answer = answer
        self._is_watch = ("watch", "true") in request.query
        plural = request.path.rpartition("/")[2]
        self._record = next(info.record for info in KINDS.values() if info.plural == plural)

    @property
    def headers(self) -> Mapping[str, str]:
        """See Answer."""
        return {**self._answer.headers, "Content-Type": PROTOBUF + (";stream=watch" if self._is_watch else "")}

    async def chunks(self) -> AsyncIterator[bytes]:
        """See Answer."""
        rest = b""
        try:
            async for chunk in self._answer.chunks():
                *whole, rest = (rest + chunk).split(b"\n") if self._is_watch else (rest + chunk,)
                for line in whole:
                    yield _frame(line, self._record)
        except ConnectionLost:
            yield (_TORN if self._is_watch else _list(rest, self._record)[:200]) if rest else b""
            raise
        if rest:
            yield _TORN if self._is_watch else _list(rest, self._record)


def _frame(line: bytes, record: type[Record]) -> bytes:
    if not line:
        return b""
    try:
        said: dict[str, Any] = json.loads(line)
        kind, told = said["object"]["kind"], said["object"]
    except (ValueError, KeyError):
        return line + b"\n"
    raw = bodies.status(told["code"], told["reason"], told["message"]) if kind == "Status" else None
    return bodies.event_frame(said["type"], kind, raw or bodies.message(record, told))


def _list(body: bytes, record: type[Record]) -> bytes:
    """A list's body; of one that is torn the beginning of a list of one object, and half of that."""
    try:
        said = json.loads(body)
    except ValueError:
        torn = bodies.raw_list([bodies.message(record, {"metadata": {"name": "torn", "namespace": "shop"}})])
        return bodies.envelope("TornList", torn)[:-20]
    meta, items = said["metadata"], said.get("items") or []
    return bodies.envelope(
        said["kind"],
        bodies.raw_list(
            [bodies.message(record, one) for one in items],
            version=meta.get("resourceVersion", ""),
            token=meta.get("continue", ""),
            remaining=meta.get("remainingItemCount"),
        ),
    )
