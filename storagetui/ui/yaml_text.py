"""An object as YAML, made of what the server sent; PyYAML is loaded when it is first wanted."""

import re
from datetime import datetime
from typing import Any

import msgspec

from storagetui.ui.widgets.wrap import Paragraph
from storagetui.view.format import age, clock
from storagetui.view.text import clean, clean_lines

_LINE = re.compile(r"(?P<lead> *(?:- )*)(?P<key>[^\s:#][^:]*:)(?P<rest>(?: .*)?)")


class _Metadata(msgspec.Struct):
    uid: str = ""
    resource_version: str = msgspec.field(default="", name="resourceVersion")


class _Head(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class Reading:
    """What was last read of one object, and how that went."""

    def __init__(self) -> None:
        self.version = ""
        """The resource version for which it was read; emptied to have it read again."""
        self.is_under_way = False
        self._text: list[Paragraph] = []
        self._read_at: datetime | None = None
        self._read_version = ""
        self._problem = ""

    def begin(self, version: str) -> None:
        """The object is being read because it has this resource version now."""
        self.version, self.is_under_way = version, True

    def end(self, raw: bytes, uid: str, at: datetime) -> None:
        """It was read; what was read of another object that has its name is not kept."""
        self.is_under_way = False
        try:
            head = msgspec.json.decode(raw, type=_Head).metadata
        except (msgspec.DecodeError, UnicodeDecodeError):
            head = _Metadata()
        if head.uid and head.uid != uid:
            self._problem = f"At {clock(at, at)} another object had this name; nothing of it is shown here."
            return
        self._text, self._read_at, self._problem = yaml_paragraphs(raw), at, ""
        self._read_version = head.resource_version

    def fail(self, sentence: str, at: datetime) -> None:
        """It could not be read."""
        self.is_under_way = False
        self._problem = f"It could not be read at {clock(at, at)}: {clean(sentence)}. r tries again."

    def paragraphs(self, now: datetime, is_there: bool) -> list[Paragraph]:
        """When it was read, what went wrong, and the text."""
        said: list[Paragraph] = []
        if self._read_at is not None:
            when = f"# read {clock(self._read_at, now)} ({age(self._read_at, now)} ago)"
            version = f", resource version {clean(self._read_version)}, without managed fields"
            said.append(Paragraph(((when + version, "dim"),), 2))
        if self._problem:
            said.append(Paragraph(((f"# {self._problem}", "warn"),), 2))
        if self.is_under_way and not self._text:
            said.append(Paragraph((("# reading", "note"),)))
        elif not self._text and not is_there and not self._problem:
            said.append(Paragraph((("# The object is gone, and was not read before.", "warn"),), 2))
        return said + self._text


def yaml_paragraphs(raw: bytes) -> list[Paragraph]:
    """The object as YAML without `metadata.managedFields`, a line each; a text that is no JSON object as it is."""
    try:
        wire = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [Paragraph(((line, "plain"),)) for line in clean_lines(raw.decode("utf-8", "replace"))]
    return [_paragraph(line) for line in clean_lines(_dump(_without_managed_fields(wire)).rstrip("\n"))]


def _without_managed_fields(wire: Any) -> Any:
    if not isinstance(wire, dict) or not isinstance(wire.get("metadata"), dict):
        return wire
    metadata = {key: value for key, value in wire["metadata"].items() if key != "managedFields"}
    return {**wire, "metadata": metadata}


def _dump(wire: Any) -> str:
    import yaml

    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):  # type: ignore[misc]  # which of the two it is depends on how PyYAML was built
        """Writes texts of several lines as blocks, as kubectl does."""

    def represent_text(dumper: Any, text: str) -> Any:
        style = "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent_text)
    return str(yaml.dump(wire, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10**6))


def _paragraph(line: str) -> Paragraph:
    match = _LINE.fullmatch(line)
    indent = len(line) - len(line.lstrip(" ")) + 4
    if match is None:
        return Paragraph(((line, "plain"),), indent)
    spans = ((match["lead"], "plain"), (match["key"], "label"), (match["rest"], "plain"))
    return Paragraph(tuple(span for span in spans if span[0]), indent)
