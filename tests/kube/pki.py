"""Certificates for tests: one authority, servers and clients that it vouches for."""

from datetime import datetime
from pathlib import Path

import msgspec
import trustme


class Pair(msgspec.Struct, frozen=True):
    """A certificate with its chain and the key to it, as PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """An authority and what it issues."""

    def __init__(self, name: str = "test authority") -> None:
        self._ca = trustme.CA(organization_name=name)

    @property
    def pem(self) -> bytes:
        return self._ca.cert_pem.bytes()

    def server(self, *names: str, not_after: datetime | None = None) -> Pair:
        return _pair(self._ca.issue_cert(*names, not_after=not_after))

    def client(self, name: str) -> Pair:
        return _pair(self._ca.issue_cert(f"{name}@example.org", common_name=name))


def _pair(cert: trustme.LeafCert) -> Pair:
    return Pair(b"".join(blob.bytes() for blob in cert.cert_chain_pems), cert.private_key_pem.bytes())


def write(folder: Path, name: str, data: bytes) -> str:
    """Write a file that only we can read; its path."""
    path = folder / name
    path.write_bytes(data)
    path.chmod(0o600)
    return str(path)
