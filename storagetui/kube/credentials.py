"""Who we are to a server: from what a user's entry describes to credentials that stay valid.

In kubectl's order: token or token file, user name and password, exec plug-in, OIDC. A client certificate (tls.py) may
stand beside any of them, or alone; an exec plug-in is not asked then.
"""

from collections.abc import Callable
from typing import Protocol

from storagetui.errors import CredentialsError
from storagetui.kube import exec_plugin, oidc
from storagetui.kube.connection import Connection
from storagetui.kube.identity import Fixed, Identity, Renewing, basic, bearer
from storagetui.kube.token_file import TokenFile


class Credentials(Protocol):
    """The identity of one user, whatever it comes from."""

    @property
    def problem(self) -> str:
        """Why the identity could not be renewed while the old one still serves; empty while all is well."""

    async def identity(self) -> Identity:
        """What to show now, renewed first when it is about to expire. Raises CredentialsError when there is none."""

    async def renew(self, rejected: Identity) -> bool:
        """After the server answered 401 to `rejected`: whether `identity()` now has something else to show."""


def for_connection(connection: Connection, authority: Callable[[], bytes]) -> Credentials:
    """The credentials that a connection's user describes; `authority` reads the certificates that we trust, as PEM.

    None at all over plain HTTP, as kubectl. Raises CredentialsError when the entry describes none that we know.
    """
    user = connection.user.value
    if not connection.secure:
        return Fixed(Identity())
    provider = user.auth_provider
    if provider is not None and provider.name != "oidc":
        raise CredentialsError(
            f'The {connection.user} has the auth-provider "{provider.name}", which kubectl has dropped too: '
            "write the entry anew with your provider's command, so that it names an exec plug-in."
        )
    if user.token_file:
        return TokenFile(connection.user)
    if user.token:
        return Fixed(Identity(bearer(user.token.reveal())))
    if user.username:
        return Fixed(Identity(basic(user.username, user.password)))
    certified = bool(user.client_certificate or user.client_certificate_data)
    if user.exec is not None and not certified:
        return Renewing(exec_plugin.fetcher(connection, user.exec, authority))
    if provider is not None:
        return Renewing(oidc.fetcher(connection.user, provider))
    if certified:
        return Fixed(Identity())
    raise CredentialsError(
        f"The {connection.user} has no credentials (kubectl would ask for a password): "
        "give the entry a token, a client certificate or an exec plug-in."
    )
