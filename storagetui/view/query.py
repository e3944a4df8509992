"""The language of the filter line.

`postgres fast`         rows in which both words stand, in the name or in any other cell
`-bound`                rows in which the word does not stand
`ns:shop class:fast`    rows whose cell of that column holds the text; the column's id, or another usual name for it
`state=pending`         rows whose cell of that column is exactly the text
`state:pending,lost`    either of them
`"left behind"`         a text with spaces; quotes also take every other sign literally

Upper and lower case are the same, and all words must hold.
"""

import re
from typing import Any

import msgspec

from storagetui.frame import Frame
from storagetui.model.keys import Key
from storagetui.view.column import R, Table

_WORD = re.compile(
    r'(?P<minus>-?)(?:(?P<field>[^\s":=-][^\s":=]*)(?P<sign>[:=]))?(?:"(?P<quoted>[^"]*)"?|(?P<bare>\S*))'
)
_NAMESPACE = "ns"
_ALIASES = {
    "namespace": ("ns",),
    "status": ("state",),
    "phase": ("state",),
    "storageclass": ("class",),
    "pvc": ("claim", "claims"),
    "claims": ("claim",),
    "pv": ("volume",),
    "pod": ("used",),
    "pods": ("used",),
    "mode": ("modes",),
    "sts": ("set", "name"),
    "size": ("asked", "size"),
    "nodes": ("node",),
}


class Term(msgspec.Struct, frozen=True):
    """One word of a filter."""

    texts: tuple[str, ...]
    """Any of these, case folded."""
    field: str = ""
    """A column's id, `ns` also where the table has no such column; empty for the whole row."""
    is_excluded: bool = False
    is_exact: bool = False

    def holds(self, text: str) -> bool:
        """Whether the text of the row or of the cell, case folded, is one that the term asks for."""
        found = any(one == text for one in self.texts) if self.is_exact else any(one in text for one in self.texts)
        return found is not self.is_excluded

    def implies(self, other: "Term") -> bool:
        """Whether the other holds wherever this one does; False where that is not certain."""
        if self == other:
            return True
        if self.field != other.field or self.is_excluded or other.is_excluded or other.is_exact:
            return False
        return all(any(one in text for one in other.texts) for text in self.texts)


class Query(msgspec.Struct, frozen=True):
    """Which rows of a table are shown."""

    terms: tuple[Term, ...] = ()
    namespace: str = ""
    """The namespace that is looked at, exactly; empty for all."""
    problem: str = ""
    """What could not be understood, in a sentence; the rest of the filter holds all the same."""

    @property
    def is_empty(self) -> bool:
        """Whether every row matches."""
        return not self.terms and not self.namespace


def narrows(query: Query, other: Query) -> bool:
    """Whether a query shows no row but those that the other shows, as when somebody goes on typing."""
    return query.namespace == other.namespace and all(
        any(one.implies(wider) for one in query.terms) for wider in other.terms
    )


def parse(text: str, table: Table[Any], namespace: str = "") -> Query:
    """The query that a filter line stands for; never raises, `problem` says what is wrong with the line."""
    terms: list[Term] = []
    problems: list[str] = []
    for match in _WORD.finditer(text):
        if not match[0]:
            continue
        value = match["quoted"] if match["quoted"] is not None else match["bare"]
        if not value:
            continue  # `class:` or `-`: the user is still typing
        fields = match["field"]
        field = _field(fields, table) if fields else ""
        if field is None:
            problems.append(
                f"{table.title} have no column {fields!r}; use one of {_columns(table)}, or quote the text."
            )
            continue
        is_list = bool(field) and match["quoted"] is None
        texts = tuple(one.casefold() for one in (value.split(",") if is_list else [value]) if one)
        if texts:
            terms.append(Term(texts, field, bool(match["minus"]), match["sign"] == "="))
    if text.count('"') % 2:
        problems.append('A quote (") is not closed.')
    return Query(tuple(terms), namespace, " ".join(problems))


def row_text(table: Table[R], record: R, frame: Frame) -> str:
    """All that plain words of a filter look at, case folded: the texts of the row but for those that tick."""
    cells = [column.cell(record, frame, frame.at).text for column in table.columns if not column.is_age]
    return "\n".join((*cells, record.name, record.namespace)).casefold()


def matches(query: Query, table: Table[R], record: R, frame: Frame, texts: dict[Key, str] | None = None) -> bool:
    """Whether a row is shown; `texts` keeps the texts of rows for the next time, as long as they stay the same."""
    if query.namespace and table.namespace(record, frame) != query.namespace:
        return False
    text = ""
    for term in query.terms:
        if term.field:
            held = term.holds(_cell_text(table, term.field, record, frame))
        elif not term.is_excluded and any(one in record.name.casefold() for one in term.texts):
            continue
        else:
            text = text or _row_text(table, record, frame, texts)
            held = term.holds(text)
        if not held:
            return False
    return True


def _row_text(table: Table[R], record: R, frame: Frame, texts: dict[Key, str] | None) -> str:
    if texts is None:
        return row_text(table, record, frame)
    key = record.key
    text = texts.get(key)
    if text is None:
        text = texts[key] = row_text(table, record, frame)
    return text


def _cell_text(table: Table[R], field: str, record: R, frame: Frame) -> str:
    column = table.column(field)
    if column is None:
        return table.namespace(record, frame).casefold()
    text = column.cell(record, frame, frame.at).text
    return text.removeprefix("✖ ").casefold()


def _field(name: str, table: Table[Any]) -> str | None:
    """The column that a name stands for: its id, another name for it, or a beginning that fits one column alone."""
    name = name.casefold()
    ids = [column.id for column in table.columns if not column.is_age]
    candidates = [one for one in (name, *_ALIASES.get(name, ())) if one in ids or one == _NAMESPACE]
    if candidates:
        return candidates[0]
    begun = [one for one in ids if one.startswith(name)]
    return begun[0] if len(begun) == 1 else None


def _columns(table: Table[Any]) -> str:
    ids = [column.id for column in table.columns if not column.is_age]
    return ", ".join(ids if _NAMESPACE in ids else [_NAMESPACE, *ids])
