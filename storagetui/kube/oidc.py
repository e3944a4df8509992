"""The auth-provider `oidc`: an id token, renewed with a refresh token (k8s.io/client-go/plugin/pkg/client/auth/oidc).

As kubectl does, new tokens are written back into the kubeconfig: an issuer that hands out a new refresh token may have
taken the old one back, and kubectl would be logged out.
"""

import base64
import binascii
import contextlib
import os
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import aiohttp
import msgspec
import yaml

from storagetui.errors import CredentialsError, KubeconfigError
from storagetui.kube import kubeconfig_file, proxies
from storagetui.kube.identity import Identity, Renewal, bearer
from storagetui.kube.kubeconfig_file import AuthProvider, Located, User
from storagetui.kube.secret import Secret
from storagetui.kube.tls import verifying_context

_LEEWAY = timedelta(seconds=10)
_TIMEOUT = aiohttp.ClientTimeout(total=30)


class _Discovery(msgspec.Struct, frozen=True):
    token_endpoint: str = ""


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str = ""
    refresh_token: str = ""
    error: str = ""


class _Claims(msgspec.Struct, frozen=True):
    exp: float = 0.0


def fetcher(
    user: Located[User], provider: AuthProvider, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Callable[[bool], Awaitable[Renewal]]:
    """What gives the id token of a user's entry while it is valid, and a new one from its issuer afterwards.

    Raises CredentialsError, at once or when it is called, naming the user and the kubeconfig.
    """
    config = {key: secret.reveal() for key, secret in provider.config.items()}
    for key in ("idp-issuer-url", "client-id"):
        if not config.get(key):
            raise CredentialsError(f"The {user} has the auth-provider oidc without {key}.")
    held = _tokens(provider)

    async def fetch(rejected: bool) -> Renewal:
        refused = held["id-token"] if rejected else Secret()
        for tokens in (held, _stored(user)):  # kubectl may have been here since we read the file
            held.update(tokens)
            token = held["id-token"]
            if token != refused and _ends_after(token, now() + _LEEWAY):
                return _renewal(token)
        if not held["refresh-token"]:
            raise CredentialsError(f"The {user} has no valid id-token and no refresh-token: log in anew.")
        fresh = await _refresh(user, config, held["refresh-token"])
        held["id-token"] = Secret(fresh.id_token)
        if fresh.refresh_token:
            held["refresh-token"] = Secret(fresh.refresh_token)
        return _renewal(held["id-token"], store(user, held))

    return fetch


def _tokens(provider: AuthProvider) -> dict[str, Secret]:
    return {key: provider.config.get(key, Secret()) for key in ("id-token", "refresh-token")}


def _stored(user: Located[User]) -> dict[str, Secret]:
    """The tokens that the kubeconfig holds now; none when it cannot be read."""
    try:
        entry = kubeconfig_file.parse(user.file, Path(user.file).read_bytes()).users[user.name].value
        return _tokens(entry.auth_provider) if entry.auth_provider else {}
    except (OSError, KubeconfigError, KeyError):
        return {}


def _ends_after(token: Secret, moment: datetime) -> bool:
    end = expiry(token.reveal())
    return end is not None and end > moment


def _renewal(token: Secret, warning: str = "") -> Renewal:
    return Renewal(Identity(bearer(token.reveal())), expiry(token.reveal()), warning)


def expiry(token: str) -> datetime | None:
    """When a JSON web token ends; None when it does not say. It is not verified: that is the server's business."""
    try:
        payload = token.split(".")[1]
        claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=_Claims)
        return datetime.fromtimestamp(claims.exp, UTC) if claims.exp else None
    except (IndexError, binascii.Error, msgspec.DecodeError, UnicodeDecodeError, ValueError, OverflowError):
        return None


async def _refresh(user: Located[User], config: dict[str, str], refresh_token: Secret) -> _Tokens:
    issuer = config["idp-issuer-url"].rstrip("/")
    what = f"The token of the {user} cannot be refreshed"
    try:
        tls = verifying_context(_authority(user, config), f"auth-provider of the {user}")
        async with aiohttp.ClientSession(
            trust_env=False, cookie_jar=aiohttp.DummyCookieJar(), timeout=_TIMEOUT
        ) as session:
            found = await _ask(session, "GET", f"{issuer}/.well-known/openid-configuration", tls=tls)
            endpoint = msgspec.json.decode(found, type=_Discovery).token_endpoint
            if not endpoint or (issuer.startswith("https://") and not endpoint.startswith("https://")):
                raise CredentialsError(f"{what}: {issuer} names no token endpoint that is safe to use.")
            return await _exchange(session, endpoint, config, refresh_token, tls)
    except (aiohttp.ClientError, TimeoutError, OSError, KubeconfigError, msgspec.DecodeError, _Refused) as error:
        reason = str(error) if isinstance(error, (KubeconfigError, _Refused)) else f"{issuer} gave no usable answer"
        raise CredentialsError(f"{what}: {reason.rstrip('.')}. Log in anew with your provider's command.") from None


async def _exchange(
    session: aiohttp.ClientSession, endpoint: str, config: dict[str, str], refresh_token: Secret, tls: Any
) -> _Tokens:
    """Show who we are in a header, and if that is refused in the form: issuers want this or that (RFC 6749, 2.3.1)."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
    client, secret = config["client-id"], config.get("client-secret", "")
    pair = f"{quote_plus(client)}:{quote_plus(secret)}"
    header = "Basic " + base64.b64encode(pair.encode()).decode()
    try:
        answer = await _ask(session, "POST", endpoint, tls=tls, form=form, headers={"Authorization": header})
    except _Refused:
        form |= {"client_id": client} | ({"client_secret": secret} if secret else {})
        answer = await _ask(session, "POST", endpoint, tls=tls, form=form)
    tokens = msgspec.json.decode(answer, type=_Tokens)
    if not tokens.id_token:
        raise _Refused("the issuer's answer holds no id_token (was the scope openid asked for at the login?)")
    return tokens


class _Refused(Exception):
    """The issuer said no; the text may be shown."""


async def _ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    tls: Any,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:
    proxy = proxies.from_environment(url, os.environ)
    options: dict[str, Any] = {"proxy": proxy.url} if proxy else {}
    if proxy and proxy.authorization:
        options["proxy_headers"] = {"Proxy-Authorization": proxy.authorization.reveal()}
    async with session.request(
        method,
        url,
        data=form,
        headers={"Accept": "application/json"} | (headers or {}),
        ssl=tls,
        allow_redirects=False,
        **options,
    ) as response:
        body = await response.content.read(1 << 20)
        if response.status != 200:
            raise _Refused(f"the issuer answered {response.status}")
        return body


def _authority(user: Located[User], config: dict[str, str]) -> bytes:
    data, path = config.get("idp-certificate-authority-data", ""), config.get("idp-certificate-authority", "")
    try:
        return base64.b64decode(data, validate=True) if data else Path(path).read_bytes() if path else b""
    except (binascii.Error, OSError) as error:
        raise KubeconfigError(f"The idp-certificate-authority of the {user} cannot be read.") from error


def store(user: Located[User], tokens: dict[str, Secret]) -> str:
    """Write new tokens into the entry they came from, keeping the file's other content and its mode.

    Gives what the user should know when that is not possible: kubectl is left with tokens that may be void.
    """
    file, lock = Path(user.file).resolve(), Path(user.file + ".lock")  # kubectl's lock: it waits for us and we for it
    try:
        with contextlib.ExitStack() as cleanup:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
            cleanup.callback(lock.unlink)
            document = yaml.safe_load(file.read_text())
            entry = next(item["user"] for item in document["users"] if item.get("name") == user.name)
            entry["auth-provider"]["config"].update({key: token.reveal() for key, token in tokens.items() if token})
            with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".kubeconfig-", delete=False) as fresh:
                cleanup.callback(lambda: Path(fresh.name).unlink(missing_ok=True))
                yaml.safe_dump(document, fresh, sort_keys=False)
            Path(fresh.name).chmod(file.stat().st_mode & 0o777)
            Path(fresh.name).replace(file)
    except (OSError, yaml.YAMLError, StopIteration, KeyError, TypeError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it has changed"
        return f"The new tokens of the {user} cannot be written back ({reason}): kubectl may ask you to log in anew."
    return ""
