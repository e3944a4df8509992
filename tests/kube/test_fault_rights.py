"""Rights, credentials and kinds that come and go under a running feed, against the simulated server, for days."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storagetui.errors import CredentialsError
from storagetui.kube.api import Answer, Request
from storagetui.kube.credentials import Credentials
from storagetui.kube.identity import Identity, Renewal, Renewing, bearer
from storagetui.kube.kubeconfig_file import Located, User
from storagetui.kube.token_file import TokenFile
from storagetui.model.change import Feed, FeedState
from storagetui.model.keys import Kind
from storagetui.sim import refusal
from storagetui.sim.access import MASTERS, Rule, viewing
from storagetui.sim.faults import Absent, Match, Page, Refuse
from storagetui.sim.refusal import Refusal
from tests.kube.simulated import CLAIM_RESOURCE, WitnessedApi, feeding, on_server, served, touch
from tests.kube.story import telling
from tests.sim.given import PODS, pod

pytestmark = pytest.mark.looptime
CONNECTING, LISTING, LIVE = FeedState.CONNECTING, FeedState.LISTING, FeedState.LIVE
STALE, FORBIDDEN, ABSENT = FeedState.STALE, FeedState.FORBIDDEN, FeedState.ABSENT
HOUR_S, DAY_S = 3600.0, 86400.0
SNAPSHOTS, SNAPSHOT_RESOURCE = Feed(Kind.VOLUME_SNAPSHOT), "volumesnapshots.snapshot.storage.k8s.io"


class IdentifiedApi(WitnessedApi):
    """Shows credentials as Channel does: those of the moment, and after a 401 once more with others if there are."""

    def __init__(self, served: WitnessedApi, credentials: Credentials) -> None:
        super().__init__(served.api)
        self._credentials = credentials
        self.rejected = 0

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Answer]:
        shown = await self._credentials.identity()
        self.token = _token(shown)
        async with super().open(request) as answer:
            if answer.status != 401:
                yield answer
                return
        self.rejected += 1
        await self._credentials.renew(shown)
        self.token = _token(await self._credentials.identity())
        async with super().open(request) as answer:
            yield answer


def _token(identity: Identity) -> str:
    return identity.authorization.reveal().removeprefix("Bearer ")


class Issuer:
    """Hands out tokens that the server accepts for an hour."""

    def __init__(self, api: WitnessedApi) -> None:
        self.issued = 0
        self.is_ill = False
        self._access = api.api.access

    def token(self) -> str:
        self.issued += 1
        token = self._access.add("somebody", groups=(MASTERS,), token=f"token-{self.issued}")
        asyncio.get_running_loop().call_later(HOUR_S, self._access.revoke, token)
        return token

    async def fetch(self, rejected: bool) -> Renewal:
        if self.is_ill:
            raise CredentialsError("The exec plug-in says: log in.")
        return Renewal(Identity(bearer(self.token())), now() + timedelta(seconds=HOUR_S))


def now() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=asyncio.get_running_loop().time())


async def test_a_token_of_a_plug_in_is_renewed_for_days_before_anybody_rejects_it() -> None:
    site = served()
    issuer = Issuer(site)
    api = IdentifiedApi(site, Renewing(issuer.fetch, now))
    async with feeding(api) as fed:
        for day in range(3):
            await asyncio.sleep(DAY_S)
            touch(api.store, "c-0", day)
        await asyncio.sleep(1.0)
        assert fed.states == [CONNECTING, LISTING, LIVE]
        assert api.rejected == 0
        assert 3 * 24 - 8 <= issuer.issued <= 3 * 24 + 8


async def test_a_token_in_a_file_is_read_again_for_days(tmp_path: Path) -> None:
    site = served()
    issuer, path = Issuer(site), tmp_path / "token"
    path.write_text(issuer.token())
    user = User(token_file=str(path))
    api = IdentifiedApi(site, TokenFile(Located("pod", "kubeconfig", user)))
    async with feeding(api) as fed:
        for number in range(72):
            await asyncio.sleep(0.8 * HOUR_S)  # the kubelet renews after four fifths of a token's life
            path.write_text(issuer.token() + "\n")
            touch(api.store, "c-0", number)
        await asyncio.sleep(1.0)
        assert fed.states == [CONNECTING, LISTING, LIVE]
        assert api.rejected == 0


async def test_a_token_that_is_withdrawn_early_is_renewed_once_and_nothing_is_listed_again() -> None:
    site = served()
    issuer = Issuer(site)
    api = IdentifiedApi(site, Renewing(issuer.fetch, now))
    async with feeding(api) as fed:
        await asyncio.sleep(100.0)
        site.api.access.revoke("token-1")
        await asyncio.sleep(1000.0)
        assert api.rejected == 1
        assert issuer.issued == 2
        assert fed.states == [CONNECTING, LISTING, LIVE]
        assert len(api.lists) == 1


async def test_a_plug_in_that_wants_a_login_leaves_what_was_known_stale_and_goes_on_afterwards() -> None:
    site = served()
    issuer = Issuer(site)
    api = IdentifiedApi(site, Renewing(issuer.fetch, now))
    async with feeding(api) as fed:
        issuer.is_ill = True
        await asyncio.sleep(2 * HOUR_S)
        assert fed.health.state is STALE
        assert "log in" in fed.health.message
        assert len(fed.shown()) == 3
        touch(api.store, "c-0")
        issuer.is_ill = False
        await asyncio.sleep(60.0)
    assert len(api.lists) == 1


async def test_a_token_that_nothing_renews_is_told_and_keeps_what_was_known() -> None:
    api = served(token="viewer-token")
    async with feeding(api) as fed:
        api.api.access.revoke("viewer-token")
        await asyncio.sleep(1000.0)
        assert fed.health.state is STALE
        assert "does not accept the credentials" in fed.health.message
        assert len(fed.shown()) == 3
        begun = [asked.at for asked in api.asked]
        assert max(sum(at <= moment < at + 600.0 for moment in begun) for at in begun) <= 28
        api.api.access.add("viewer", *viewing())
        touch(api.store, "c-0")
        await asyncio.sleep(31.0)
    assert len(api.lists) == 1


async def test_rights_that_are_withdrawn_and_given_again() -> None:
    api = served(token="viewer-token")
    async with feeding(api) as fed:
        api.api.access.grant("viewer")
        touch(api.store, "c-0")
        await asyncio.sleep(1.0)
        assert fed.health.state is LIVE, "a watch that is open goes on, as on a real server"
        assert fed.shown() == on_server(api.store)
        api.faults.sever()
        await asyncio.sleep(65.0)
        assert fed.health.state is FORBIDDEN
        assert "cannot list" in fed.health.message
        touch(api.store, "c-1")
        await asyncio.sleep(600.0)
        assert len(fed.shown()) == 3
        asked = [one.at for one in api.asked]
        assert max(sum(at <= moment < at + 60.0 for moment in asked) for at in asked) <= 12
        api.api.access.grant("viewer", *viewing())
        await asyncio.sleep(31.0)


async def test_a_kind_that_may_be_listed_and_not_watched_is_listed_now_and_then() -> None:
    api = served(token="viewer-token")
    lists = Rule(verbs=("list",), groups=("",), resources=("persistentvolumeclaims",))
    api.api.access.grant("viewer", lists)
    async with feeding(api) as fed:
        await asyncio.sleep(5.0)
        assert fed.health.state is STALE
        assert "listed every 30 s" in fed.health.message
        touch(api.store, "c-0")
        await asyncio.sleep(40.0)
        assert fed.shown() == on_server(api.store)
        api.api.access.grant("viewer", *viewing())
        await asyncio.sleep(35.0)


async def test_a_custom_resource_is_seen_when_it_is_installed_and_gone_when_it_is_removed() -> None:
    api = served()
    absent = Match(resource=SNAPSHOT_RESOURCE)
    lift = api.faults.add(Absent(), absent)
    async with feeding(api, SNAPSHOTS) as fed:
        await asyncio.sleep(300.0)
        assert fed.states == [CONNECTING, ABSENT]
        assert len(api.lists) <= 7
        lift()
        snapshot = {"metadata": {"name": "s", "namespace": "shop"}}
        api.store.create(SNAPSHOT_RESOURCE, snapshot | {"spec": {"source": {"persistentVolumeClaimName": "c-0"}}})
        await asyncio.sleep(62.0)
        assert fed.health.state is LIVE
        assert set(fed.shown()) == {"s"}
        lift = api.faults.add(Absent(), absent)
        api.faults.sever(resource=SNAPSHOT_RESOURCE)
        await asyncio.sleep(5.0)
        assert fed.health.state is ABSENT
        assert fed.shown() == {}
        lift()
        await asyncio.sleep(62.0)
        assert set(fed.shown()) == {"s"}


@pytest.mark.parametrize(
    "page", [Page(404, "<html>not found</html>"), Page(404, "404 page not found\n", "text/plain")], ids=["html", "text"]
)
async def test_a_404_that_is_not_the_server_s_own_word_takes_nothing_away(page: Page) -> None:
    api = served()
    async with feeding(api) as fed:
        lift = api.faults.add(page)
        api.faults.sever()
        await asyncio.sleep(300.0)
        assert fed.health.state is STALE
        assert len(fed.shown()) == 3
        lift()
        touch(api.store, "c-0")
        await asyncio.sleep(31.0)
    assert len(api.lists) <= 5


async def test_a_404_for_a_kind_that_discovery_still_names_takes_nothing_away() -> None:
    api = served()
    async with feeding(api) as fed:
        lift = api.faults.add(Refuse(refusal.no_such_path()), Match(resource=CLAIM_RESOURCE))
        api.faults.sever()
        await asyncio.sleep(100.0)
        assert fed.health.state is STALE
        assert len(fed.shown()) == 3
        lift()
        await asyncio.sleep(31.0)


async def test_an_optional_kind_that_the_server_lacks_is_absent_and_not_forbidden() -> None:
    api = served(token="viewer-token")
    async with telling(api, Feed(Kind.BACKUP)) as fed:
        await asyncio.sleep(100.0)
        assert fed.states == [CONNECTING, ABSENT]


async def test_a_kind_of_the_server_s_own_that_it_does_not_serve_is_absent() -> None:
    api = served()
    lift = api.faults.add(Absent(), Match(resource="statefulsets.apps"))
    async with feeding(api, Feed(Kind.STATEFUL_SET)) as fed:
        await asyncio.sleep(100.0)
        assert fed.health.state is ABSENT
        lift()
        await asyncio.sleep(62.0)


async def test_a_kind_whose_storage_is_away_is_stale_and_no_other_is() -> None:
    api = served()
    api.store.create(PODS, pod("p"))
    lift = api.faults.add(Refuse(Refusal(500, "InternalError", "no leader")), Match(resource=CLAIM_RESOURCE))
    async with feeding(WitnessedApi(api.api), Feed(Kind.POD)) as pods, telling(api) as claims:
        await asyncio.sleep(300.0)
        assert pods.health.state is LIVE
        assert claims.health.state is STALE
        assert not claims.health.was_listed
        lift()
        await asyncio.sleep(31.0)
        assert claims.shown() == on_server(api.store)
