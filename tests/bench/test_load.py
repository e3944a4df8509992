"""What the load on a real cluster is made of: bytes that are changed in place, frames, and an even pace."""

import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from storagetui.kube.protobuf_shape import shape
from storagetui.model.base import Record
from storagetui.model.kinds import KINDS
from storagetui.model.pods import Pod
from tests.bench.load import MIX, moved
from tests.bench.objects import Json, Size, objects
from tests.bench.pacing import Pace
from tests.bench.protobuf import encode
from tests.bench.puts import Puts, frame, frames, headers, put_request, varint

SIZE = Size(4, 2)
DATA, HEADERS, PING, WINDOW = 0, 1, 6, 8


def _documents() -> Iterator[tuple[str, Json]]:
    yield from ((plural, document) for plural, document in objects(SIZE) if plural in MIX)


def _record(plural: str, raw: bytes) -> Record:
    info = next(one for one in KINDS.values() if one.plural == plural)
    made = shape(info.record)
    found: Record = made.flatten(made.parse(raw))
    return found


# Bytes


@pytest.mark.parametrize(("plural", "document"), list(_documents()))
def test_a_time_moves_within_two_minutes_and_nothing_else(plural: str, document: Json) -> None:
    if plural == "volumeattachments":
        document["metadata"]["managedFields"] = [{"manager": "csi", "time": document["metadata"]["creationTimestamp"]}]
    raw = encode(document["kind"], document)
    others = [moved(raw, number) for number in (0, 1, 127)]
    for other in others:
        assert len(other) == len(raw)
        assert sum(one != two for one, two in zip(other, raw, strict=True)) <= 1
        assert _but_times(_record(plural, other)) == _but_times(_record(plural, raw))
    assert len(set(others)) == 3


def _but_times(record: Record) -> Record:
    """Without what holds times of which one may be the last."""
    fields = {"conditions", "writes", "last_phase_transition_time"} & set(record.__struct_fields__)
    return msgspec.structs.replace(record, **dict.fromkeys(fields))


def test_a_pod_says_the_time_that_it_was_moved_to() -> None:
    document = next(document for plural, document in _documents() if plural == "pods")
    raw = encode("Pod", document)
    before, after = (_record("pods", one) for one in (moved(raw, 0), moved(raw, 90)))
    assert isinstance(before, Pod)
    assert isinstance(after, Pod)
    times = [one.conditions[-1].last_transition_time for one in (before, after)]
    assert None not in times
    assert times[1].timestamp() - times[0].timestamp() == 90  # type: ignore[union-attr]  # the line above says so


def test_bytes_without_a_time_are_refused() -> None:
    for value in (b"k8s\x00", b'k8s\x00"\x08\x08abcdefg'):
        with pytest.raises(ValueError, match="No Time without nanos"):
            moved(value, 1)


# Pace


def test_a_pace_is_even_and_loses_nothing() -> None:
    pace = Pace(0.0)
    pace.rate = 1000
    numbers = [pace.due(step * 0.005) for step in range(1, 2001)]
    assert 9999 <= sum(numbers) <= 10_000
    assert set(numbers) <= {4, 5, 6}


def test_what_could_not_be_done_is_made_up_for_but_not_all_of_it() -> None:
    pace = Pace(0.0)
    pace.rate = 1000
    assert pace.due(0.1, most=30) == 30
    assert pace.due(0.1) == 70
    assert pace.due(60.0) == 500
    assert pace.due(60.1, most=-5) == 0


# Frames


def test_frames_are_cut_as_they_were_made() -> None:
    whole = frame(DATA, 1, 7, b"body") + frame(PING, 0, 0, bytes(8))
    data = bytearray(whole[:-3])
    assert list(frames(data)) == [(DATA, 1, 7, b"body")]
    data += whole[-3:]
    assert list(frames(data)) == [(PING, 0, 0, bytes(8))]
    assert not data


def test_a_put_is_a_message_of_key_and_value() -> None:
    assert put_request(b"/key", b"v" * 200) == bytes([0, 0, 0, 0, 209]) + b"\x0a\x04/key\x12\xc8\x01" + b"v" * 200
    assert [varint(number) for number in (0, 127, 128, 300)] == [b"\x00", b"\x7f", b"\x80\x01", b"\xac\x02"]
    assert headers("localhost:1")[:24] == b"\x83\x86\x04\x14/etcdserverpb.KV/Put"


class _Etcd:
    """As much of etcd as the connection needs: grants room for one put at a time, and answers."""

    def __init__(self, listening: socket.socket, is_refusing: bool = False) -> None:
        self._listening, self._is_refusing = listening, is_refusing
        self.values: list[bytes] = []
        self.pings = 0

    def serve(self, count: int) -> None:
        connection, _ = self._listening.accept()
        with connection:
            data = bytearray(connection.recv(24, socket.MSG_WAITALL))
            assert data.startswith(b"PRI")
            data.clear()
            connection.sendall(frame(PING, 0, 0, b"question"))
            while not self.pings or len(self.values) < count:
                data += connection.recv(1 << 16)
                for kind, flags, stream, payload in frames(data):
                    self.pings += kind == PING and flags == 1 and payload == b"question"
                    if kind == DATA:
                        self.values.append(payload)
                        connection.sendall(self._answer(stream) + frame(WINDOW, 0, 0, struct.pack(">I", len(payload))))

    def _answer(self, stream: int) -> bytes:
        trailers = frame(HEADERS, 5, stream, b"\x88")
        return (
            trailers
            if self._is_refusing
            else frame(HEADERS, 4, stream, b"\x88") + frame(DATA, 0, stream, b"\0") + trailers
        )


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(20)
        yield made


def _until_answered(puts: Puts) -> None:
    while puts.under_way:
        puts.take()


def test_puts_wait_for_room_and_count_what_is_answered(listening: socket.socket) -> None:
    etcd = _Etcd(listening)
    with ThreadPoolExecutor(1) as pool, Puts(*listening.getsockname()) as puts:
        serving = pool.submit(etcd.serve, 40)
        puts.send((b"key", bytes([number]) * 10_000) for number in range(40))
        _until_answered(puts)
        serving.result()
    assert (puts.made, puts.ended) == (40, 40)
    assert [value[-1] for value in etcd.values] == list(range(40))
    assert etcd.pings == 1


def test_a_refused_put_is_not_made(listening: socket.socket) -> None:
    etcd = _Etcd(listening, is_refusing=True)
    with ThreadPoolExecutor(1) as pool, Puts(*listening.getsockname()) as puts:
        pool.submit(etcd.serve, 2)
        puts.send([(b"key", b"value")] * 2)
        _until_answered(puts)
    assert (puts.made, puts.ended) == (0, 2)


def test_a_connection_that_ends_is_an_error(listening: socket.socket) -> None:
    with Puts(*listening.getsockname()) as puts:
        listening.accept()[0].close()
        with pytest.raises(ConnectionError):
            puts.take()
