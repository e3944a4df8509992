"""What the bench's server holds: objects encoded beforehand, lists and changes of them made by joining bytes."""

import json
from collections.abc import Iterator

from storagetui.model.kinds import KINDS
from tests.bench import protobuf
from tests.bench.objects import CAPACITY, VERSION, Json, Size, objects

JSON = "application/json"


class Collection:
    """The objects of one kind in one format."""

    def __init__(self, plural: str, media_type: str) -> None:
        info = next((one for one in KINDS.values() if one.plural == plural), None)
        self.kind = str(info.kind) if info is not None else "Unknown"
        self.api_version = info.api_version if info is not None else "v1"
        self.media_type = media_type if info is None or not info.is_optional else JSON
        self._items: list[bytes] = []

    def __len__(self) -> int:
        return len(self._items)

    def add(self, document: Json) -> None:
        """Encode and keep an object."""
        if self.media_type == JSON:
            bare = {name: value for name, value in document.items() if name not in ("apiVersion", "kind")}
            self._items.append(json.dumps(bare, separators=(",", ":")).encode())
        else:
            self._items.append(protobuf.encode(self.kind, document))

    def pieces(self, version: int, start: int, limit: int) -> Iterator[bytes]:
        """The body of a list, or of a page of it."""
        end = min(len(self._items), start + limit) if limit else len(self._items)
        rest = len(self._items) - end
        items = self._items[start:end]
        if self.media_type == JSON:
            return self._json(str(version), str(end) if rest else "", rest, items)
        return protobuf.list_pieces(self.kind, (str(version), str(end) if rest else "", rest), items)

    def _json(self, version: str, token: str, rest: int, items: list[bytes]) -> Iterator[bytes]:
        more = f'"continue":"{token}","remainingItemCount":{rest},' if token else ""
        head = f'{{"kind":"{self.kind}List","apiVersion":"{self.api_version}","metadata":'
        yield f'{head}{{{more}"resourceVersion":"{version}"}},"items":['.encode()
        for start in range(0, len(items), 100):
            yield b",".join(items[start : start + 100]) + (b"," if start + 100 < len(items) else b"")
        yield b"]}"

    def event(self, number: int, version: int, capacity: str = "") -> bytes:
        """The event that the object of that number has changed, at a version of as many digits as `VERSION`."""
        item = self._items[number].replace(VERSION.encode(), str(version).encode(), 1)
        if capacity:
            before, mark, status = item.rpartition(CAPACITY.encode())
            item = before + capacity.encode() + status if mark else item
        if self.media_type != JSON:
            return protobuf.watch_frame("MODIFIED", self.api_version, self.kind, item)
        typed = f'{{"type":"MODIFIED","object":{{"kind":"{self.kind}","apiVersion":"{self.api_version}",'
        return typed.encode() + item[1:] + b"}\n"


def collections(size: Size, media_type: str) -> dict[str, Collection]:
    """Every object of a cluster, by the plural of its kind."""
    found: dict[str, Collection] = {}
    for plural, document in objects(size):
        found.setdefault(plural, Collection(plural, media_type)).add(document)
    return found
