from datetime import datetime, timedelta
from typing import Any

from storagetui.diagnosis.finding import Certainty, Evidence, Finding, Severity
from storagetui.frame import Frame
from storagetui.model.keys import Key, Kind
from storagetui.view.column import Tone, fit_layout
from storagetui.view.format import clock
from storagetui.view.triage import (
    COLUMNS,
    cells,
    explain,
    finding_events,
    hit_words,
    local_times,
    problem,
    ranked,
    tally,
)
from tests.build import NOW, claim, event, frame_of, pod

CLAIM = Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data")
POD = Key(Kind.POD, "shop", "web-0")
NODE = Key(Kind.NODE, "", "node-b")


def finding(subject: Key, code: str = "claim-pending", **over: Any) -> Finding:
    fields: dict[str, Any] = {
        "title": "Claim has no volume yet",
        "severity": Severity.MEDIUM,
        "certainty": Certainty.CONFIRMED,
        "uid": "u",
        "since": ago(60),
        "explanation": "It is so.",
    }
    return Finding(subject=subject, code=code, **{**fields, **over})


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def named(name: str, namespace: str = "shop") -> Key:
    return Key(Kind.PERSISTENT_VOLUME_CLAIM, namespace, name)


def order(frame: Frame, namespace: str = "", text: str = "") -> list[str]:
    return [row.name for row in ranked(frame, namespace, text)]


def test_rows_are_worst_first_then_longest_first_then_by_name() -> None:
    frame = frame_of(
        findings=(
            finding(named("info"), severity=Severity.INFO, since=ago(9999)),
            finding(named("b")),
            finding(named("a")),
            finding(named("unknown"), since=None),
            finding(named("long"), since=ago(600)),
            finding(named("worst"), severity=Severity.CRITICAL, since=ago(1)),
        )
    )
    assert order(frame) == ["worst", "long", "a", "b", "unknown", "info"]


def test_what_follows_stands_under_its_cause() -> None:
    cause = finding(CLAIM, severity=Severity.HIGH, victims=(POD,))
    follower = finding(POD, "sched-unbound-immediate", severity=Severity.CRITICAL, causes=(CLAIM,))
    (row,) = ranked(frame_of(findings=(follower, cause)))
    assert (row.finding, row.parts) == (cause, (follower,))
    assert row.severity is Severity.CRITICAL
    assert row.identity == (CLAIM, "claim-pending", 0)


def test_a_namespace_shows_its_own_and_what_hits_it() -> None:
    frame = frame_of(
        findings=(
            finding(named("mine")),
            finding(named("theirs", "other")),
            finding(NODE, victims=(POD,)),
            finding(Key(Kind.NODE, "", "node-c")),
        )
    )
    assert order(frame, "shop") == ["node-b", "mine"]
    assert order(frame, "other") == ["theirs"]
    assert len(order(frame)) == 4
    elsewhere = finding(named("cause", "other"), victims=(POD,))
    assert order(frame_of(findings=(elsewhere,)), "shop") == ["cause"]


def test_the_filter_language_holds_here_too() -> None:
    frame = frame_of(
        findings=(
            finding(named("alpha"), title="Class fast does not exist", severity=Severity.HIGH),
            finding(named("beta", "other"), victims=(POD,)),
        )
    )
    assert order(frame, text="fast") == ["alpha"]
    assert order(frame, text="severity:high") == ["alpha"]
    assert order(frame, text="-high") == ["beta"]
    assert order(frame, text="ns:other") == ["beta"]
    assert order(frame, text='hit:"1 pod"') == ["beta"]
    assert problem("fast") == ""
    assert "no column" in problem("color:red")


def test_cells_say_all_in_words() -> None:
    frame = frame_of(findings=(finding(CLAIM, victims=(POD,), next_step="Do it.", severity=Severity.HIGH),))
    made = cells(frame.groups[0], frame, NOW)
    assert [cell.text for cell in made] == [
        "✖ high",
        "Claim has no volume yet",
        "claim data in shop",
        "1 pod · 1 claim",
        "60s",
        "Do it.",
    ]
    assert made[0].tone is Tone.ERROR


def test_a_calm_row_hits_nobody_and_wants_nothing() -> None:
    frame = frame_of(findings=(finding(CLAIM, severity=Severity.INFO),))
    made = cells(frame.groups[0], frame, NOW)
    assert (made[0].text, made[3].text, made[5].text) == ("● info", "nobody", "–")


def test_text_from_the_cluster_is_made_harmless() -> None:
    nasty = finding(named("a\x1b[31m"), title="x\x1b]0;y\x07\u202e", next_step="\x1b[2J", explanation="a\x1b[0m\nb")
    frame = frame_of(findings=(nasty,))
    said = [cell.text for cell in cells(ranked(frame)[0], frame, NOW)]
    said += [part for section in explain(frame.groups[0], frame, NOW) for line in section.lines for part in line[:2]]
    assert not any(character in text for text in said for character in "\x1b\x07\u202e\n")


def test_columns_fold_from_140_to_80() -> None:
    assert [column.id for column, _ in fit_layout(COLUMNS, 140).columns] == [column.id for column in COLUMNS]
    narrow = fit_layout(COLUMNS, 80)
    assert [column.id for column, _ in narrow.columns] == ["severity", "what", "where", "hit", "since"]
    assert narrow.hidden == ("NEXT",)


def test_hits_are_counted_by_kind() -> None:
    keys = [CLAIM, named("two"), POD, Key(Kind.STATEFUL_SET, "shop", "web"), NODE]
    assert hit_words(keys) == "1 set · 1 pod · 2 claims · 1 node"
    assert hit_words([]) == ""


def test_the_tally_counts_rows_by_glyph() -> None:
    rows = ranked(
        frame_of(
            findings=(
                finding(named("a"), severity=Severity.CRITICAL),
                finding(named("b"), severity=Severity.HIGH),
                finding(named("c"), severity=Severity.INFO),
            )
        )
    )
    assert [cell.text for cell in tally(rows)] == ["2 ✖", "1 ●"]


def test_moments_become_local_times_and_ages() -> None:
    when = NOW - timedelta(seconds=90)
    text = local_times("It is so since 2026-01-15T14:00:41Z.", NOW)
    assert text == f"It is so since {clock(when, NOW)} (90s ago)."
    assert "(in 10s)" in local_times("at 2026-01-15T14:02:21Z", NOW)
    assert local_times("2026-99-99T99:99:99Z", NOW) == "2026-99-99T99:99:99Z"


def test_the_explanation_has_its_sections() -> None:
    user = pod("shop/web-0", claims=("data",))
    cause = finding(
        CLAIM,
        "pvc-storageclass-missing",
        victims=(POD, Key(Kind.POD, "shop", "gone")),
        next_step="Create the class.",
        evidence=(Evidence(CLAIM, "spec.storageClassName", "fast"), Evidence(CLAIM, "spec.volumeName", "")),
    )
    follower = finding(POD, "sched-unbound-immediate", title="Pod waits", causes=(CLAIM,))
    frame = frame_of(claim("shop/data"), user, findings=(cause, follower))
    sections = {section.title: section.lines for section in explain(frame.groups[0], frame, NOW)}
    assert list(sections) == ["Why (confirmed)", "What to do", "Hit", "Follows from it", "Evidence"]
    assert sections["Why (confirmed)"][0].value == "It is so."
    assert [line.label for line in sections["What to do"]] == ["Next", "Helps", "", "Read"]
    assert [(line.value, line.key) for line in sections["Hit"]] == [("pod shop/gone", None), ("pod shop/web-0", POD)]
    assert sections["Follows from it"][0].value == "▲ Pod waits (pod shop/web-0)"
    assert [line.value for line in sections["Evidence"]] == [
        "spec.storageClassName = fast",
        "spec.volumeName = (empty)",
    ]
    calm = finding(CLAIM, severity=Severity.INFO)
    beside = frame_of(findings=(follower, calm))
    explained = {section.title: section.lines for section in explain(beside.groups[0], beside, NOW)}["Explained by"]
    assert explained[0].value == "claim shop/data: Claim has no volume yet"


def test_many_who_are_hit_are_counted() -> None:
    victims = tuple(Key(Kind.POD, "shop", f"p-{number:02}") for number in range(20))
    frame = frame_of(findings=(finding(CLAIM, victims=victims),))
    sections = {section.title: section.lines for section in explain(frame.groups[0], frame, NOW)}
    assert len(sections["Hit"]) == 13
    assert sections["Hit"][-1].value == "and 8 pods more"


def test_events_are_those_of_the_finding_that_still_exist() -> None:
    about = claim("shop/data")
    told = event(about, "ProvisioningFailed", "boom")
    gone = Key(Kind.EVENT, "shop", "expired")
    found = finding(CLAIM, events=(told.key, gone))
    assert [line.message for line in finding_events(found, frame_of(about, told), NOW)] == ["boom"]
