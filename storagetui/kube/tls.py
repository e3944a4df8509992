"""TLS as kubectl does it: whom we trust, how we show who we are, and files that are replaced while we run.

Go's rules (crypto/x509), where OpenSSL's defaults differ: any certificate in the bundle is an anchor of trust, also one
that no other has signed; the common name is no host name; and the form of a certificate is not judged
(VERIFY_X509_STRICT, which Python sets from 3.13 on, rejects authorities that managed clusters use).
"""

import os
import re
import ssl
import sys
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from storagetui.errors import CredentialsError, KubeconfigError
from storagetui.kube.connection import Connection
from storagetui.kube.kubeconfig_file import Cluster, Located, User
from storagetui.kube.secret import Blob

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")

FileState = tuple[int, int, int]


class KeyPair(msgspec.Struct, frozen=True):
    """A client certificate with its chain, and the key to it, as PEM."""

    certificate: bytes
    key: Blob


class Contexts:
    """The TLS context for new connections to one cluster: another one as soon as a file or a certificate is another."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._made: tuple[tuple[FileState | None, ...], KeyPair | None, ssl.SSLContext] | None = None
        self.problem = ""
        """Why files that have changed are not used; empty while all is well."""

    def current(self, pair: KeyPair | None = None) -> ssl.SSLContext:
        """The context for a connection that is opened now; `pair`: what an exec plug-in gave to a user who has none.

        The same object as long as nothing has changed. Files that have changed and cannot be used (a rotation half
        done) leave the old one in place and `problem` set. Raises KubeconfigError or CredentialsError if there is none.
        """
        files = self._file_states()
        if self._made is not None and self._made[:2] == (files, pair):
            return self._made[2]
        try:
            context = self._make(pair)
        except (KubeconfigError, CredentialsError) as error:
            if self._made is None or self._made[1] != pair:
                raise
            self.problem = str(error)
            return self._made[2]
        self.problem = ""
        self._made = (files, pair, context)
        return context

    def authority(self) -> bytes:
        """The certificates we trust, as PEM; empty when the system's count. Raises KubeconfigError."""
        cluster = self._connection.cluster
        if cluster.value.certificate_authority_data:
            return cluster.value.certificate_authority_data.reveal()
        path = cluster.value.certificate_authority
        return _read(path, cluster, "certificate-authority") if path else b""

    def _make(self, pair: KeyPair | None) -> ssl.SSLContext:
        cluster, user = self._connection.cluster, self._connection.user
        context = verifying_context(self.authority(), str(cluster), insecure=cluster.value.insecure_skip_tls_verify)
        own = own_pair(user)
        if own is not None:
            show(context, own, f"The client certificate of the {user}")
        elif pair is not None:
            show(context, pair, f"The client certificate that the exec plug-in of the {user} gave")
        return context

    def _file_states(self) -> tuple[FileState | None, ...]:
        user = self._connection.user.value
        paths = (self._connection.cluster.value.certificate_authority, user.client_certificate, user.client_key)
        return tuple(_state(path) for path in paths)


def own_pair(user: Located[User]) -> KeyPair | None:
    """The client certificate that a user's entry names, inline or in files, or None. Raises KubeconfigError."""
    entry = user.value
    if not entry.client_certificate and not entry.client_certificate_data:
        return None
    certificate = entry.client_certificate_data.reveal() or _read(entry.client_certificate, user, "client-certificate")
    key = entry.client_key_data or Blob(_read(entry.client_key, user, "client-key"))
    return KeyPair(certificate, key)


def verifying_context(authority: bytes, where: str, *, insecure: bool = False) -> ssl.SSLContext:
    """A context that trusts these certificates (PEM; empty: the system's), or anybody. Raises KubeconfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif not authority:
        context.load_default_certs()
    else:
        _trust(context, authority, where)
    return context


def _trust(context: ssl.SSLContext, authority: bytes, where: str) -> None:
    """Trust every certificate of a bundle that can be read, as Go does; one must be."""
    trusted = False
    for match in _PEM.finditer(authority):
        try:
            context.load_verify_locations(cadata=b64decode(match[1]))
        except (ssl.SSLError, ValueError):
            continue
        trusted = True
    if not trusted:
        raise KubeconfigError(f"The certificate-authority of the {where} holds no certificate (PEM) that can be read.")


def show(context: ssl.SSLContext, pair: KeyPair, what: str) -> None:
    """Show a client certificate to servers that ask for one. Raises CredentialsError naming `what`."""

    def encrypted() -> str:
        raise CredentialsError(f"{what} cannot be used: its key is encrypted. Decrypt it, as kubectl needs it too.")

    with _readable(pair.certificate) as certificate, _readable(pair.key.reveal()) as key:
        try:
            # Without a password function OpenSSL would ask on the terminal that the screens are drawn on.
            context.load_cert_chain(certificate, key, password=encrypted)
        except ssl.SSLError as error:
            reason = (
                "the key belongs to another certificate"
                if error.reason == "KEY_VALUES_MISMATCH"
                else "it is not valid PEM"
            )
            raise CredentialsError(f"{what} cannot be used: {reason}.") from None
        except OSError as error:
            raise CredentialsError(f"{what} cannot be used: {error.strerror}.") from None


@contextmanager
def _readable(data: bytes) -> Iterator[str]:
    """A path that OpenSSL can read once: in memory where the system can, else a file that only we can read."""
    if sys.platform == "linux" and Path("/proc/self/fd").is_dir():
        descriptor = os.memfd_create("storagetui", os.MFD_CLOEXEC)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            yield f"/proc/self/fd/{descriptor}"
    else:
        with tempfile.NamedTemporaryFile(prefix="storagetui-") as file:
            file.write(data)
            file.flush()
            yield file.name


def _read(path: str, entry: Located[Cluster] | Located[User], field: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise KubeconfigError(f"The {field} of the {entry} cannot be read: {path}: {error.strerror}.") from error


def _state(path: str) -> FileState | None:
    """What is another when a file was replaced or written to; None without a file."""
    if not path:
        return None
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
