"""What the screen says while nothing is heard from the API server, and that it shows the truth again afterwards."""

import asyncio
import http.client
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.realcluster.lab import CLAIMS, Lab
from tests.realcluster.programs import API_SERVER
from tests.realcluster.screen import Terminal, terminal
from tests.realcluster.tcp_proxy import Wire

TABLE = "#claims-table"
MINUTE_S = 60
QUIET = re.compile(r"Nothing heard about claims.* since \d\d:\d\d:\d\d \(\d+[ms].*\)\. (\w+ ){3}")
"""Of what, since when, and the beginning of why."""
STALE = re.compile(r"▲ \d+ stale \d+s")


@asynccontextmanager
async def _claims(lab: Lab, kubeconfig: Path) -> AsyncIterator[Terminal]:
    """The Claims screen with two claims, live."""
    for name in ("kept", "lost"):
        lab.add_claim(name)
    async with terminal(kubeconfig, screen="claims", namespace=lab.namespace) as seen:
        await seen.press("v")  # the whole width for the table
        await seen.until(lambda: _names(seen) == {"kept", "lost"}, "both claims")
        await seen.until_says("● live", part="#status-bar")
        yield seen


def _names(seen: Terminal) -> set[str]:
    return {row["NAME"] for row in seen.rows(TABLE)}


async def _until_stale(seen: Terminal, *why: str) -> None:
    """The header says so and for how long, the line over the table says what, since when and why; the rows stay."""
    await seen.until(lambda: STALE.search(seen.part("#status-bar")[0]), "stale in the header", 30)
    await seen.until(lambda: any(QUIET.search(line) for line in seen.part("#notice")), "a notice over the table", 30)
    assert _names(seen) == {"kept", "lost"}
    await seen.press("f")
    for text in why:
        await seen.until_says(text, part="#reading-text")
    assert seen.says("the connection is tried again without your doing", "#reading-text")
    assert re.search(r"▲ stale +\d+ +claims", "\n".join(seen.part("#reading-text")))
    await seen.press("escape")


def _is_told(seen: Terminal) -> bool:
    """Whether a line says that nothing is heard; which kinds it names first is as their watches broke."""
    return any("Nothing heard about " in line for line in seen.part("#notice"))


async def _until_live(seen: Terminal, *names: str) -> None:
    """Header and table are as if nothing had been, and the rows are what there is."""
    await seen.until(lambda: _names(seen) == set(names), f"claims {names}", 90)
    await seen.until_says("● live", part="#status-bar", within_s=90)
    assert seen.part("#notice") == []
    assert _names(seen) == set(names)


async def test_a_cut_watch_is_told_and_what_went_meanwhile_is_gone(lab: Lab, tmp_path: Path) -> None:
    async with (
        Wire(lab.cluster.server).open() as wire,
        _claims(lab, wire.kubeconfig(lab.kubeconfig(), tmp_path)) as seen,
    ):
        wire.cut()
        await _until_stale(seen, wire.url)
        await seen.press("1")
        await seen.until(lambda: _is_told(seen), "a notice over the findings")
        await seen.press("3", "end", "enter")
        await seen.until_says(f"claim {lab.namespace}/lost", part="#object-title")
        await seen.until(lambda: _is_told(seen), "a notice over the object")
        lab.rest.delete(lab.path(CLAIMS, "lost"))
        lab.add_claim("new")
        wire.mend()
        await seen.until_says("This object has been deleted", part="#object-gone")
        await seen.press("escape")
        await _until_live(seen, "kept", "new")


async def test_a_wire_that_is_silent_is_told_although_no_connection_broke(lab: Lab, tmp_path: Path) -> None:
    async with (
        Wire(lab.cluster.server).open() as wire,
        _claims(lab, wire.kubeconfig(lab.kubeconfig(), tmp_path)) as seen,
    ):
        wire.hold()
        await _until_stale(seen, "The server does not answer.")
        lab.rest.delete(lab.path(CLAIMS, "lost"))
        wire.mend()
        await _until_live(seen, "kept")


@pytest.mark.disruptive
async def test_a_position_that_the_server_has_forgotten_is_listed_anew(lab: Lab, tmp_path: Path) -> None:
    async with (
        Wire(lab.cluster.server).open() as wire,
        _claims(lab, wire.kubeconfig(lab.kubeconfig(), tmp_path)) as seen,
    ):
        wire.cut()
        await _until_stale(seen)
        claim = lab.claim("lost")
        assert claim is not None
        old = claim["metadata"]["resourceVersion"]
        lab.rest.delete(lab.path(CLAIMS, "lost"))
        lab.add_claim("new")
        await asyncio.to_thread(lab.cluster.compact)
        lab.cluster.stop_api_server()
        await asyncio.to_thread(lab.cluster.start_api_server)
        query = f"watch=1&timeoutSeconds=5&resourceVersion={old}"
        told = await asyncio.to_thread(lab.rest.call, "GET", f"{lab.path(CLAIMS)}?{query}")
        assert (told["type"], told["object"]["code"]) == ("ERROR", http.client.GONE)
        wire.mend()
        await _until_live(seen, "kept", "new")


@pytest.mark.disruptive
async def test_a_killed_server_is_told_and_its_return_seen(lab: Lab) -> None:
    async with _claims(lab, lab.kubeconfig()) as seen:
        lab.rest.delete(lab.path(CLAIMS, "lost"))
        lab.cluster.stop_api_server()
        await seen.until(lambda: STALE.search(seen.part("#status-bar")[0]), "stale in the header", 30)
        await seen.press("f")
        await seen.until_says("nothing listens there: is the API server running", part="#reading-text")
        await seen.press("escape")
        await asyncio.to_thread(lab.cluster.start_api_server)
        await _until_live(seen, "kept")


@pytest.mark.disruptive
async def test_a_server_that_is_away_from_the_start_is_told_and_waited_for(lab: Lab) -> None:
    lab.add_claim("kept")
    lab.cluster.stop_api_server()
    async with terminal(lab.kubeconfig(), screen="claims", namespace=lab.namespace) as seen:
        await seen.until_says("nothing listens there: is the API server running", part=TABLE)
        await seen.until_says("? claims", part="#status-bar")
        assert not seen.says("There are no claims")
        await seen.press("1")
        await seen.until_says("not everything has been heard of yet")
        await seen.press("3", "v")
        await asyncio.to_thread(lab.cluster.start_api_server)
        await _until_live(seen, "kept")


@pytest.mark.disruptive
async def test_a_server_stopped_for_a_minute_is_told_and_its_return_seen(lab: Lab) -> None:
    async with _claims(lab, lab.kubeconfig()) as seen:
        lab.cluster.hang(API_SERVER)
        stopped = asyncio.get_running_loop().time()
        try:
            await _until_stale(seen, "The server does not answer.")
            minute = re.compile(r"▲ \d+ stale (\d+)s")
            await seen.until(partial(_is_past, seen, minute, MINUTE_S), "a minute of silence", MINUTE_S + 30)
            assert asyncio.get_running_loop().time() - stopped > MINUTE_S - 10
            deleting = asyncio.create_task(asyncio.to_thread(lab.rest.delete, lab.path(CLAIMS, "lost")))
            assert _names(seen) == {"kept", "lost"}
        finally:
            lab.cluster.resume(API_SERVER)
        assert await deleting
        await _until_live(seen, "kept")


def _is_past(seen: Terminal, pattern: re.Pattern[str], seconds: int) -> bool:
    found = pattern.search(seen.part("#status-bar")[0])
    return found is not None and int(found[1]) >= seconds
