"""What view says, as paragraphs of a pane."""

from collections.abc import Iterable, Sequence

from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.ui.widgets.wrap import BLANK, Paragraph
from storagetui.view.chain import Chain
from storagetui.view.column import Tone
from storagetui.view.events import EventLine
from storagetui.view.section import Section
from storagetui.view.text import width

ARROW = " ▸ "
_WIDEST_LABEL = 22


def text(said: str, style: str = "plain", indent: int = 0) -> Paragraph:
    """One clean text in one style."""
    return Paragraph(((said, style),), indent)


def heading(said: str) -> Paragraph:
    """The title of what follows."""
    return text(said, "title")


def section_paragraphs(sections: Iterable[Section]) -> list[Paragraph]:
    """Sections one under the other, labels to the left and values beside them."""
    said: list[Paragraph] = []
    for section in sections:
        if not section.lines:
            continue
        said += [BLANK, heading(section.title)] if section.title else [BLANK]
        widest = max(width(line.label) for line in section.lines)
        column = min(_WIDEST_LABEL, widest) + 2 if widest else 1
        for line in section.lines:
            label = f" {line.label}"
            label += " " * max(1 if line.label else 0, column - width(label))
            said.append(Paragraph(((label, "label"), (line.value, line.tone)), column))
    return said[1:]


def event_paragraphs(events: Sequence[EventLine]) -> list[Paragraph]:
    """Events, latest first: a line with time, reason and reporter, then the message."""
    said: list[Paragraph] = []
    for event in events:
        spans = [
            (f"{event.time} ({event.age}) ", "dim"),
            (f"{event.glyph} {event.reason}", event.tone if event.tone != Tone.PLAIN else "label"),
            (f"  {event.times}".rstrip(), "plain"),
            (f"  {event.component}", "dim"),
        ]
        said.append(Paragraph(tuple(span for span in spans if span[0]), 2))
        said.append(Paragraph((("  ", "plain"), (event.message, "plain")), 2))
    return said


def chain_paragraphs(chains: Iterable[Chain]) -> list[Paragraph]:
    """Each chain as one wrapped text, its links in their order."""
    said = []
    for chain in chains:
        spans: list[tuple[str, str]] = [(" ", "plain")]
        for number, link in enumerate(chain):
            if number:
                spans.append((ARROW, "dim"))
            spans.append((link.text, "match" if link.is_focus else "plain"))
            if link.state:
                spans.append((f" {link.state}", link.tone))
        said.append(Paragraph(tuple(spans), 3))
    return said


def uid_of(frame: Frame, key: Key) -> str:
    """The uid of the object that has the name now; empty when there is none."""
    record = frame.cluster.find(key)
    return record.uid if record is not None else ""
