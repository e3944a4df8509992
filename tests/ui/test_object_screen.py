"""An object's own screen: it belongs to a uid, and says so when that uid is gone."""

from datetime import timedelta

import pytest

from storagetui.model.keys import Key, Kind
from tests.build import NOW, Json, claim, event, frame_of, node, pod, volume
from tests.ui.doubles import StaticSession
from tests.ui.driving import NARROW, WIDE, driven
from tests.ui.harness import until
from tests.ui.scenes import shop_frame

CLAIM = Key(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "data-0")
UID = claim("shop/data-0").uid


def wire(version: str, uid: str = UID, **spec: str) -> Json:
    managed = [{"manager": "kube-controller-manager"}]
    metadata = {"name": "data-0", "namespace": "shop", "uid": uid, "resourceVersion": version, "managedFields": managed}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_enter_opens_the_object_with_its_description_chain_and_events(size: tuple[int, int]) -> None:
    async with driven(StaticSession(shop_frame()), "claims", size) as one:
        await one.press("end", "enter")
        await one.on_object()
        await one.sees("claim shop/data-postgres-3", "postgres", "Bound")
        await one.press("q", "up", "enter")
        await one.on_object()
        await one.sees("claim shop/data-postgres-2", "Nothing makes the volume")
        await one.press("l")
        await one.sees("pod postgres-2", "◂ this")
        await one.press("e")
        await one.sees("ProvisioningFailed", "out of space", "×4")
        await one.press("backspace")
        await one.sees("[Claims]")


async def test_links_of_the_chain_open_and_one_comes_back_step_by_step() -> None:
    async with driven(StaticSession(shop_frame()), "claims") as one:
        await one.press("slash", *"data-postgres-1", "enter", "enter")
        await one.on_object()
        await one.press("l", "down", "enter")
        await one.sees("volume pv-data-postgres-1")
        await one.press("l", "home", "enter")
        await one.sees("set shop/postgres")
        await one.press("q")
        await one.sees("volume pv-data-postgres-1")
        await one.press("q")
        await one.sees("claim shop/data-postgres-1")
        await one.press("q")
        await one.sees("[Claims]")


async def test_its_events_are_followed_while_it_is_open_and_no_longer() -> None:
    session = StaticSession(shop_frame())
    async with driven(session, "claims") as one:
        await one.press("enter")
        await one.on_object()
        await until(one.pilot, lambda: len(session.followed) == 1)
        opened = session.followed[0]
        assert opened == one.object.key
        await one.press("question_mark")
        await one.sees("Leave the program")
        assert session.followed == [opened]
        await one.press("q", "q")
        await one.sees("[Claims]")
        await until(one.pilot, lambda: session.followed == [])


async def test_only_the_object_on_top_is_followed() -> None:
    session = StaticSession(shop_frame())
    async with driven(session, "claims") as one:
        await one.press("slash", *"data-postgres-1", "enter", "enter")
        await one.on_object()
        await one.press("l", "down", "enter")
        await one.sees("volume pv-data-postgres-1")
        await until(one.pilot, lambda: [key.name for key in session.followed] == ["pv-data-postgres-1"])
        await one.press("q")
        await until(one.pilot, lambda: [key.name for key in session.followed] == ["data-postgres-1"])


async def test_new_events_come_in_while_one_looks() -> None:
    record = claim("shop/data-0")
    session = StaticSession(frame_of(record))
    async with driven(session, "claims") as one:
        await one.press("enter")
        await one.on_object()
        await one.sees("No events")
        session.publish(frame_of(record, event(record, "Resizing", "external resizer is resizing", warning=False)))
        await one.sees("Resizing", "external resizer", "Events: 1")


async def test_a_deleted_object_is_shown_as_it_was_and_said_to_be_gone() -> None:
    session = StaticSession(frame_of(claim("shop/data-0", size="7Gi"), claim("shop/data-1")))
    async with driven(session, "claims") as one:
        await one.press("enter")
        await one.on_object()
        session.publish(frame_of(claim("shop/data-1"), at=NOW + timedelta(seconds=5)))
        await one.sees("This object has been deleted", "last seen at 14:02:11", "7Gi")


async def test_another_object_of_the_same_name_is_never_shown_in_its_place() -> None:
    session = StaticSession(frame_of(claim("shop/data-0", size="7Gi")))
    async with driven(session, "claims") as one:
        await one.press("enter")
        await one.on_object()
        other = claim("shop/data-0", size="9Gi", metadata={"uid": "another", "resourceVersion": "9"})
        session.publish(frame_of(other))
        await one.sees("Another object has this name now", "7Gi")
        assert "9Gi" not in one.text
        session.objects[CLAIM] = wire("9", uid="another")
        await one.press("y")
        await one.press("r")
        await one.sees("9Gi")
        assert one.object.uid == "another"
        await one.misses("Another object has this name now")
        await one.press("q")
        await one.sees("[Claims]")


async def test_a_kind_that_goes_out_of_view_is_not_called_deleted() -> None:
    from storagetui.model.change import FeedState
    from tests.build import feed_health, live_feeds

    session = StaticSession(frame_of(claim("shop/data-0")))
    async with driven(session, "claims") as one:
        await one.press("enter")
        await one.on_object()
        lost = live_feeds(feed_health(Kind.PERSISTENT_VOLUME_CLAIM, FeedState.FORBIDDEN, "claims is forbidden"))
        session.publish(frame_of(feeds=lost))
        await one.sees("not in view any more", "You may not list claims")
        assert "deleted" not in one.text


async def test_yaml_is_read_on_demand_and_again_when_the_object_changes() -> None:
    session = StaticSession(frame_of(claim("shop/data-0")))
    session.objects[CLAIM] = wire("1", storageClassName="fast")
    async with driven(session, "claims") as one:
        await one.press("enter")
        await one.on_object()
        assert session.reads == []
        await one.press("y")
        await one.sees("storageClassName: fast", "resource version 1", "read 14:02:11")
        assert "managedFields" not in one.text
        session.objects[CLAIM] = wire("2", storageClassName="slow")
        session.publish(frame_of(claim("shop/data-0", metadata={"resourceVersion": "2"})))
        session.pass_time(1)
        await until(one.pilot, lambda: _tick(one.app) and "storageClassName: slow" in one.text)
        assert len(session.reads) == 2
        await one.press("d")
        await one.misses("storageClassName: slow")


async def test_yaml_that_cannot_be_read_says_why_and_can_be_tried_again() -> None:
    session = StaticSession(frame_of(claim("shop/data-0")))
    async with driven(session, "claims") as one:
        await one.press("enter")
        await one.on_object()
        await one.press("y")
        await one.sees("could not be read", "tries again")
        session.objects[CLAIM] = wire("1", storageClassName="fast")
        await one.press("r")
        await one.sees("storageClassName: fast")


async def test_yaml_of_another_object_is_not_shown() -> None:
    session = StaticSession(frame_of(claim("shop/data-0")))
    session.objects[CLAIM] = wire("1", uid="another", storageClassName="fast")
    async with driven(session, "claims") as one:
        await one.press("enter")
        await one.on_object()
        await one.press("y")
        await one.sees("another object had this name")
        assert "storageClassName" not in one.text


async def test_the_arrow_keys_walk_through_the_parts_on_a_narrow_screen() -> None:
    session = StaticSession(shop_frame())
    session.objects = {}
    async with driven(session, "pods", NARROW) as one:
        await one.press("enter")
        await one.on_object()
        for part in ("links", "events", "YAML", "describe"):
            await one.press("right")
            await until(one.pilot, lambda part=part: f"{part}]" in one.text)  # type: ignore[misc]  # bound now
        await one.press("left")
        await until(one.pilot, lambda: "[YAML]" in one.text)


async def test_copying_takes_the_part_that_has_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    session = StaticSession(frame_of(claim("shop/data-0"), volume("pv-data-0", claim="shop/data-0")))
    copied: list[str] = []
    async with driven(session, "claims") as one:
        monkeypatch.setattr(one.app, "copy_to_clipboard", copied.append)
        await one.press("enter")
        await one.on_object()
        await one.press("l")
        await until(one.pilot, lambda: getattr(one.app.focused, "id", "") == "object-chain")
        await one.press("c")
        await one.sees("Copied", "Sent to the clipboard")
        assert copied[0].startswith("claim shop/data-0\n\n")
        assert "pv pv-data-0" in copied[0]


async def test_objects_of_any_kind_have_a_screen() -> None:
    frame = frame_of(pod("shop/db-0", claims=("data-0",)), claim("shop/data-0"), node("node-a"))
    async with driven(StaticSession(frame), "pods") as one:
        await one.press("enter")
        await one.on_object()
        await one.press("l", "end", "enter")
        await one.sees("node node-a")


def _tick(app: object) -> bool:
    app._tick()  # type: ignore[attr-defined]
    return True
