import asyncio
from typing import Any

import pytest

from storagetui.kube.api import Request
from storagetui.kube.errors import ConnectionLost
from storagetui.sim import refusal
from storagetui.sim.faults import (
    Again,
    Alter,
    Cut,
    Delay,
    ErrorEvent,
    Insert,
    Lose,
    Lost,
    Match,
    Overrun,
    Page,
    Refuse,
    Repeat,
    Silence,
    Slow,
)
from storagetui.sim.server import SimApi
from storagetui.sim.store import ObjectStore
from tests.sim.client import Client, Events, names
from tests.sim.given import CLAIMS, PODS, claim, pod

LIST = "/api/v1/namespaces/shop/persistentvolumeclaims"
WATCH = Match(verb="watch", resource=CLAIMS)


def fill(store: ObjectStore, count: int = 5) -> None:
    for number in range(count):
        store.create(CLAIMS, claim(f"c-{number}"))


async def told(events: Events) -> list[str]:
    """The names in all events up to the end, or the break, of a watch; a break is the last word."""
    seen: list[str] = []
    try:
        while event := await events.next():
            seen.append(event["object"].get("metadata", {}).get("name") or event["object"].get("reason"))
    except ConnectionLost:
        seen.append("broken")
    return seen


async def read_to_the_break(api: SimApi, request: Request) -> bytes:
    """What came of a body that broke off."""
    body = b""
    async with api.open(request) as answer:
        try:
            async for chunk in answer.chunks():
                body += chunk
        except ConnectionLost:
            return body
    raise AssertionError("the body came to its end")


@pytest.mark.parametrize(
    ("refused", "reason", "wait"),
    [
        (refusal.expired("too old"), "Expired", None),
        (refusal.too_many_requests("slow down", 3), "TooManyRequests", "3"),
        (refusal.Refusal(500, "InternalError", "etcd is ill"), "InternalError", None),
        (refusal.forbidden(CLAIMS, "", "because"), "Forbidden", None),
    ],
)
async def test_a_request_can_be_refused(
    api: SimApi, client: Client, refused: refusal.Refusal, reason: str, wait: str | None
) -> None:
    lift = api.faults.add(Refuse(refused), Match(resource=CLAIMS))

    struck = await client.send("GET", LIST)
    other = await client.send("GET", "/api/v1/pods")
    lift()
    after = await client.send("GET", LIST)

    assert (struck.status, struck.json["reason"], struck.headers.get("retry-after")) == (refused.code, reason, wait)
    assert (other.status, after.status) == (200, 200)


async def test_a_fault_can_strike_so_many_requests_after_so_many(api: SimApi, client: Client) -> None:
    api.faults.add(Refuse(refusal.expired("old")), Match(verb="list", resource=CLAIMS, skip=1, times=2))

    assert [(await client.send("GET", LIST)).status for _ in range(5)] == [200, 410, 410, 200, 200]
    assert (await client.send("POST", LIST, claim("a"))).status == 201


async def test_later_pages_can_expire(store: ObjectStore, api: SimApi, client: Client) -> None:
    fill(store)
    api.faults.add(Refuse(refusal.expired("old")), Match(resource=CLAIMS, continued=True))

    first = await client.get(f"{LIST}?limit=2")
    second = await client.send("GET", f"{LIST}?limit=2&continue={first['metadata']['continue']}")

    assert names(first) == ["c-0", "c-1"]
    assert second.status == 410


async def test_a_proxy_may_answer_in_the_servers_place(api: SimApi, client: Client) -> None:
    api.faults.add(Page(502, "<html>bad gateway</html>"))

    answered = await client.send("GET", LIST)

    assert (answered.status, answered.json) == (502, "<html>bad gateway</html>")
    assert answered.headers["content-type"] == "text/html"


async def test_an_answer_may_be_lost_or_late(api: SimApi, client: Client) -> None:
    loop = asyncio.get_running_loop()
    lift = api.faults.add(Lost())
    with pytest.raises(ConnectionLost):
        await client.send("GET", LIST)
    lift()
    api.faults.add(Delay(20))
    began = loop.time()
    await client.send("GET", LIST)

    assert loop.time() - began == 20
    with pytest.raises(ConnectionLost, match="did not answer within 10 s"):
        await client.send("GET", LIST, idle_s=10.0)


async def test_a_list_may_take_a_minute(store: ObjectStore, api: SimApi, client: Client) -> None:
    for number in range(100):
        store.create(PODS, pod(f"p-{number}"))
    api.faults.add(Slow(20), Match(resource=PODS))
    loop = asyncio.get_running_loop()
    began = loop.time()

    assert len((await client.get("/api/v1/pods"))["items"]) == 100
    assert loop.time() - began >= 40


async def test_a_list_may_break_off_in_the_middle(store: ObjectStore, api: SimApi) -> None:
    fill(store)
    api.faults.add(Cut(more_bytes=100), Match(resource=CLAIMS))

    assert len(await read_to_the_break(api, Request(path=LIST))) == 100


async def test_a_watch_may_break_in_the_middle_of_a_line(store: ObjectStore, api: SimApi) -> None:
    fill(store)
    api.faults.add(Cut(events=2, more_bytes=10), WATCH)

    body = await read_to_the_break(api, Request(path=LIST, query=(("watch", "1"),)))

    assert body.count(b"\n") == 2
    assert len(body.rpartition(b"\n")[2]) == 10


@pytest.mark.parametrize(
    ("effect", "seen"),
    [
        (Cut(events=2), ["c-0", "c-1", "broken"]),
        (Cut(events=2, clean=True), ["c-0", "c-1"]),
        (Cut(), ["broken"]),
        (Again(1, after=3), ["c-0", "c-1", "c-2", "c-0", "c-3", "c-4"]),
        (Insert(b'{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n', 1), ["c-0", "x", "c-1", "c-2", "c-3", "c-4"]),
        (Alter(b"c-1", b"d-1"), ["c-0", "d-1", "c-2", "c-3", "c-4"]),
        (Lose(2), ["c-0", "c-2", "c-3", "c-4"]),
        (Repeat(2), ["c-0", "c-1", "c-1", "c-2", "c-3", "c-4"]),
        (ErrorEvent(refusal.expired("old"), events=1), ["c-0", "Expired"]),
        (ErrorEvent(refusal.too_many_requests("later"), events=3), ["c-0", "c-1", "c-2", "TooManyRequests"]),
        (ErrorEvent(refusal.Refusal(500, "InternalError", "ill")), ["InternalError"]),
    ],
)
async def test_what_may_happen_to_a_watch(
    store: ObjectStore, api: SimApi, client: Client, effect: Any, seen: list[str]
) -> None:
    fill(store)
    api.faults.add(effect, WATCH)

    async with client.watch(f"{LIST}?timeoutSeconds=5") as events:
        assert await told(events) == seen


async def test_a_reader_who_takes_nothing_for_too_long_loses_the_watch(
    store: ObjectStore, api: SimApi, client: Client
) -> None:
    fill(store)
    api.faults.add(Overrun(5.0), WATCH)

    async with client.watch(f"{LIST}?timeoutSeconds=500") as events:
        first = await events.next()
        await asyncio.sleep(6.0)
        rest = await told(events)

    assert first["object"]["metadata"]["name"] == "c-0"
    assert rest == []


async def test_a_server_that_hangs_leaves_everything_open_and_goes_on(
    store: ObjectStore, api: SimApi, client: Client
) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}") as events:
        api.faults.hang()
        fill(store, 1)
        with pytest.raises(ConnectionLost, match="did not answer within 5 s"):
            await client.send("GET", LIST, idle_s=5.0)
        assert len(api.faults.streams) == 1
        asyncio.get_running_loop().call_later(60.0, api.faults.resume)
        event = await events.next()

    assert event["object"]["metadata"]["name"] == "c-0"
    assert asyncio.get_running_loop().time() == 65.0


async def test_a_token_ends(store: ObjectStore, api: SimApi) -> None:
    tenant = Client(api, "tenant")
    before = await tenant.send("GET", LIST)
    api.access.revoke("tenant-token")

    assert (before.status, (await tenant.send("GET", LIST)).status) == (200, 401)


async def test_silence_lasts_until_the_client_gives_up(store: ObjectStore, api: SimApi, client: Client) -> None:
    fill(store)
    api.faults.add(Silence(events=1), WATCH)
    loop = asyncio.get_running_loop()
    began = loop.time()

    async with client.watch(f"{LIST}?timeoutSeconds=5", idle_s=90.0) as events:
        assert (await events.next())["type"] == "ADDED"
        with pytest.raises(ConnectionLost, match=r"nothing came .* for 90 s"):
            await events.next()

    assert loop.time() - began == 90


async def test_a_quiet_watch_without_bookmarks_is_silence_too(store: ObjectStore, client: Client) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}", idle_s=65.0) as events:
        with pytest.raises(ConnectionLost):
            await events.next()


async def test_an_exchange_has_an_end_of_its_own(store: ObjectStore, client: Client) -> None:
    options = f"resourceVersion={store.version}&allowWatchBookmarks=true"
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with client.watch(f"{LIST}?{options}", idle_s=90.0, total_s=200.0) as events:
        with pytest.raises(ConnectionLost):
            await events.rest()

    assert loop.time() - began == 200


async def test_what_is_being_read_can_be_torn_off(store: ObjectStore, api: SimApi, client: Client) -> None:
    version = store.version
    async with (
        client.watch(f"{LIST}?resourceVersion={version}") as claims,
        client.watch(f"/api/v1/pods?resourceVersion={version}&timeoutSeconds=9") as pods,
    ):
        reading = asyncio.create_task(told(claims))
        await asyncio.sleep(1)
        assert len(api.faults.streams) == 2
        assert api.faults.sever(resource=CLAIMS) == 1
        assert await reading == ["broken"]
        store.create(PODS, pod("p"))
        assert await told(pods) == ["p"]

    assert api.faults.streams == ()


async def test_a_server_that_is_down_answers_nobody_until_it_is_up(
    store: ObjectStore, api: SimApi, client: Client
) -> None:
    async with client.watch(f"{LIST}?resourceVersion={store.version}") as events:
        reading = asyncio.create_task(told(events))
        await asyncio.sleep(1)
        api.faults.stop()
        assert await reading == ["broken"]
    with pytest.raises(ConnectionLost, match="down"):
        await client.send("GET", LIST)
    api.faults.start()

    assert (await client.send("GET", LIST)).status == 200


async def test_a_restart_after_a_compaction_forgets_what_was(store: ObjectStore, api: SimApi, client: Client) -> None:
    version = store.version
    api.faults.stop()
    fill(store)
    store.compact()
    api.faults.start()

    async with client.watch(f"{LIST}?resourceVersion={version}") as events:
        assert await told(events) == ["Expired"]


async def test_a_kind_can_be_forbidden_and_everything_lifted(api: SimApi, client: Client) -> None:
    api.faults.forbid(CLAIMS)
    struck = await client.send("GET", LIST)
    api.faults.clear()

    assert struck.status == 403
    assert "cannot list resource" in struck.json["message"]
    assert (await client.send("GET", LIST)).status == 200
