"""From bytes to documents: JSON or YAML, one or many, with anything else between them.

Everything here is untrusted: a document that would grow beyond its text is refused, and one that cannot be read keeps
no other from being read.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from storagetui.errors import DumpError

Json = dict[str, Any]

_BETWEEN = re.compile(rb"^---(?:[ \t][^\n]*)?\r?$", re.MULTILINE)
"""The line between two YAML documents; inside a document it could only stand at the beginning of an indented line."""
_NEXT = re.compile(r"^[ \t]*\{", re.MULTILINE)
"""Where the next JSON document may begin: `kubectl cluster-info dump` puts the logs of containers between them."""
_AGAIN = re.compile(r"\s*\{")
_HEAD = 400
"""Characters in which a document names its version, if it is one."""
_MOST_FAILURES = 10_000
"""Lines that look like the beginning of a document and are none; a text with more of them is no dump."""
_TIMES = frozenset(
    {
        "completionTime",
        "completionTimestamp",
        "creationTime",
        "creationTimestamp",
        "eventTime",
        "finishedAt",
        "firstTimestamp",
        "lastHeartbeatTime",
        "lastObservedTime",
        "lastTimestamp",
        "lastTransitionTime",
        "lastUpdateTime",
        "renewTime",
        "startTime",
        "startTimestamp",
        "startedAt",
        "time",
    }
)
"""Fields that say when something has happened; other times may lie ahead."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
"""As the API server writes times: always in UTC, so that their texts sort as they do."""


def documents(data: bytes) -> Iterator[Json | DumpError]:
    """The documents in the order in which they stand, and an error for each part that is none."""
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    start = data.lstrip()[:1]
    found = _json(data) if start in (b"{", b"[") else _yaml(data)
    for one in found:
        if isinstance(one, list):
            yield from (each for each in one if isinstance(each, dict))
        elif isinstance(one, dict | DumpError):
            yield one


def latest_time(document: Json, most: int) -> str:
    """The latest moment that a document tells of something having happened, as it is written; empty for none.

    Raises DumpError when the document has more than `most` values: aliases make a short YAML text a huge document.
    """
    latest, seen = "", 0
    pending: list[tuple[str, Any]] = [("", document)]
    while pending:
        name, value = pending.pop()
        seen += 1
        if seen > most:
            raise DumpError("a document holds more than its text can: it repeats itself by references")
        if isinstance(value, dict):
            pending.extend(value.items())
        elif isinstance(value, list):
            pending.extend(("", one) for one in value)
        elif name in _TIMES and isinstance(value, str) and value > latest and _TIME.fullmatch(value):
            latest = value
    return latest


def _json(data: bytes) -> Iterator[Any]:
    try:
        yield msgspec.json.decode(data)
        return
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    text = data.decode("utf-8", "replace")
    decoder, unread, failures = json.JSONDecoder(), "", 0
    begins = _NEXT.search(text)
    while begins is not None and failures < _MOST_FAILURES:
        start = begins.end() - 1
        try:
            document, at = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError) as error:
            # A line of a log may look like the beginning of a document; what is whole inside a broken one is taken.
            failures += 1
            if "apiVersion" in text[start : start + _HEAD]:
                unread = unread or str(error)
            begins = _NEXT.search(text, start + 1)
        else:
            yield document
            begins = _AGAIN.match(text, at) or _NEXT.search(text, at)
    if unread:
        yield DumpError(f"a document breaks off or is broken: {unread}")


def _yaml(data: bytes) -> Iterator[Any]:
    import yaml

    loader = _loader(yaml)
    for part in _BETWEEN.split(data):
        if not part.strip():
            continue
        try:
            yield yaml.load(part.decode("utf-8-sig", "replace"), Loader=loader)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            yield DumpError(f"a part is neither JSON nor YAML: {' '.join(str(error).split())[:200]}")


def _loader(yaml: Any) -> Any:
    """PyYAML's safe loader in C, where there is one, that leaves times as they are written."""
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    made: Any = type("DumpLoader", (base,), {})
    made.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    return made
