"""A feed of the simulated API server, whose faults are put in force and lifted while it runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from storagetui.kube.api import Answer, Api, Request
from storagetui.model.change import Feed, FeedState
from storagetui.model.kinds import KINDS
from storagetui.sim.access import usual
from storagetui.sim.faults import Faults, Match
from storagetui.sim.server import SimApi
from storagetui.sim.store import ObjectStore
from tests.kube.scripted import Asked, Noted
from tests.kube.story import CLAIMS, Story, telling
from tests.sim.given import claim, store_with

CLAIM_RESOURCE = "persistentvolumeclaims"
LIST = Match(verb="list", resource=CLAIM_RESOURCE)
WATCH = Match(verb="watch", resource=CLAIM_RESOURCE)
DETECTION_S = 95.0
"""Seconds after which the longest silence is noticed: bookmarks come each minute, ninety seconds are too many."""


class NotedApi(Noted):
    """Implements Api: another one's, with a note of what was asked and what is being read."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._api = api

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Answer]:
        """See Api."""
        loop = asyncio.get_running_loop()
        asked = Asked(loop.time(), request)
        self.asked.append(asked)
        self.open_now += 1
        try:
            async with self._api.open(request) as answer:
                yield answer
        finally:
            self.open_now -= 1
            asked.open_s = loop.time() - asked.at


class WitnessedApi(NotedApi):
    """The simulated server's, in process; with a token for whoever asks."""

    def __init__(self, api: SimApi, token: str = "") -> None:
        super().__init__(api)
        self.api = api
        self.token = token

    @property
    def store(self) -> ObjectStore:
        return self.api.store

    @property
    def faults(self) -> Faults:
        return self.api.faults

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Answer]:
        """See Api."""
        shown = (*request.headers, ("Authorization", f"Bearer {self.token}")) if self.token else request.headers
        async with super().open(msgspec.structs.replace(request, headers=shown)) as answer:
            yield answer


Fed = Story[WitnessedApi]


def served(claims: int = 3, token: str = "") -> WitnessedApi:
    """A server with so many claims; the feed asks as the administrator, or with a token."""
    store = store_with("shop", "other")
    for number in range(claims):
        store.create(CLAIM_RESOURCE, claim(f"c-{number}"))
    return WitnessedApi(SimApi(store, access=usual("shop"), seed=1), token)


def touch(store: ObjectStore, name: str, value: object = "") -> None:
    """Change a claim, by an annotation."""

    def put(obj: Any) -> None:
        obj["metadata"].setdefault("annotations", {})["touched"] = str(value or store.version)

    store.modify(CLAIM_RESOURCE, name, "shop", put)


def remove(store: ObjectStore, name: str) -> None:
    """Delete a claim for good."""

    def release(obj: Any) -> None:
        obj["metadata"]["finalizers"] = []

    store.modify(CLAIM_RESOURCE, name, "shop", release)
    store.delete(CLAIM_RESOURCE, name, "shop")


def on_server(store: ObjectStore, feed: Feed = CLAIMS) -> dict[str, str]:
    """Name -> version of every object that the server has of a feed's kind."""
    held = [stored.object["metadata"] for stored in store.log(_resource(feed)).all(feed.namespace)]
    return {metadata["name"]: metadata["resourceVersion"] for metadata in held}


def _resource(feed: Feed) -> str:
    info = KINDS[feed.kind]
    return f"{info.plural}.{info.group}" if info.group else info.plural


@asynccontextmanager
async def feeding(api: WitnessedApi, feed: Feed = CLAIMS, seed: int = 1) -> AsyncIterator[Fed]:
    """A feed that runs while this is open; afterwards it must be live and show exactly what the server has."""
    async with telling(api, feed, seed) as fed:
        await asyncio.sleep(1.0)
        yield fed
        assert fed.health.state is FeedState.LIVE, fed.health
        assert fed.shown() == on_server(api.store, feed)
        assert fed.health.message == ""
    assert not any(stream.resource == _resource(feed) for stream in api.faults.streams)
