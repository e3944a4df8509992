import json

import pytest

from storagetui.dump.documents import documents, latest_time
from storagetui.errors import DumpError

ONE, TWO = {"kind": "Pod", "metadata": {"name": "a"}}, {"kind": "Pod", "metadata": {"name": "b"}}
LINES = json.dumps(ONE), json.dumps(TWO)


def read(text: str | bytes) -> list[object]:
    """The documents of a text; errors as their words."""
    data = text.encode() if isinstance(text, str) else text
    return [str(one) if isinstance(one, DumpError) else one for one in documents(data)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(LINES),
        "".join(LINES),
        json.dumps([ONE, TWO]),
        json.dumps(ONE, indent=2) + "\n" + json.dumps(TWO, indent=2) + "\n",
        "---\n" + LINES[0] + "\n---\n" + LINES[1],
        "kind: Pod\nmetadata: {name: a}\n---\nkind: Pod\nmetadata:\n  name: b\n",
        "# kubectl\n---\nkind: Pod\nmetadata: {name: a}\n--- # next\nkind: Pod\nmetadata: {name: b}\n---\n",
        "\ufeff" + "\n".join(LINES),
        "  \n" + "\n".join(LINES),
    ],
)
def test_many_documents_are_read_one_after_the_other(text: str) -> None:
    assert read(text) == [ONE, TWO]


def test_logs_between_documents_are_passed_over() -> None:
    logs = '==== START logs for container a of pod b/c ====\n{"level":\n{broken\n[]\n==== END ====\n'
    assert read(f"{LINES[0]}\n{logs}{LINES[1]}\n") == [ONE, TWO]


def test_a_document_that_breaks_off_is_told_and_the_others_are_read() -> None:
    first, second = read(LINES[0] + "\n" + '{"apiVersion": "v1", "kind": "Pod", "metadata": {"na')
    assert first == ONE
    assert str(second).startswith("a document breaks off or is broken: ")


def test_of_a_list_that_breaks_off_the_whole_objects_are_read() -> None:
    text = json.dumps({"apiVersion": "v1", "items": [ONE, TWO, ONE], "kind": "List"}, indent=4)
    first, second, error = read(text[: text.rindex('"name"')])
    assert (first, second) == (ONE, TWO)
    assert str(error).startswith("a document breaks off or is broken: ")


def test_a_yaml_document_that_is_none_keeps_no_other_from_being_read() -> None:
    first, error, second = read("kind: Pod\nmetadata: {name: a}\n---\nfoo: [\n---\nkind: Pod\nmetadata: {name: b}\n")
    assert (first, second) == (ONE, TWO)
    assert str(error).startswith("a part is neither JSON nor YAML: ")


def test_times_and_words_stay_as_they_are_written() -> None:
    (made,) = read('at: 2026-01-15T14:02:11Z\nday: 2026-01-15\nyes: "on"\ncount: 3\nlow: 0.5\nquoted: "1"\n')
    assert made == {
        "at": "2026-01-15T14:02:11Z",
        "day": "2026-01-15",
        True: "on",
        "count": 3,
        "low": 0.5,
        "quoted": "1",
    }


@pytest.mark.parametrize("text", ["", "   ", "\n---\n---\n", "just words", "3", "[1, 2]", "null"])
def test_what_holds_no_documents_gives_none(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{" * 100_000, '{"a":' * 50_000, "a: " + "[" * 5_000, b"\xff\xfe\x00{"]
)
def test_hostile_text_is_no_trouble(text: str | bytes) -> None:
    assert all(isinstance(one, str) for one in read(text))


def test_a_text_that_repeats_itself_by_references_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    text = "\n".join(lines)
    (document,) = documents(text.encode())
    assert isinstance(document, dict)
    with pytest.raises(DumpError, match="repeats itself"):
        latest_time(document, len(text))


def test_the_latest_time_is_of_what_has_happened() -> None:
    document = {
        "metadata": {
            "creationTimestamp": "2026-01-15T14:00:00Z",
            "deletionTimestamp": "2026-01-15T15:00:00Z",
            "managedFields": [{"time": "2026-01-15T14:01:00Z"}],
            "annotations": {"lastTransitionTime": "nonsense", "expires": "2036-01-01T00:00:00Z"},
        },
        "status": {"conditions": [{"lastHeartbeatTime": "2026-01-15T14:02:11.5Z"}]},
    }
    assert latest_time(document, 1000) == "2026-01-15T14:02:11.5Z"
    assert latest_time({"kind": "List"}, 100) == ""
