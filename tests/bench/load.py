"""Change a real cluster's objects at any rate: in etcd, whose watch is where the API server has its events from.

A process of its own: `python -m tests.bench.load URL`, of etcd's client port without TLS. It prints how many objects it
has read and will change, and ends with its standard input. Lines that it reads there: `rate N`, N changes a second;
`count` makes it print how many were made and how many etcd has refused; `compact` has etcd throw away the history up to
where it stood when it was last asked to.

PATCHes would cost the API server ten times what their events cost it. What is changed is what every write changes: the
last time that is written in the object (a pod's condition, who wrote a claim or attachment, a volume's phase), by less
than two minutes, and by the put its version.
"""

import base64
import json
import os
import random
import select
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from tests.bench.objects import SET_SIZE, claim_name
from tests.bench.pacing import Pace
from tests.bench.puts import LARGEST, Puts

MIX = ("pods", "pods", "persistentvolumeclaims", "pods", "persistentvolumes", "pods", "volumeattachments", "pods")
"""Kinds in the order in which they have their turn."""
MARKED = frozenset(claim_name(number) for number in range(SET_SIZE))
"""Claims at the top of the table, which others change."""
_SAMPLE = 2000
"""Objects of a kind that are changed, anywhere among all."""
_PAGE = 100
_TICK_S = 0.005
_UNDER_WAY = 200
"""Puts that etcd may still have to make, before no more are sent: it writes a line of log of each that takes long."""
_TIME = b'"\x08\x08'
"""Field 4, of eight bytes, whose field 1 is a number: a Time, as the entry's of managedFields or a condition's."""


def moved(value: bytes, number: int) -> bytes:
    """A stored object whose last Time stands at that second (0 to 127) of the two minutes or so in which it lies.

    The seconds of a Time are a varint, of five bytes until 2106, whose first byte has the lowest seven bits. Raises
    ValueError.
    """
    at = value.rfind(_TIME) + len(_TIME)
    if at < len(_TIME) or value[at + 5 : at + 7] != b"\x10\x00":
        raise ValueError(f"No Time without nanos is the last of {value!r}.")
    return value[:at] + bytes((0x80 | number,)) + value[at + 1 :]


class Gateway:
    """What is asked of etcd now and then, over its HTTP gateway."""

    def __init__(self, netloc: str) -> None:
        self._connection = HTTPConnection(netloc)

    def call(self, path: str, body: Any) -> Any:
        """Post JSON, and return what is answered. Raises RuntimeError."""
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {said[:300]!r}")
        return json.loads(said)

    def sample(self, plural: str, chance: random.Random) -> list[tuple[bytes, bytes]]:
        """Keys and values of some objects of a kind; without those that the marks are made on."""
        within = {"key": _base64(f"/registry/{plural}/"), "range_end": _base64(f"/registry/{plural}0")}
        found = self.call("/v3/kv/range", {**within, "keys_only": True}).get("kvs", [])
        keys = sorted(one["key"] for one in found if not _is_marked(base64.b64decode(one["key"]).decode()))
        chosen = chance.sample(keys, min(_SAMPLE, len(keys)))
        return [pair for start in range(0, len(chosen), _PAGE) for pair in self._read(chosen[start : start + _PAGE])]

    def _read(self, keys: list[str]) -> Iterator[tuple[bytes, bytes]]:
        answer = self.call("/v3/kv/txn", {"success": [{"request_range": {"key": key}} for key in keys]})
        for one in answer["responses"]:
            for pair in one["response_range"].get("kvs", ()):
                key, value = base64.b64decode(pair["key"]), base64.b64decode(pair["value"])
                if len(key) + len(value) + 20 <= LARGEST:
                    yield key, value

    def revision(self) -> int:
        """The latest."""
        return int(self.call("/v3/kv/range", {"key": _base64("none")})["header"]["revision"])

    def compact(self, revision: int) -> None:
        """Throw away what is older."""
        self.call("/v3/kv/compaction", {"revision": str(revision)})


class Load:
    """Who changes the objects, and how fast."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._gateway = Gateway(place.netloc)
        self._chance = random.Random(1)
        self.objects = {plural: self._gateway.sample(plural, self._chance) for plural in MIX}
        self._puts = Puts(str(place.hostname), int(place.port or 0))
        self._pace = Pace(time.monotonic())
        self._turn = 0
        self._revision = self._gateway.revision()

    def run(self) -> None:
        """Change objects and obey, until standard input ends."""
        rest = b""
        while True:
            wait_s = _TICK_S if self._pace.rate else None
            ready, _, _ = select.select([0, self._puts.descriptor], [], [], wait_s)
            if self._puts.descriptor in ready:
                self._puts.take()
            if 0 in ready:
                data = os.read(0, 4096)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._obey(*line.decode().split())
            number = self._pace.due(time.monotonic(), _UNDER_WAY - self._puts.under_way)
            self._puts.send(self._change() for _ in range(number))

    def _change(self) -> tuple[bytes, bytes]:
        plural = MIX[self._turn % len(MIX)]
        self._turn += 1
        key, value = self._chance.choice(self.objects[plural])
        return key, moved(value, self._chance.randrange(128))

    def _obey(self, word: str, value: str = "0") -> None:
        if word == "rate":
            self._pace.rate = int(value)
        elif word == "count":
            sys.stdout.write(f"{self._puts.made} {self._puts.ended - self._puts.made}\n")
            sys.stdout.flush()
        elif word == "compact":
            before, self._revision = self._revision, self._gateway.revision()
            self._gateway.compact(before)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _is_marked(key: str) -> bool:
    return tuple(key.split("/")[-2:]) in MARKED


def main() -> None:
    """Read what there is, say so, and change it."""
    load = Load(sys.argv[1])
    sys.stdout.write(f"{sum(len(found) for found in load.objects.values())}\n")
    sys.stdout.flush()
    load.run()


if __name__ == "__main__":
    main()
