"""The first half of a feed: everything there is, in one answer or in pages, each part handed on as it comes."""

from collections.abc import AsyncGenerator

import msgspec

from storagetui.kube.api import Api, Request
from storagetui.kube.checked import checked
from storagetui.kube.codec import ListPart
from storagetui.kube.codecs import accept, codec_of, codecs
from storagetui.kube.errors import ConnectionLost, Gone
from storagetui.kube.habits import Habits
from storagetui.model.change import Feed, SetAside
from storagetui.model.keys import Key
from storagetui.model.kinds import KINDS

FIRST_PAGE, PAGE = 100, 500
"""Objects asked for: a first screenful at once, then pages whose decoding does not hold the loop."""
_IDLE_S = 65.0


class Progress(msgspec.Struct, frozen=True):
    """How far a list is; the first one says that the server has answered."""

    listed: int
    expected: int | None = None


class Listed(msgspec.Struct, frozen=True):
    """A list has ended: exactly these objects exist at that version."""

    version: str
    keys: frozenset[Key]
    aside: tuple[SetAside, ...]


class Listing:
    """Lists one feed, as often as it is asked to."""

    def __init__(self, api: Api, feed: Feed, habits: Habits) -> None:
        self._api = api
        self._feed = feed
        self._info = KINDS[feed.kind]
        self._codecs = codecs(self._info, habits)

    async def parts(self) -> AsyncGenerator[ListPart | Progress | Listed, None]:
        """Progress, then objects and progress as they come, then what ends the list.

        Raises ApiError when the list does not come to an end; what it gave until then is true and not all.
        """
        keys: set[Key] = set()
        aside: list[SetAside] = []
        version, asked, token, limit = "", "", "", FIRST_PAGE
        is_answered = False
        while True:
            try:
                asked = token
                async with checked(self._api, self._request(token, limit)) as answer:
                    codec, remaining = codec_of(answer, self._codecs), None
                    if not is_answered:
                        # What was said before stays true until the server answers.
                        is_answered = True
                        yield Progress(0)
                    async for part in codec.read_list(answer):
                        keys.update([record.key for record in part.records])
                        aside += part.set_aside
                        yield part
                        version, token, remaining = part.resource_version, part.continue_token, part.remaining
            except Gone:
                if not token:
                    raise
                # The pages' common version has expired: one unpaged list, as client-go's pager does.
                keys.clear()
                aside.clear()
                token, limit = "", 0
                continue
            limit = PAGE
            if not token:
                break
            if token == asked:
                raise ConnectionLost("the list goes in circles: a page names itself as the next one")
            yield Progress(len(keys), None if remaining is None else len(keys) + remaining)
        if not version:
            raise ConnectionLost("the list does not say of which version it is, as an API server's does")
        yield Listed(version, frozenset(keys), tuple(aside))

    def _request(self, token: str, limit: int) -> Request:
        query = [("limit", str(limit))] if limit else []
        if token:
            query.append(("continue", token))
        if self._feed.field_selector:
            query.append(("fieldSelector", self._feed.field_selector))
        return Request(
            path=self._info.path(self._feed.namespace),
            query=tuple(query),
            headers=(("Accept", accept(self._info, watch=False)),),
            idle_s=_IDLE_S,
            can_wait=True,
        )
