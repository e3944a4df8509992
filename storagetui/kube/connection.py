"""Everything that is needed to reach one cluster as one user."""

import msgspec

from storagetui.kube.kubeconfig_file import Cluster, Located, User
from storagetui.kube.proxies import Proxy

_TOKEN_CHARACTERS = frozenset("!#$&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


class Impersonation(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the user acts as; the server checks that the user may."""

    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that say so, in order; a name may stand there more than once.

        As k8s.io/client-go/transport/round_trippers.go writes them; none when no user is named.
        """
        if not self.user:
            return ()
        found = [("Impersonate-User", self.user)]
        found += [("Impersonate-Uid", self.uid)] if self.uid else []
        found += [("Impersonate-Group", group) for group in self.groups]
        found += [(f"Impersonate-Extra-{_header_name(key)}", value) for key, values in self.extra for value in values]
        return tuple(found)


def _header_name(key: str) -> str:
    """A key as part of a header's name: every byte that may not stand there is percent-encoded, and `%` too."""
    return "".join(chr(b) if chr(b) in _TOKEN_CHARACTERS else f"%{b:02X}" for b in key.encode())


def sendable(value: str) -> bool:
    """Whether a text may be the value of a header: no line break and no other control character but the tab."""
    return not any((character < " " and character != "\t") or character == "\x7f" for character in value)


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is needed to reach one cluster as one user: read once, never changed.

    What changes meanwhile (tokens, certificates) is looked after by Credentials and tls.Contexts.
    """

    context: str
    """The name of the context, or `in-cluster`."""
    server: str
    """`http://` or `https://`, host, port, perhaps a path; no user, no query, no slash at the end."""
    cluster: Located[Cluster]
    user: Located[User]
    namespace: str = "default"
    impersonation: Impersonation = Impersonation()
    proxy: Proxy | None = None

    @property
    def cluster_id(self) -> str:
        """What plans, journals and recordings carry to say which cluster they are about."""
        return f"{self.context}@{self.server}"

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted; kubectl sends credentials over no other, and neither do we."""
        return self.server.startswith("https://")


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says instead of the kubeconfig; an empty value says nothing."""

    context: str = ""
    namespace: str = ""
    as_user: str = ""
    as_uid: str = ""
    as_groups: tuple[str, ...] = ()


NOTHING = Overrides()
"""A command line that says nothing."""
