"""The auth-provider `oidc` against an issuer on loopback."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from storagetui.errors import CredentialsError
from storagetui.kube import oidc
from storagetui.kube.identity import Identity, bearer
from storagetui.kube.kubeconfig_file import Located, User, parse
from storagetui.kube.secret import Secret
from tests.kube.kubectl import kubectl
from tests.kube.pki import Authority, Pair, write
from tests.kube.site import inline
from tests.kube.wire import Recorder, Reply, Seen, tls_context

NOW = datetime.now(UTC)


def token(name: str, ends: timedelta) -> str:
    """A JSON web token that ends so long from now."""
    claims = json.dumps({"sub": name, "exp": int((NOW + ends).timestamp())}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"


VALID, FRESH, PAST = (
    token("valid", timedelta(hours=1)),
    token("fresh", timedelta(hours=2)),
    token("past", timedelta(hours=-1)),
)


class Issuer(Recorder):
    """An issuer that hands out FRESH; what it wants and says can be changed."""

    def __init__(self, pair: Pair) -> None:
        super().__init__(self._answer, tls_context(pair))
        self.tokens: dict[str, Any] = {"id_token": FRESH, "refresh_token": "r2", "token_type": "Bearer"}
        self.header_is_refused = False
        self.endpoint = ""
        self.status = 200

    async def _answer(self, seen: Seen, writer: asyncio.StreamWriter) -> Reply:
        if seen.target == "/.well-known/openid-configuration":
            return Reply(body=json.dumps({"token_endpoint": self.endpoint or f"{self.url}/token"}).encode())
        if self.header_is_refused and seen.header("authorization"):
            return Reply(status=401, body=b'{"error":"invalid_client"}')
        return Reply(status=self.status, body=json.dumps(self.tokens).encode())


class Jane:
    """A user with a kubeconfig in a file, at an issuer."""

    def __init__(self, folder: Path, issuer: Issuer, authority: Authority) -> None:
        self.folder, self.issuer = folder, issuer
        self.config = {
            "idp-issuer-url": f"{issuer.url}/",
            "client-id": "storage tui",
            "client-secret": "s:cret",
            "idp-certificate-authority-data": inline(authority.pem),
            "id-token": PAST,
            "refresh-token": "r1",
        }

    def user(self, **changes: str) -> Located[User]:
        provider = {
            "name": "oidc",
            "config": self.config | {key.replace("_", "-"): text for key, text in changes.items()},
        }
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
            "users": [{"name": "other", "user": {"token": "t"}}, {"name": "jane", "user": {"auth-provider": provider}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "jane"}}],
            "current-context": "x",
        }
        path = write(self.folder, "config", yaml.safe_dump(document).encode())
        return self.read(path)

    def read(self, path: str = "") -> Located[User]:
        file = path or str(self.folder / "config")
        return parse(file, Path(file).read_bytes()).users["jane"]

    def stored(self) -> dict[str, str]:
        provider = self.read().value.auth_provider
        assert provider is not None
        return {key: secret.reveal() for key, secret in provider.config.items()}

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.issuer.requests("/token")[-1].body.decode())


@pytest.fixture
async def jane(tmp_path: Path) -> AsyncIterator[Jane]:
    authority = Authority()
    async with Issuer(authority.server("127.0.0.1")) as issuer:
        yield Jane(tmp_path, issuer, authority)


async def shown(user: Located[User], *, rejected: bool = False) -> str:
    provider = user.value.auth_provider
    assert provider is not None
    renewal = await oidc.fetcher(user, provider)(rejected)
    return renewal.identity.authorization.reveal().removeprefix("Bearer ")


async def failure(user: Located[User]) -> str:
    with pytest.raises(CredentialsError) as raised:
        await shown(user)
    assert "s:cret" not in str(raised.value)
    return str(raised.value)


async def test_a_valid_token_is_shown_and_nobody_is_asked(jane: Jane) -> None:
    assert await shown(jane.user(id_token=VALID)) == VALID
    assert jane.issuer.seen == []


async def test_a_token_of_the_past_is_renewed_and_written_back(jane: Jane) -> None:
    user = jane.user()
    provider = user.value.auth_provider
    assert provider is not None
    fetch = oidc.fetcher(user, provider)
    renewal = await fetch(False)
    assert renewal.identity == Identity(bearer(FRESH))
    assert renewal.expires_at == (NOW + timedelta(hours=2)).replace(microsecond=0)
    assert renewal.warning == ""
    assert jane.form() == {"grant_type": ["refresh_token"], "refresh_token": ["r1"]}
    assert jane.issuer.seen[-1].header("authorization") == "Basic " + inline(b"storage+tui:s%3Acret")
    assert jane.stored() == jane.config | {"id-token": FRESH, "refresh-token": "r2"}
    assert (await fetch(False)).identity == Identity(bearer(FRESH))
    assert len(jane.issuer.requests("/token")) == 1


async def test_the_file_keeps_its_mode_its_other_entries_and_its_links(jane: Jane) -> None:
    jane.user()
    real, link = jane.folder / "config", jane.folder / "link"
    _link(link, real)
    await shown(jane.read(str(link)))
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    document = yaml.safe_load(real.read_bytes())
    assert document["users"][0] == {"name": "other", "user": {"token": "t"}}
    assert document["current-context"] == "x"
    assert sorted(path.name for path in jane.folder.iterdir()) == ["config", "link"]


def _link(link: Path, target: Path) -> None:
    link.symlink_to(target)


async def test_kubectl_goes_on_with_what_was_written(jane: Jane) -> None:
    await shown(jane.user())
    environ = {"PATH": "/nowhere", "KUBECONFIG": str(jane.folder / "config"), "HOME": str(jane.folder)}
    ran = await kubectl(
        environ, "config", "view", "--raw", "-o", "jsonpath={.users[?(@.name=='jane')].user.auth-provider.config}"
    )
    assert json.loads(ran.out)["refresh-token"] == "r2"


async def test_a_rejected_token_is_renewed_before_its_time(jane: Jane) -> None:
    assert await shown(jane.user(id_token=VALID), rejected=True) == FRESH


async def test_what_kubectl_has_renewed_meanwhile_is_taken_from_the_file(jane: Jane) -> None:
    before = jane.user()
    jane.user(id_token=VALID, refresh_token="r7")
    assert await shown(before) == VALID
    assert await shown(before, rejected=True) == VALID
    assert jane.issuer.seen == []
    jane.user(refresh_token="r8")
    await shown(before)
    assert jane.form()["refresh_token"] == ["r8"]


async def test_an_issuer_may_want_the_client_in_the_form(jane: Jane) -> None:
    jane.issuer.header_is_refused = True
    assert await shown(jane.user()) == FRESH
    assert (jane.form()["client_id"], jane.form()["client_secret"]) == (["storage tui"], ["s:cret"])


async def test_an_issuer_may_leave_the_refresh_token_as_it_is(jane: Jane) -> None:
    del jane.issuer.tokens["refresh_token"]
    await shown(jane.user())
    assert jane.stored()["refresh-token"] == "r1"


async def test_what_cannot_be_written_back_is_a_warning(jane: Jane) -> None:
    user = jane.user()
    write(jane.folder, "config.lock", b"")
    provider = user.value.auth_provider
    assert provider is not None
    renewal = await oidc.fetcher(user, provider)(False)
    assert renewal.identity == Identity(bearer(FRESH))
    assert "cannot be written back (File exists): kubectl may ask you to log in anew" in renewal.warning
    assert jane.stored()["refresh-token"] == "r1"
    changed = oidc.store(Located("nobody", user.file.replace("config", "x"), user.value), {"id-token": Secret("a")})
    assert "No such file" in changed


async def test_why_a_token_cannot_be_renewed(jane: Jane) -> None:
    assert "has no valid id-token and no refresh-token: log in anew" in await failure(jane.user(refresh_token=""))
    jane.issuer.tokens = {"access_token": "hidden"}
    said = await failure(jane.user())
    assert "holds no id_token" in said
    assert "hidden" not in said
    jane.issuer.status = 400
    assert "the issuer answered 400. Log in anew" in await failure(jane.user())
    jane.issuer.endpoint = jane.issuer.url.replace("https", "http") + "/token"
    assert "names no token endpoint that is safe to use" in await failure(jane.user())
    await jane.issuer.stop()
    assert "gave no usable answer" in await failure(jane.user())


async def test_an_issuer_is_not_trusted_without_its_authority(jane: Jane) -> None:
    other = inline(Authority().pem)
    assert "gave no usable answer" in await failure(jane.user(idp_certificate_authority_data=other))
    assert "cannot be read" in await failure(jane.user(idp_certificate_authority_data="%"))
    assert jane.issuer.seen == []


async def test_an_entry_must_name_its_issuer_and_client(jane: Jane) -> None:
    assert "oidc without idp-issuer-url" in await failure(jane.user(idp_issuer_url=""))
    assert "oidc without client-id" in await failure(jane.user(client_id=""))


@pytest.mark.parametrize(
    "text", ["", "a", "a.b.c", "e30.e30.c", "e30.W10.c", "e30.eyJleHAiOiJ4In0.c", "e30.eyJleHAiOjFlOTl9.c"]
)
def test_what_does_not_say_when_it_ends(text: str) -> None:
    assert oidc.expiry(text) is None
