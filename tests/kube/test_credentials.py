"""Credentials that are kept valid, in fake loop time."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from storagetui.errors import CredentialsError
from storagetui.kube import credentials
from storagetui.kube.connection import Connection
from storagetui.kube.identity import EARLY, PAUSE_S, Fixed, Identity, Renewal, Renewing, basic, bearer
from storagetui.kube.kubeconfig_file import AuthProvider, Cluster, Exec, Located, User
from storagetui.kube.secret import Blob, Secret
from storagetui.kube.tls import KeyPair
from storagetui.kube.token_file import PERIOD_S, TokenFile
from tests.kube.pki import write

pytestmark = pytest.mark.looptime

FILE = "/home/jane/.kube/config"
OLD, NEW = Identity(bearer("old")), Identity(bearer("new"))


def connected(user: User, server: str = "https://a") -> Connection:
    return Connection(
        context="x", server=server, cluster=Located("c", FILE, Cluster(server=server)), user=Located("u", FILE, user)
    )


def chosen(user: User, server: str = "https://a") -> credentials.Credentials:
    return credentials.for_connection(connected(user, server), lambda: b"")


class Wall:
    """A wall clock that goes with the loop's."""

    def __init__(self) -> None:
        self.start = datetime(2026, 1, 15, 14, tzinfo=UTC)
        self._zero = asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=asyncio.get_running_loop().time() - self._zero)

    def after(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)


class Issuer:
    """Something that gives identities; counts how often it was asked."""

    def __init__(self, give: Callable[[], Renewal], takes_s: float = 0.0) -> None:
        self.give, self.takes_s = give, takes_s
        self.asked: list[bool] = []
        self.at_once = self.most_at_once = 0

    async def fetch(self, rejected: bool) -> Renewal:
        self.asked.append(rejected)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.takes_s)
            return self.give()
        finally:
            self.at_once -= 1


async def test_it_is_fetched_once_and_again_shortly_before_it_expires() -> None:
    wall = Wall()
    issuer = Issuer(lambda: Renewal(NEW, wall.after(600)))
    renewing = Renewing(issuer.fetch, wall.now)
    for _ in range(3):
        assert await renewing.identity() == NEW
    await asyncio.sleep(600 - EARLY.total_seconds() - 1)
    await renewing.identity()
    assert len(issuer.asked) == 1
    await asyncio.sleep(1)
    await renewing.identity()
    await renewing.identity()
    assert issuer.asked == [False, False]


async def test_what_does_not_say_when_it_expires_serves_until_it_is_rejected() -> None:
    issuer = Issuer(lambda: Renewal(NEW))
    renewing = Renewing(issuer.fetch)
    await renewing.identity()
    await asyncio.sleep(100_000)
    await renewing.identity()
    assert issuer.asked == [False]


async def test_one_fetch_serves_all_who_wait() -> None:
    issuer = Issuer(lambda: Renewal(NEW), takes_s=3)
    renewing = Renewing(issuer.fetch)
    assert await asyncio.gather(*(renewing.identity() for _ in range(20))) == [NEW] * 20
    assert len(issuer.asked) == 1


async def test_a_rejection_fetches_once_for_all_who_were_rejected() -> None:
    answers = [Renewal(OLD), Renewal(NEW)]
    issuer = Issuer(lambda: answers.pop(0), takes_s=3)
    renewing = Renewing(issuer.fetch)
    shown = await renewing.identity()
    await asyncio.sleep(PAUSE_S)
    assert all(await asyncio.gather(*(renewing.renew(shown) for _ in range(20))))
    assert issuer.asked == [False, True]
    assert issuer.most_at_once == 1
    assert await renewing.identity() == NEW


async def test_a_rejection_right_after_a_fetch_is_not_worth_another() -> None:
    issuer = Issuer(lambda: Renewal(NEW))
    renewing = Renewing(issuer.fetch)
    shown = await renewing.identity()
    assert not await renewing.renew(shown)
    await asyncio.sleep(PAUSE_S)
    assert not await renewing.renew(shown), "it gives the same again"
    assert issuer.asked == [False, True]


async def test_a_failed_renewal_keeps_what_is_still_valid_and_says_why() -> None:
    wall = Wall()
    issuer = Issuer(lambda: Renewal(NEW, wall.after(EARLY.total_seconds() + 60)))
    renewing = Renewing(issuer.fetch, wall.now)
    await renewing.identity()

    def fail() -> Renewal:
        raise CredentialsError("the issuer is away")

    give, issuer.give = issuer.give, fail
    await asyncio.sleep(60)
    assert await renewing.identity() == NEW
    assert renewing.problem == "the issuer is away"
    assert await renewing.identity() == NEW
    assert len(issuer.asked) == 2, "not asked again at once"
    await asyncio.sleep(EARLY.total_seconds())
    with pytest.raises(CredentialsError, match="the issuer is away"):
        await renewing.identity()
    issuer.give = give
    await asyncio.sleep(PAUSE_S)
    assert await renewing.identity() == NEW
    assert renewing.problem == ""


async def test_a_failure_is_told_to_all_who_wait_without_asking_for_each() -> None:
    def fail() -> Renewal:
        raise CredentialsError("the issuer is away")

    issuer = Issuer(fail, takes_s=5)
    renewing = Renewing(issuer.fetch)
    results = await asyncio.gather(*(renewing.identity() for _ in range(20)), return_exceptions=True)
    assert [str(result) for result in results] == ["the issuer is away"] * 20
    assert len(issuer.asked) == 1


async def test_what_has_expired_on_arrival_is_used_all_the_same() -> None:
    """A clock that is wrong must not lock its owner out; the server decides."""
    wall = Wall()
    issuer = Issuer(lambda: Renewal(NEW, wall.after(-3600)))
    renewing = Renewing(issuer.fetch, wall.now)
    assert await renewing.identity() == NEW
    assert await renewing.identity() == NEW
    assert len(issuer.asked) == 1


async def test_whoever_is_cancelled_does_not_take_the_others_along() -> None:
    issuer = Issuer(lambda: Renewal(NEW), takes_s=5)
    renewing = Renewing(issuer.fetch)
    first = asyncio.create_task(renewing.identity())
    second = asyncio.create_task(renewing.identity())
    await asyncio.sleep(1)
    first.cancel()
    assert await second == NEW
    assert first.cancelled()


async def test_a_warning_is_shown_although_all_is_well() -> None:
    renewing = Renewing(Issuer(lambda: Renewal(NEW, None, "cannot be stored")).fetch)
    assert await renewing.identity() == NEW
    assert renewing.problem == "cannot be stored"


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("  one\n")
    return path


def put(path: Path, text: str | None) -> None:
    """Let a file hold a text, or not be there."""
    if text is None:
        path.unlink()
    else:
        path.write_text(text)


def from_file(path: Path, token: str = "") -> TokenFile:
    return TokenFile(Located("u", FILE, User(token_file=str(path), token=Secret(token))))


async def test_a_token_file_is_read_again_each_minute(token: Path) -> None:
    tokens = from_file(token)
    assert await tokens.identity() == Identity(bearer("one"))
    put(token, "two")
    await asyncio.sleep(PERIOD_S - 1)
    assert await tokens.identity() == Identity(bearer("one"))
    await asyncio.sleep(1)
    assert await tokens.identity() == Identity(bearer("two"))


async def test_a_token_file_is_read_again_when_its_token_is_rejected(token: Path) -> None:
    tokens = from_file(token)
    shown = await tokens.identity()
    assert not await tokens.renew(shown)
    put(token, "two")
    assert await tokens.renew(shown)
    assert await tokens.identity() == Identity(bearer("two"))


async def test_a_token_file_that_vanishes_leaves_the_last_token_and_says_so(token: Path) -> None:
    tokens = from_file(token)
    await tokens.identity()
    put(token, None)
    await asyncio.sleep(PERIOD_S)
    assert await tokens.identity() == Identity(bearer("one"))
    assert f'The token file {token} of the user "u" in {FILE} cannot be read' in tokens.problem
    put(token, "two")
    assert await tokens.identity() == Identity(bearer("two"))
    assert tokens.problem == ""


@pytest.mark.parametrize(("content", "says"), [(None, "No such file"), (b"\n \n", "is empty"), (b"\xff", "not a text")])
async def test_without_a_token_in_the_file_the_entry_s_own_serves(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "token"
    if content is not None:
        write(tmp_path, "token", content)
    tokens = from_file(path, token="own")
    assert await tokens.identity() == Identity(bearer("own"))
    assert says in tokens.problem
    with pytest.raises(CredentialsError, match=says):
        await from_file(path).identity()


async def test_nothing_is_shown_over_plain_http() -> None:
    user = User(token=Secret("t"), exec=Exec(command="c"))
    assert await chosen(user, "http://a").identity() == Identity()


async def test_what_a_user_shows() -> None:
    assert await chosen(User(token=Secret("t"), username="a")).identity() == Identity(bearer("t"))
    assert await chosen(User(username="jane", password=Secret("ä:b"))).identity() == Identity(
        Secret("Basic amFuZTrDpDpi")
    )
    certified = User(client_certificate_data=Blob(b"c"), client_key_data=Blob(b"k"), exec=Exec(command="c"))
    assert await chosen(certified).identity() == Identity(), (
        "the certificate is shown by TLS, and the plug-in is not run"
    )
    assert not await Fixed(NEW).renew(NEW)


async def test_what_a_user_cannot_show() -> None:
    with pytest.raises(CredentialsError, match=f'The user "u" in {FILE} has no credentials'):
        chosen(User())
    with pytest.raises(CredentialsError, match='auth-provider "gcp", which kubectl has dropped'):
        chosen(User(token=Secret("t"), auth_provider=AuthProvider("gcp")))


def test_no_credential_shows_itself() -> None:
    shown = [
        bearer("hidden"),
        basic("jane", Secret("hidden")),
        Identity(bearer("hidden"), KeyPair(b"", Blob(b"hidden"))),
        Renewal(Identity(bearer("hidden"))),
        connected(User(token=Secret("hidden"), password=Secret("hidden"))),
        Fixed(Identity(bearer("hidden"))),
        TokenFile(Located("u", FILE, User(token=Secret("hidden")))),
        Secret("hidden"),
        Blob(b"hidden"),
    ]
    for one in shown:
        assert "hidden" not in repr(one)
        assert "hidden" not in str(one)
    with pytest.raises(TypeError):
        msgspec.json.encode(Identity(bearer("hidden")))


def test_secrets_are_compared_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Blob(b"a") == Blob(b"a") != Blob(b"b")
    assert len({Secret("a"), Secret("a"), Blob(b"a"), Blob(b"a")}) == 2
    assert repr([Secret(), Blob()]) == "[Secret(), Blob()]"
    assert Secret("") != ""
