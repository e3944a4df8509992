"""Thousands of puts a second into etcd over one connection, many of them under way: gRPC, as much of it as that takes.

Every put is a revision of its own, as every write of an API server is: of objects that share a revision, one who has
seen the first takes the others for old. etcd's HTTP gateway would cost several times the processor time.
Frames: RFC 9113; messages: etcd's `rpc.proto`, and gRPC's `PROTOCOL-HTTP2.md`.
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from types import TracebackType

LARGEST = 16_000
"""Bytes of key and value, so that a put is one frame."""
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW = 0, 1, 3, 4, 6, 7, 8
_END_STREAM, _END_HEADERS, _ACK = 1, 4, 1
_FIRST_ROOM = 65_535
"""Bytes that may be sent before the server grants more."""
_GRANTED = (1 << 31) - 1 - _FIRST_ROOM
"""What we grant at the start, for good: answers have some fifty bytes."""


class Lost(ConnectionError):
    """etcd ended the connection."""


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes((*written, number))


def put_request(key: bytes, value: bytes) -> bytes:
    """A PutRequest as a message of gRPC."""
    message = b"".join((b"\x0a", varint(len(key)), key, b"\x12", varint(len(value)), value))
    return struct.pack(">BI", 0, len(message)) + message


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame of HTTP/2."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def frames(data: bytearray) -> Iterator[tuple[int, int, int, bytes]]:
    """Kind, flags, stream and payload of every whole frame, which is taken from the front of the bytes."""
    while len(data) >= 9:
        end = 9 + int.from_bytes(data[:3])
        if len(data) < end:
            return
        kind, flags, stream = struct.unpack(">BBI", data[3:9])
        payload = bytes(data[9:end])
        del data[:end]
        yield kind, flags, stream, payload


def headers(authority: str) -> bytes:
    """The header block of every put, without compression (RFC 7541, appendix A has the numbers)."""

    def literal(name: bytes, value: bytes) -> bytes:
        return name + bytes((len(value),)) + value

    return b"".join(
        (
            b"\x83\x86",  # :method POST, :scheme http
            literal(b"\x04", b"/etcdserverpb.KV/Put"),
            literal(b"\x01", authority.encode()),
            literal(b"\x0f\x10", b"application/grpc"),
            literal(b"\x00\x02te", b"trailers"),
        )
    )


class Puts:
    """A connection. ``made`` counts the puts that etcd has made, ``ended`` those that it has answered at all."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent, self.made, self.ended = 0, 0, 0
        self._headers = headers(f"{host}:{port}")
        self._room = _FIRST_ROOM
        self._came = bytearray()
        grant = frame(_WINDOW, 0, 0, struct.pack(">I", _GRANTED))
        self._socket.sendall(_PREFACE + frame(_SETTINGS, 0, 0, b"") + grant)

    def __enter__(self) -> "Puts":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    @property
    def descriptor(self) -> int:
        """What can be read from when something has come."""
        return self._socket.fileno()

    @property
    def under_way(self) -> int:
        """How many have been sent that are not answered."""
        return self.sent - self.ended

    def send(self, wanted: Iterable[tuple[bytes, bytes]]) -> None:
        """Send keys and values of at most `LARGEST` bytes; waits while etcd grants no room. Raises Lost."""
        pieces: list[bytes] = []
        for key, value in wanted:
            request = put_request(key, value)
            if self._room < len(request):
                self._flush(pieces)
            while self._room < len(request):
                self.take()
            self._room -= len(request)
            stream = 2 * self.sent + 1
            self.sent += 1
            pieces.append(frame(_HEADERS, _END_HEADERS, stream, self._headers))
            pieces.append(frame(_DATA, _END_STREAM, stream, request))
        self._flush(pieces)

    def _flush(self, pieces: list[bytes]) -> None:
        self._socket.sendall(b"".join(pieces))
        pieces.clear()

    def take(self) -> None:
        """Wait for something to come, and take it in. Raises Lost."""
        data = self._socket.recv(1 << 18)
        if not data:
            raise Lost("etcd closed the connection.")
        self._came += data
        for kind, flags, stream, payload in frames(self._came):
            self._take(kind, flags, stream, payload)

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _DATA:
            self.made += 1  # what is refused has no message, only trailers
        elif kind == _HEADERS and flags & _END_STREAM:
            self.ended += 1
        elif kind == _WINDOW and stream == 0:
            self._room += struct.unpack(">I", payload)[0]
        elif kind in (_SETTINGS, _PING) and not flags & _ACK:
            self._socket.sendall(frame(kind, _ACK, 0, payload if kind == _PING else b""))
        elif kind in (_RESET, _GOAWAY):
            raise Lost(f"etcd ended a put or the connection: {payload!r}")
