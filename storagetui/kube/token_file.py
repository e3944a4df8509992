"""A token in a file that somebody renews: kubelet in a pod, an agent on a laptop."""

import asyncio
from pathlib import Path

from storagetui.errors import CredentialsError
from storagetui.kube.identity import Identity, bearer
from storagetui.kube.kubeconfig_file import Located, User

PERIOD_S = 50.0
"""Seconds after which the file is read again: client-go's minute, less its leeway (transport/token_source.go)."""


class TokenFile:
    """The token of a user's `tokenFile`, read again as time goes by and when the server rejects it.

    It wins over a `token` in the same entry, which serves while the file cannot be read; so does the last token read.
    """

    def __init__(self, user: Located[User]) -> None:
        self._user = user
        self._token = user.value.token.reveal()
        self._read_at: float | None = None  # on the loop's clock
        self.problem = ""

    async def identity(self) -> Identity:
        """The token last read. Raises CredentialsError when there never was one."""
        now = asyncio.get_running_loop().time()
        if self._read_at is None or now - self._read_at >= PERIOD_S:
            self._read(now)
        if not self._token:
            raise CredentialsError(self.problem)
        return Identity(bearer(self._token))

    async def renew(self, rejected: Identity) -> bool:
        """Read the file at once; whether it holds another token."""
        self._read(asyncio.get_running_loop().time())
        return bool(self._token) and Identity(bearer(self._token)) != rejected

    def _read(self, now: float) -> None:
        path = self._user.value.token_file
        try:
            token = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not a text"
            self.problem = f"The token file {path} of the {self._user} cannot be read: {reason}."
            return
        if not token:
            self.problem = f"The token file {path} of the {self._user} is empty."
            return
        self._token, self._read_at, self.problem = token, now, ""
