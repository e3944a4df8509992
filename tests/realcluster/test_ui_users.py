"""What people with few rights see: what may be seen, and which right is missing for the rest."""

import asyncio
import re
from functools import partial

from tests.realcluster.lab import Lab
from tests.realcluster.screen import Terminal, terminal

TABLES = {"3": "#claims-table", "4": "#volumes-table", "5": "#pods-table", "6": "#attachments-table"}
FORBIDDEN = re.compile(r"✖ (\d+) forbidden")


def _forbidden(seen: Terminal) -> int:
    """How many kinds of objects are forbidden, as the header counts them."""
    found = FORBIDDEN.search(seen.part("#status-bar")[0])
    return int(found[1]) if found else 0


async def _stage(lab: Lab) -> str:
    """A claim that a pod uses; returns the name of its volume."""
    lab.add_claim("data")
    lab.add_pod("reader", "data")
    await asyncio.to_thread(lab.wait_running, "reader")
    volume = lab.volume_of("data")
    assert volume is not None
    return str(volume["metadata"]["name"])


async def _go(seen: Terminal, key: str) -> None:
    """Go to a table and give it the whole width."""
    await seen.press(key, "v")


async def test_people_see_what_they_may_and_are_told_the_rest(lab: Lab) -> None:
    volume = await _stage(lab)
    await _viewer(lab, volume)
    await _restricted(lab, volume)
    await _tenant(lab)
    await _nobody(lab)


async def _viewer(lab: Lab, volume: str) -> None:
    async with terminal(lab.kubeconfig("viewer"), screen="claims", namespace=lab.namespace) as seen:
        await _go(seen, "3")
        row = await seen.until(lambda: seen.row("#claims-table", NAME="data"))
        assert row["STATE"] == "Bound"
        await _go(seen, "6")
        row = await seen.until(lambda: seen.row("#attachments-table", STATE="attached"))
        assert row["VOLUME"] == volume
        await seen.until_says("● live", part="#status-bar")


async def _restricted(lab: Lab, volume: str) -> None:
    """May see claims, pods, sets and events, and no volumes, attachments or nodes."""
    async with terminal(lab.kubeconfig("restricted"), namespace=lab.namespace) as seen:
        await seen.until_says("Nothing found", "not everything may be seen: f says what is missing")
        await _go(seen, "3")
        row = await seen.until(lambda: seen.row("#claims-table", NAME="data"))
        assert (row["STATE"], row["USED BY"], row["ZONE"]) == ("Bound", "reader", "?")
        await seen.until(lambda: _forbidden(seen) > 5, "the header counts what is forbidden")
        await seen.until_says(
            "✖ You may not list volumes, attachments and nodes. persistentvolumes is forbidden: User", part="#notice"
        )
        for key, noun, resource in (("4", "volumes", "persistentvolumes"), ("6", "attachments", "volumeattachments")):
            await seen.press(key)
            part = TABLES[key]
            await seen.until_says(f"You may not list {noun}.", part=part)
            assert seen.says(f'User "restricted" cannot list resource "{resource}"', part)
            assert seen.says(f"ask for the verbs get, list and watch on {resource}", part)
        await _go(seen, "5")
        row = await seen.until(lambda: seen.row("#pods-table", NAME="reader"))
        assert (row["STATUS"], row["NODE STATE"]) == ("Running", "?")
        await seen.press("enter")
        await seen.until_says("Status Running", f"{volume}", part="#object-text")
        await seen.press("escape", "f")
        for words in ("✖ forbidden volumes", "✖ forbidden attachments", "✖ forbidden nodes", "● live claims"):
            await seen.until(partial(_is_listed, seen, words), words)


def _is_listed(seen: Terminal, words: str) -> bool:
    """Whether the page of feeds has a line for a kind in that state; between them stands how many there are."""
    glyph, state, noun = words.split()
    pattern = re.compile(rf"{glyph} {state} +(?:\d+|\?) +{noun} ")
    return any(pattern.search(line) for line in seen.lines)


async def _tenant(lab: Lab) -> None:
    """May see what is in the namespace and must not look anywhere else."""
    async with terminal(lab.kubeconfig("tenant"), screen="claims", namespace=lab.namespace) as seen:
        await _go(seen, "3")
        row = await seen.until(lambda: seen.row("#claims-table", NAME="data"))
        assert row["STATE"] == "Bound"
        assert row["USED BY"].startswith("reader")
        await _go(seen, "5")
        row = await seen.until(lambda: seen.row("#pods-table", NAME="reader"))
        assert row["STATUS"] == "Running"
        await seen.press("f")
        await seen.until_says("forbidden", part="#reading-text")


async def _nobody(lab: Lab) -> None:
    async with terminal(lab.kubeconfig("nobody"), namespace=lab.namespace) as seen:
        await seen.until_says("? pods", "? claims", "? volumes", part="#status-bar")
        await seen.until(lambda: _forbidden(seen) > 15, "all is forbidden")
        await seen.until_says("not everything may be seen: f says what is missing")
        for key, noun in (("3", "claims"), ("4", "volumes"), ("5", "pods"), ("6", "attachments")):
            await seen.press(key)
            await seen.until_says(f"You may not list {noun}.", part=TABLES[key])
        await seen.press("2")
        await seen.until_says("You may not list sets.", part="#sets-table")
        await seen.press("f")
        await seen.until_says('User "nobody" cannot list resource', part="#reading-text")
        await seen.press("escape", "n")
        await seen.until_says("Namespaces may not be listed")
