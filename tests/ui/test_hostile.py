"""Text of the cluster that would act on a terminal, on every screen: it is shown, cut or marked, and does nothing."""

import base64

import pytest
from rich.segment import Segment

from storagetui.frame import Frame
from storagetui.model.base import Record
from storagetui.model.change import FeedState
from storagetui.model.keys import Kind
from storagetui.ui.screens.browse import PAGES
from storagetui.ui.widgets.line_view import LineView
from storagetui.view.text import clean
from tests.build import (
    Json,
    attachment,
    claim,
    event,
    feed_health,
    frame_of,
    node,
    pod,
    stateful_set,
    storage_class,
    volume,
)
from tests.ui.doubles import StaticSession
from tests.ui.driving import NARROW, WIDE, Driven, driven
from tests.ui.harness import until
from tests.ui.scenes import feeds_but, namespace, waiting_claim

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\x00\x0e\x7f"
MARKUP = "[/][/red][@click=app.quit]x[/][link=https://evil]y[/][$error]["
UNSEEN = "\u202eevil\u202c\u200b\ufeff\u2028\ud83d"
WIDE_TEXT = "漢字🇩🇪👩‍👩‍👧e\u0301\u0301\u0301\u0301"
LINES = "one\r\ntwo\tthree\n\n"
HOSTILE = (ESCAPES, MARKUP, UNSEEN, WIDE_TEXT, LINES)
ALL = "".join(HOSTILE).encode("utf-8", "replace").decode()
"""JSON of a server is UTF-8, so that a lone surrogate never comes this far."""


def nasty() -> list[Record]:
    """Every kind with hostile text wherever a text can stand."""
    where: Json = {"metadata": {"labels": {ALL: ALL}, "finalizers": [ALL]}}
    name = f"n{ALL}".replace("/", "")
    message = {"type": "Resizing", "status": "True", "reason": ALL, "message": ALL}
    waiting = claim("shop/data-postgres-2", phase="Pending", spec={"storageClassName": ALL}, **where)
    bad = claim(f"shop/{name}-0", phase=ALL, size="10Gi", volume=name, status={"conditions": [message]}, **where)
    owner = stateful_set(f"shop/{name}", templates=("data", "n"), replicas=2, spec={"serviceName": ALL}, **where)
    container = {"name": ALL, "ready": False, "state": {"waiting": {"reason": ALL, "message": ALL}}}
    status = {"phase": "Pending", "reason": ALL, "message": ALL, "containerStatuses": [container]}
    user = pod("shop/postgres-2", claims=("data-postgres-2", f"{name}-0"), node=name, owner=f"StatefulSet/{name}")
    broken = pod(
        f"shop/{name}-0", phase="Pending", node=name, claims=(f"{name}-0",), owner=f"StatefulSet/{name}", status=status
    )
    held = attachment(f"csi-{name}", volume=name, node=name, attached=False, status={"attachError": {"message": ALL}})
    records: list[Record] = [waiting, bad, owner, user, broken, held, node(name, ready="Unknown", zone=ALL)]
    records += [namespace(name), namespace("shop"), storage_class(name), volume(name, claim=f"shop/{name}-0", zone=ALL)]
    records += [event(record, ALL, ALL, source=ALL) for record in records[:6]]
    return records


def nasty_frame() -> Frame:
    from msgspec.structs import replace

    records = nasty()
    finding = replace(waiting_claim(records), title=ALL, explanation=ALL, next_step=ALL)
    lost = (
        feed_health(Kind.POD, FeedState.STALE, ALL, was_listed=True),
        feed_health(Kind.NODE, FeedState.FORBIDDEN, ALL, was_listed=True),
    )
    return frame_of(*records, findings=(finding,), feeds=feeds_but(*lost))


def check(one: Driven) -> None:
    """All that is on screen is printable, its cells add up, and nothing of it is markup that was obeyed."""
    width = one.app.size.width
    for strip in one.app.screen._compositor.render_strips():
        segments: list[Segment] = list(strip)
        text = "".join(segment.text for segment in segments)
        assert text.isprintable(), repr(text)
        assert sum(segment.cell_length for segment in segments) == width
        for segment in segments:
            assert segment.style is None or segment.style.link is None
            assert segment.style is None or "@click" not in segment.style.meta
    for view in one.app.screen.query("*"):
        if not isinstance(view, LineView):
            continue
        for y in range(view.size.height):
            line = view.render_line(y)
            assert line.text.isprintable()
            assert line.cell_length == view.cells


@pytest.mark.parametrize("size", [NARROW, WIDE, (33, 12)])
@pytest.mark.parametrize("page", PAGES)
async def test_every_screen_shows_hostile_text_harmlessly(page: str, size: tuple[int, int]) -> None:
    async with driven(StaticSession(nasty_frame()), page, size) as one:
        check(one)
        for keys in (
            ("down",),
            ("tab", "down"),
            ("end",),
            ("slash", "n"),
            ("escape", "v"),
            ("c",),
        ):
            await one.press(*keys)
            check(one)
        assert one.app.is_running


@pytest.mark.parametrize("size", [NARROW, WIDE, (33, 12)])
async def test_dialogs_show_hostile_text_harmlessly(size: tuple[int, int]) -> None:
    async with driven(StaticSession(nasty_frame()), "claims", size) as one:
        await one.press("f")
        await one.sees("Feeds")
        assert one.app.screen.is_modal
        check(one)
        await one.press("q", "n")
        await one.sees("Namespace")
        assert one.app.screen.is_modal
        check(one)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_an_object_shows_hostile_text_harmlessly_in_all_its_parts(size: tuple[int, int]) -> None:
    frame = nasty_frame()
    session = StaticSession(frame)
    for key in frame.cluster.objects[Kind.POD]:
        metadata = {"name": key.name, "uid": "", "annotations": {ALL: ALL}}
        session.objects[key] = {"metadata": metadata, "status": {"message": ALL, ALL: [ALL, {"x": ALL}]}}
    async with driven(session, "pods", size) as one:
        for _ in range(2):
            await one.press("enter")
            await one.on_object()
            for part in ("d", "l", "e", "y"):
                await one.press(part)
                check(one)
            await until(one.pilot, lambda: "read 14:02:11" in one.text)
            check(one)
            await one.press("q", "down")


async def test_what_is_copied_is_clean() -> None:
    written: list[str] = []
    async with driven(StaticSession(nasty_frame()), "claims", NARROW) as one:
        driver = one.app._driver
        assert driver is not None
        write = driver.write
        driver.write = lambda data: (written.append(data), write(data))[1]  # type: ignore[method-assign,func-returns-value]
        await one.press("c")
        await one.sees("Copied")
        sent = next(data for data in written if data.startswith("\x1b]52;"))
        text = base64.b64decode(sent.split(";")[2].rstrip("\a\x1b\\")).decode()
        assert all(line.isprintable() for line in text.split("\n"))


async def test_a_hostile_context_and_user_are_cleaned() -> None:
    import msgspec

    session = StaticSession(nasty_frame())
    session.identity = msgspec.structs.replace(session.identity, context=ALL, server=ALL, user=ALL)
    async with driven(session, "claims") as one:
        check(one)
        await one.press("f")
        check(one)


def test_all_of_it_is_hostile() -> None:
    assert all(clean(text) != text or text == MARKUP for text in HOSTILE)
