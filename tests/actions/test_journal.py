"""The journal: one line an entry, for its owner alone, and no line spoils another."""

import stat
from pathlib import Path

import pytest

from storagetui.actions.journal import Entry, Journal, JournalError
from tests.build import NOW


def line(message: str) -> Entry:
    return Entry(
        at=NOW,
        run="a1",
        what="outcome",
        action="expand-claim",
        cluster_id="test",
        object="PersistentVolumeClaim shop/data",
        uid="u",
        message=message,
    )


def messages(journal: Journal) -> list[str]:
    return [one.message for one in journal.entries()]


def test_lines_are_kept_in_order_and_nobody_else_reads_them(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "state" / "journal.jsonl")
    assert messages(journal) == []
    for words in ("one", "two\nlines", "ünïcode \x1b[31m"):
        journal.append(line(words))
    assert messages(journal) == ["one", "two\nlines", "ünïcode \x1b[31m"]
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
    assert len(journal.path.read_bytes().splitlines()) == 3


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append(line("before"))
    with journal.path.open("ab") as file:
        file.write(b'{"at": "2026-01-15T14:0')
    journal.append(line("after"))
    journal.append(line("and after"))
    assert messages(journal) == ["before", "after", "and after"]


@pytest.mark.parametrize("torn", [b"\xff\xfe\n", b"null\n", b'{"at": 1}\n', b"\n"])
def test_what_is_no_entry_is_passed_over(torn: bytes, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.path.write_bytes(torn)
    journal.append(line("mine"))
    assert messages(journal) == ["mine"]


def test_a_journal_that_cannot_be_written_or_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be written"):
        Journal(tmp_path / "file" / "journal.jsonl").append(line("lost"))
    with pytest.raises(JournalError, match="cannot be read"):
        list(Journal(tmp_path).entries())
