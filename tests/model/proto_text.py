"""The messages of a `generated.proto` and the Go structs beside it, read as text, to check the field table by."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

MODULES = Path.home() / "go" / "pkg" / "mod" / "k8s.io"
API, MACHINERY = "api@v0.37.2", "apimachinery@v0.37.2"
META = ".k8s.io.apimachinery.pkg.apis.meta.v1"
MOMENTS = {f"{META}.Time", f"{META}.MicroTime"}
QUANTITY = ".k8s.io.apimachinery.pkg.api.resource.Quantity"
NUMBER_OR_TEXT = ".k8s.io.apimachinery.pkg.util.intstr.IntOrString"
INLINED = ("volumeSource", "persistentVolumeSource", "probeHandler", "ephemeralContainerCommon")
"""Fields that JSON does not have: what is in them stands beside them there."""
_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (optional|repeated) (\S+) (\w+) = (\d+);|^  map<string, (\S+)> (\w+) = (\d+);", re.MULTILINE)
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_MEMBER = re.compile(r'^\t\w+ +(\S+) +`json:"(\w+)((?:,\w+)*)"', re.MULTILINE)


class ProtoField(msgspec.Struct, frozen=True):
    """One field of a message."""

    label: str
    """optional, repeated or map."""
    type: str
    """Messages absolute, `.k8s.io.api.core.v1.Pod`; of a map the value's."""
    name: str
    number: int


class GoMember(msgspec.Struct, frozen=True):
    """One member of a Go struct, as its JSON tag describes it."""

    type: str
    is_omitted_when_empty: bool

    @property
    def tells_zero_from_absent(self) -> bool:
        """Whether JSON and protobuf agree on when the field is absent."""
        return self.type.startswith(("*", "[]", "map[")) or not self.is_omitted_when_empty


def _folder(package: str) -> Path:
    """The folder of a package: `.k8s.io.api.core.v1` or one of apimachinery."""
    parts = package.lstrip(".").split(".")[2:]
    module = MACHINERY if parts[0] == "apimachinery" else API
    return MODULES.joinpath(module, *parts[1:])


@cache
def messages(package: str) -> dict[str, dict[str, ProtoField]]:
    """The messages of a package by name, each with its fields by name."""
    text = (_folder(package) / "generated.proto").read_text(encoding="utf-8")
    return {match[1]: dict(_fields(package, match[2])) for match in _MESSAGE.finditer(text)}


def _fields(package: str, body: str) -> Iterator[tuple[str, ProtoField]]:
    for match in _FIELD.finditer(body):
        label, plain, name, number, value, map_name, map_number = match.groups()
        type_ = plain or value
        if type_[0].isupper():
            type_ = f"{package}.{type_}"
        name = name or map_name
        yield name, ProtoField(label or "map", type_, name, int(number or map_number))


def message(type_: str) -> dict[str, ProtoField]:
    """The fields of a message by its absolute name."""
    package, _, name = type_.rpartition(".")
    return messages(package)[name]


@cache
def _structs(package: str) -> dict[str, dict[str, GoMember]]:
    found: dict[str, dict[str, GoMember]] = {}
    for path in sorted(_folder(package).glob("*.go")):
        for struct in _STRUCT.finditer(path.read_text(encoding="utf-8")):
            members = {
                match[2]: GoMember(match[1], ",omitempty" in match[3] or ",omitzero" in match[3])
                for match in _MEMBER.finditer(struct[2])
            }
            found.setdefault(struct[1], members)
    return found


def member(type_: str, name: str) -> GoMember:
    """A member of the Go struct behind a message."""
    package, _, struct = type_.rpartition(".")
    return _structs(package)[struct][name]


class Place(msgspec.Struct, frozen=True):
    """Where a JSON path stands in protobuf."""

    numbers: tuple[int, ...]
    field: ProtoField
    """The last field of the path; for a map's key the map."""
    is_key: bool
    owner: str
    """The message that has the field."""


def place(root: str, steps: tuple[str, ...]) -> Place:
    """Follow a path from a message; raises LookupError when it leads nowhere."""
    numbers: list[int] = []
    owner, field = root, ProtoField("optional", root, "", 0)
    for position, step in enumerate(steps):
        if field.label == "map":
            if position != len(steps) - 1:
                raise LookupError(f"{step} lies below a map's key")
            return Place(tuple(numbers), field, True, owner)
        owner = field.type
        inlined = next((name for name in INLINED if step not in message(owner) and name in message(owner)), None)
        if inlined:
            numbers.append(message(owner)[inlined].number)
            owner = message(owner)[inlined].type
        field = message(owner)[step]
        numbers.append(field.number)
    return Place(tuple(numbers), field, False, owner)
