"""What is stuck, and who owns which volume."""

import pytest

from storagetui.model.change import FeedState
from storagetui.model.keys import Key, Kind
from storagetui.ui.screens.sets import SetsPage
from tests.build import claim, feed_health, frame_of, pod, stateful_set
from tests.ui.doubles import StaticSession
from tests.ui.driving import NARROW, WIDE, driven
from tests.ui.harness import until
from tests.ui.scenes import feeds_but, shop, shop_frame, waiting_claim


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_finding_is_explained_with_events_and_chain(size: tuple[int, int]) -> None:
    async with driven(StaticSession(shop_frame()), "triage", size) as one:
        await one.sees(
            "✖ high", "Nothing makes the volume of data-postgres-2", "Why (confirmed)", "Free space, or take"
        )
        if size == WIDE:
            await one.sees("ProvisioningFailed", "Chain", "▸", "1 pod · 1 claim")
        else:
            await one.press("tab", "end")
            await one.sees("Evidence", "status.phase = Pending")
            await one.press("shift+tab")
        await one.press("enter")
        await one.on_object()
        await one.sees("claim shop/data-postgres-2")


async def test_nothing_stuck_is_said_only_when_all_is_in_view() -> None:
    session = StaticSession(frame_of(claim("shop/data-0")))
    async with driven(session) as one:
        await one.sees("✓ Nothing is stuck.")
        refused = feed_health(Kind.POD, FeedState.FORBIDDEN, "pods is forbidden")
        session.publish(frame_of(claim("shop/data-0"), feeds=feeds_but(refused)))
        await one.sees("not everything may be seen")
        coming = feed_health(Kind.POD, FeedState.LISTING)
        session.publish(frame_of(claim("shop/data-0"), feeds=feeds_but(coming)))
        await one.sees("still being read")


async def test_findings_are_filtered_by_words_and_namespace() -> None:
    async with driven(StaticSession(shop_frame())) as one:
        await one.press("slash", *"mysql")
        await one.sees("No finding matches the filter.", "0 of 1 finding")
        await one.press("escape")
        await one.sees("data-postgres-2")
        await one.press("n", *"ci", "enter")
        await one.sees("✓ Nothing is stuck in namespace ci.")


async def test_the_cursor_stays_with_its_finding_when_others_come() -> None:
    from msgspec.structs import replace

    records = shop()
    first = waiting_claim(records)
    others = [
        replace(first, subject=record.key, uid=record.uid, title=f"Trouble of {record.name}", since=None)
        for record in records
        if record.name in ("data-mysql-0", "postgres-0")
    ]
    session = StaticSession(frame_of(*records, findings=(first, *others)))
    async with driven(session) as one:
        await one.press("end")
        page = one.browse.page
        subject = page.subject
        assert subject is not None
        session.publish(frame_of(*records, findings=(replace(first, severity=first.severity), others[0], others[1])))
        worse = replace(first, subject=records[0].key, uid=records[0].uid, title="A new trouble")
        session.publish(frame_of(*records, findings=(first, *others, worse)))
        await one.sees("A new trouble")
        assert page.subject == subject


async def test_who_is_hit_is_listed_under_the_cause() -> None:
    from msgspec.structs import replace

    records = [claim(f"shop/data-{n}", phase="Pending") for n in range(3)]
    users = [pod(f"shop/web-{n}", phase="Pending", node="", claims=(f"data-{n}",)) for n in range(3)]
    class_ = Key(Kind.STORAGE_CLASS, "", "fast")
    base = waiting_claim(shop())
    findings = [
        replace(
            base,
            code="pvc-storageclass-missing",
            subject=one.key,
            uid=one.uid,
            title="Class fast does not exist",
            causes=(class_,),
            shared="Class fast does not exist. None bears its name.",
            victims=(user.key,),
        )
        for one, user in zip(records, users, strict=True)
    ]
    session = StaticSession(frame_of(*records, *users, findings=tuple(findings)))
    async with driven(session, "triage", WIDE) as one:
        await one.sees("✖ high", "Class fast does not exist", "class fast", "▸ 3 pods · 3 claims")
        assert "data-0 in shop" not in one.text.split("Why")[0]
        await one.press("enter")
        await one.sees(
            "▾ 3 pods · 3 claims", "├ waits", "pod web-0 in shop", "├ Class fast does not exist", "claim data-0"
        )
        await one.press("end")
        assert one.browse.page.subject == records[2].key
        await one.press("enter")
        await one.on_object()
        await one.sees("claim shop/data-2")
        await one.press("q", "left")
        assert one.browse.page.subject == class_
        await one.sees("▸ 3 pods · 3 claims")


async def test_copying_a_finding_takes_its_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with driven(StaticSession(shop_frame())) as one:
        monkeypatch.setattr(one.app, "copy_to_clipboard", copied.append)
        await one.press("c")
        await one.sees("Copied")
        assert "Nothing makes the volume of data-postgres-2" in copied[0]
        assert "The driver is out of space" in copied[0]


async def test_a_set_is_shown_as_a_matrix_with_what_was_left_behind() -> None:
    async with driven(StaticSession(shop_frame()), "sets") as one:
        await one.sees("StatefulSet shop/postgres", "3 wanted, 2 ready", "1 claim left behind")
        lines = [line for line in one.text.split("\n") if line[1:4].strip().isdigit()]
        assert len(lines) == 4
        assert "postgres-0" in lines[0]
        assert "Running ready" in lines[0]
        assert "ContainerCreating" in lines[2]
        assert "Pending" in lines[2]
        assert "left behind" in lines[3]


async def test_every_cell_of_the_matrix_opens_the_object_behind_it() -> None:
    async with driven(StaticSession(shop_frame()), "sets") as one:
        await one.sees("postgres-1")
        await one.press("tab")
        page = one.browse.page
        assert isinstance(page, SetsPage)
        await until(one.pilot, lambda: page.matrix.has_focus)
        await one.press("down")
        kinds = []
        for _ in range(9):
            kinds.append(page.subject.kind if page.subject is not None else None)
            await one.press("right")
        expected = {Kind.POD, Kind.NODE, Kind.PERSISTENT_VOLUME_CLAIM, Kind.PERSISTENT_VOLUME, Kind.VOLUME_ATTACHMENT}
        assert expected <= set(kinds)
        await one.press("left", "enter")
        await one.on_object()
        await one.sees("attachment csi-1")
        await one.press("q", "home")
        await one.press(*["left"] * 12, "enter")
        await one.sees("pod shop/postgres-0")


async def test_claims_of_a_set_that_is_gone_are_shown_as_inferred() -> None:
    async with driven(StaticSession(shop_frame()), "sets") as one:
        await one.sees("1 group of claims without a set")
        await one.press("o")
        await one.sees("old/data-mysql: 2 claims without a set (inferred)", "data-mysql-1")
        await one.press("tab", "down", "enter")
        await one.on_object()
        await one.sees("claim old/data-mysql-0")
        await one.press("q", "o")
        await one.sees("StatefulSet shop/postgres")


async def test_the_matrix_follows_the_set_and_the_cluster() -> None:
    records = [stateful_set("a/one", replicas=1), stateful_set("a/two", replicas=2)]
    session = StaticSession(frame_of(*records))
    async with driven(session, "sets") as one:
        await one.sees("StatefulSet a/one")
        await one.press("down")
        await one.sees("StatefulSet a/two", "two-1")
        session.publish(frame_of(records[0], stateful_set("a/two", replicas=3, metadata={"resourceVersion": "2"})))
        await one.sees("two-2")
        session.publish(frame_of(records[0]))
        await one.sees("StatefulSet a/one")


async def test_a_set_too_large_to_show_says_so() -> None:
    async with driven(StaticSession(frame_of(stateful_set("a/huge", replicas=2_000_000_000))), "sets") as one:
        await one.sees("Only the first 5,000")
