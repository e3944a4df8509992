"""How a list is asked for where the server speaks protobuf: a first page, then one body, and pages where that fails."""

import asyncio
from typing import Any

import pytest

from storagetui.kube import listing
from storagetui.kube.codec import ListPart
from storagetui.kube.codecs import JSON, PROTOBUF
from storagetui.kube.errors import ConnectionLost, Forbidden, StatusError
from storagetui.kube.habits import Habits
from storagetui.kube.listing import FIRST_PAGE, PAGE, Listed, Listing, Progress
from storagetui.model.change import Feed, FeedState
from storagetui.model.keys import Kind
from tests.kube import protobuf_bodies as bodies
from tests.kube.scripted import CUT, Reply, ScriptedApi, Step, claim_wire, page, quiet, refusal, script
from tests.kube.story import CLAIMS, story_of

pytestmark = pytest.mark.looptime
HEADERS = {"Content-Type": PROTOBUF}
FIRST = {"limit": str(FIRST_PAGE)}


def body(start: int, count: int, version: str = "5", **meta: Any) -> bytes:
    wires = [claim_wire(f"data-{number}") for number in range(start, start + count)]
    return bodies.list_body(Kind.PERSISTENT_VOLUME_CLAIM, wires, version=version, **meta)


def reply(*steps: Step, **over: Any) -> Reply:
    return Reply(steps, headers=HEADERS, **over)


def first(remaining: int | None = 2000, token: str = "p2") -> Reply:
    return reply(body(0, 100, token=token, remaining=remaining))


async def listed(target: Listing) -> tuple[list[ListPart | Progress | Listed], Listed]:
    parts = [part async for part in target.parts()]
    assert isinstance(parts[-1], Listed)
    return parts, parts[-1]


def names(end: Listed) -> set[str]:
    return {key.name for key in end.keys}


def queries(api: ScriptedApi) -> list[dict[str, str]]:
    return [asked.query for asked in api.lists]


async def test_protobuf_is_asked_for_and_json_where_there_is_no_other() -> None:
    api = script([reply(body(0, 1))], [])
    await listed(Listing(api, CLAIMS, Habits()))
    assert dict(api.lists[0].request.headers) == {"Accept": f"{PROTOBUF},{JSON};q=0.5"}
    api = script([page([], "5")], [])
    await listed(Listing(api, Feed(Kind.VOLUME_SNAPSHOT_CLASS), Habits()))
    assert dict(api.lists[0].request.headers) == {"Accept": JSON}


async def test_a_short_list_is_one_request() -> None:
    api = script([reply(body(0, 60, version="7"))], [])
    parts, end = await listed(Listing(api, CLAIMS, Habits()))
    assert queries(api) == [FIRST]
    assert (end.version, len(end.keys), parts[0]) == ("7", 60, Progress(0))


async def test_a_few_hundred_more_are_one_page() -> None:
    api = script([first(PAGE), reply(body(100, 500, version="9"))], [])
    _, end = await listed(Listing(api, CLAIMS, Habits()))
    assert queries(api) == [FIRST, {"limit": str(PAGE), "continue": "p2"}]
    assert (end.version, len(end.keys)) == ("9", 600)


@pytest.mark.parametrize("remaining", [2000, None])
async def test_many_more_are_one_body_that_is_all_there_is(remaining: int | None) -> None:
    # Of the first page, data-0 is gone by then.
    api = script([first(remaining), reply(body(1, 2099, version="9"))], [])
    parts, end = await listed(Listing(api, CLAIMS, Habits()))
    assert queries(api) == [FIRST, {}]
    assert dict(api.lists[1].request.headers)["Accept-Encoding"] == "identity"
    assert names(end) == {f"data-{number}" for number in range(1, 2100)}
    assert end.version == "9"
    told = [(part.listed, part.expected) for part in parts if isinstance(part, Progress)]
    total = None if remaining is None else 2100
    assert told[:2] == [(0, None), (100, total)]
    assert [expected for _, expected in told[2:]] == [total] * len(told[2:])
    assert len(told) >= 5


async def test_a_list_of_a_selector_has_it_in_every_request() -> None:
    api = script([first(None), reply(body(0, 300))], [])
    await listed(Listing(api, Feed(Kind.PERSISTENT_VOLUME_CLAIM, "shop", "metadata.name=x"), Habits()))
    assert queries(api) == [{**FIRST, "fieldSelector": "metadata.name=x"}, {"fieldSelector": "metadata.name=x"}]


async def test_a_total_that_is_too_low_grows_with_what_comes() -> None:
    api = script([first(600), reply(body(0, 3000))], [])
    parts, _ = await listed(Listing(api, CLAIMS, Habits()))
    told = [part for part in parts if isinstance(part, Progress)][2:]
    assert all(one.expected is not None and one.expected >= max(700, one.listed) for one in told)


async def test_a_body_that_breaks_is_listed_again_and_after_the_second_break_in_pages() -> None:
    broken = reply(body(0, 2100)[:-5000], CUT)
    pages = [first(), reply(body(100, 500, token="p3", remaining=1500)), reply(body(600, 1500, version="9"))]
    api = script([first(), broken, first(), broken, *pages], [])
    target = Listing(api, CLAIMS, Habits())
    for _ in range(2):
        with pytest.raises(ConnectionLost):
            await listed(target)
    _, end = await listed(target)
    assert queries(api)[:4] == [FIRST, {}, FIRST, {}]
    assert queries(api)[4:] == [FIRST, *({"limit": str(PAGE), "continue": token} for token in ("p2", "p3"))]
    assert "Accept-Encoding" not in dict(api.lists[-1].request.headers)
    assert (end.version, len(end.keys)) == ("9", 2100)


async def test_a_break_of_a_page_is_none_of_a_body() -> None:
    broken = reply(body(0, 100)[:-10], CUT)
    api = script([broken, broken, broken, first(), reply(body(0, 2100))], [])
    target = Listing(api, CLAIMS, Habits())
    for _ in range(3):
        with pytest.raises(ConnectionLost):
            await listed(target)
    await listed(target)
    assert queries(api)[-1] == {}


def slowly(whole: bytes, rate: float) -> Reply:
    """A body that arrives at so many bytes a second."""
    size = 1 << 14
    steps: list[Step] = []
    for chunk in bodies.chunks(whole, size):
        steps += [chunk, size / rate]
    return reply(*steps)


async def test_on_a_slow_link_the_rest_comes_in_compressed_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_JUDGED_AFTER", 1 << 16)
    monkeypatch.setattr(listing, "_LARGE", 1 << 17)
    habits = Habits()
    pages = [reply(body(0, 500, token="p2", remaining=1600)), reply(body(500, 1600, version="9"))]
    api = script([first(), slowly(body(0, 2100), 5e6), *pages], [])
    _, end = await listed(Listing(api, CLAIMS, habits))
    assert queries(api) == [FIRST, {}, {"limit": str(PAGE)}, {"limit": str(PAGE), "continue": "p2"}]
    assert "Accept-Encoding" not in dict(api.lists[2].request.headers)
    assert (end.version, len(end.keys)) == ("9", 2100)
    # The next large list of the session is not tried in one body.
    api = script([first(), reply(body(100, 2000, version="9"))], [])
    await listed(Listing(api, CLAIMS, habits))
    assert queries(api) == [FIRST, {"limit": str(PAGE), "continue": "p2"}]
    # A short one is.
    api = script([first(600), reply(body(0, 700, version="9"))], [])
    await listed(Listing(api, CLAIMS, habits))
    assert queries(api) == [FIRST, {}]


async def test_a_body_of_which_most_has_come_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_JUDGED_AFTER", 1 << 16)
    monkeypatch.setattr(listing, "_LARGE", 1 << 10)
    whole = body(0, 2100)
    cut = len(whole) * 2 // 3
    fast, slow = reply(whole[:cut]), slowly(whole[cut:], 1e5)
    api = script([first(), reply(*fast.body, *slow.body)], [])
    _, end = await listed(Listing(api, CLAIMS, Habits()))
    assert (queries(api), len(end.keys)) == ([FIRST, {}], 2100)


async def test_a_link_that_several_lists_share_is_judged_by_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_JUDGED_AFTER", 1 << 16)
    monkeypatch.setattr(listing, "_LARGE", 1 << 16)
    habits = Habits()
    api = [script([first(), slowly(body(0, 2100), 8e6)], []) for _ in range(4)]
    await asyncio.gather(*(listed(Listing(one, CLAIMS, habits)) for one in api))
    assert [queries(one) for one in api] == [[FIRST, {}]] * 4


async def test_a_token_that_expired_gives_one_body() -> None:
    expired = refusal(410, "Expired", "The provided continue parameter is too old")
    api = script([first(400), expired, reply(body(50, 600, version="9"))], [])
    _, end = await listed(Listing(api, CLAIMS, Habits()))
    assert queries(api) == [FIRST, {"limit": str(PAGE), "continue": "p2"}, {}]
    assert names(end) == {f"data-{number}" for number in range(50, 650)}


async def test_a_server_that_answers_json_is_asked_for_pages() -> None:
    wires = [claim_wire(f"data-{number}") for number in range(1200)]
    pages = [
        page(wires[:100], "5", token="p2", remaining=1100),
        page(wires[100:600], "5", token="p3", remaining=600),
        page(wires[600:], "5"),
    ]
    api = script(pages, [])
    _, end = await listed(Listing(api, CLAIMS, Habits()))
    assert queries(api) == [FIRST, *({"limit": str(PAGE), "continue": token} for token in ("p2", "p3"))]
    assert len(end.keys) == 1200


async def test_a_proxy_that_turns_the_body_into_json_is_understood() -> None:
    api = script([first(), page([claim_wire("a")], "9")], [])
    _, end = await listed(Listing(api, CLAIMS, Habits()))
    assert names(end) == {"a"}


@pytest.mark.parametrize(
    ("code", "reason", "kind"), [(403, "Forbidden", Forbidden), (500, "InternalError", StatusError)]
)
async def test_a_refusal_in_protobuf_says_why(code: int, reason: str, kind: type[StatusError]) -> None:
    said = bodies.envelope("Status", bodies.status(code, reason, "User cannot list"))
    api = script([reply(said, status=code)], [])
    with pytest.raises(kind, match="User cannot list") as caught:
        await listed(Listing(api, CLAIMS, Habits()))
    assert (type(caught.value), caught.value.status.reason) == (kind, reason)


async def test_a_refusal_that_only_looks_like_protobuf_is_told_all_the_same() -> None:
    api = script([reply(bodies.MAGIC + b"\xff\xff", status=503)], [])
    with pytest.raises(StatusError) as caught:
        await listed(Listing(api, CLAIMS, Habits()))
    assert caught.value.status.code == 503


async def test_a_feed_lists_and_watches_in_protobuf() -> None:
    changes = reply(
        1.0,
        bodies.event("MODIFIED", Kind.PERSISTENT_VOLUME_CLAIM, claim_wire("data-1", "9")),
        bodies.event("DELETED", Kind.PERSISTENT_VOLUME_CLAIM, claim_wire("data-2", "10")),
        bodies.bookmark(Kind.PERSISTENT_VOLUME_CLAIM, "11"),
        1.0,
    )
    api = script([reply(body(0, 3, version="5"))], [changes, quiet()])
    story = await story_of(api, 20.0)
    assert dict(api.watches[0].request.headers)["Accept"].startswith(PROTOBUF)
    assert story.states[:3] == [FeedState.CONNECTING, FeedState.LISTING, FeedState.LIVE]
    assert story.shown() == {"data-0": "1", "data-1": "9"}
    assert api.watches[1].query["resourceVersion"] == "11"
