"""A throw-away certificate authority and server certificate for the loopback address.

kubectl sends no credentials over plain HTTP, so that the simulated server speaks TLS to tell its users apart. The keys
are made anew each time, live in memory, and guard nothing but simulated data: the arithmetic is plain and takes no
care to hide its timing.

Source: RFC 5280 (certificates), SEC 1 (keys and ECDSA), FIPS 186-4 appendix D (P-256).
"""

import base64
import hashlib
import os
import secrets
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_EC, _P256, _ECDSA_SHA256 = "1.2.840.10045.2.1", "1.2.840.10045.3.1.7", "1.2.840.10045.4.3.2"
_COMMON_NAME, _ALT_NAMES, _BASIC, _USAGE = "2.5.4.3", "2.5.29.17", "2.5.29.19", "2.5.29.15"
_SUBJECT_KEY, _AUTHORITY_KEY, _EXTENDED = "2.5.29.14", "2.5.29.35", "2.5.29.37"
_SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
_VALID_FOR = timedelta(days=30)


class Certificates(NamedTuple):
    """What a TLS server on the loopback address needs, in PEM."""

    authority: str
    """The certificate that clients trust."""
    server: str
    server_key: str

    def server_context(self) -> ssl.SSLContext:
        """A context that serves with them; the key is in a file of its own for a moment only."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory(prefix="storagetui-") as folder:
            path = os.path.join(folder, "server.pem")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(self.server + self.server_key)
            context.load_cert_chain(path)
        return context


class _Key(NamedTuple):
    secret: int
    point: tuple[int, int]

    @property
    def public(self) -> bytes:
        x, y = self.point
        return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    @property
    def identifier(self) -> bytes:
        return hashlib.sha256(self.public).digest()[:20]


def issued() -> Certificates:
    """A new authority, and a certificate of it for localhost, 127.0.0.1 and ::1, valid for 30 days."""
    authority, server = _new_key(), _new_key()
    usage = [(_BASIC, True, _sequence(_boolean())), (_USAGE, True, _bits(b"\x06", unused=1))]
    names = b"".join((_tlv(0x82, b"localhost"), _tlv(0x87, bytes((127, 0, 0, 1))), _tlv(0x87, bytes(15) + b"\x01")))
    leaf = [
        (_BASIC, True, _sequence()),
        (_USAGE, True, _bits(b"\x80", unused=7)),
        (_EXTENDED, False, _sequence(_oid(_SERVER_AUTH))),
        (_ALT_NAMES, False, _sequence(names)),
    ]
    ca_name, server_name = "storagetui simulated cluster authority", "storagetui simulated cluster"
    return Certificates(
        _pem("CERTIFICATE", _certificate(authority, ca_name, authority, ca_name, usage)),
        _pem("CERTIFICATE", _certificate(server, server_name, authority, ca_name, leaf)),
        _pem("EC PRIVATE KEY", _private_key(server)),
    )


def _certificate(
    key: _Key, name: str, issuer: _Key, issuer_name: str, extensions: list[tuple[str, bool, bytes]]
) -> bytes:
    now = datetime.now(UTC)
    identifiers = [
        (_SUBJECT_KEY, False, _tlv(0x04, key.identifier)),
        (_AUTHORITY_KEY, False, _sequence(_tlv(0x80, issuer.identifier))),
    ]
    encoded = b"".join(
        _sequence(_oid(oid), _boolean() if critical else b"", _tlv(0x04, value))
        for oid, critical, value in (*extensions, *identifiers)
    )
    algorithm = _sequence(_oid(_ECDSA_SHA256))
    body = _sequence(
        _tlv(0xA0, _integer(2)),
        _integer(secrets.randbits(63) + 1),
        algorithm,
        _name(issuer_name),
        _sequence(_time(now - timedelta(days=1)), _time(now + _VALID_FOR)),
        _name(name),
        _sequence(_sequence(_oid(_EC), _oid(_P256)), _bits(key.public)),
        _tlv(0xA3, _sequence(encoded)),
    )
    return _sequence(body, algorithm, _bits(_signature(issuer, body)))


def _private_key(key: _Key) -> bytes:
    secret = _tlv(0x04, key.secret.to_bytes(32, "big"))
    return _sequence(_integer(1), secret, _tlv(0xA0, _oid(_P256)), _tlv(0xA1, _bits(key.public)))


def _new_key() -> _Key:
    secret = secrets.randbelow(_N - 1) + 1
    return _Key(secret, _times(secret, _G))


def _signature(key: _Key, message: bytes) -> bytes:
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    nonce = secrets.randbelow(_N - 1) + 1
    r = _times(nonce, _G)[0] % _N
    s = pow(nonce, -1, _N) * (digest + r * key.secret) % _N
    return _sequence(_integer(r), _integer(s))


def _times(factor: int, point: tuple[int, int]) -> tuple[int, int]:
    """A point of P-256 times a factor between 1 and the order, by doubling and adding."""
    total: tuple[int, int] | None = None
    while factor:
        if factor & 1:
            total = point if total is None else _plus(total, point)
        point = _plus(point, point)
        factor >>= 1
    if total is None:
        raise ValueError("a point times zero is no point of the plane")
    return total


def _plus(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = first, second
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, _P) if first == second else (y2 - y1) * pow(x2 - x1, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _tlv(tag: int, content: bytes) -> bytes:
    """One element of DER: tag, length, content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _sequence(*parts: bytes) -> bytes:
    return _tlv(0x30, b"".join(parts))


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _boolean() -> bytes:
    return _tlv(0x01, b"\xff")


def _bits(content: bytes, unused: int = 0) -> bytes:
    return _tlv(0x03, bytes((unused,)) + content)


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    content = bytearray((first * 40 + second,))
    for number in rest:
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(0x80 | (number & 0x7F))
        content += bytes(reversed(septets))
    return _tlv(0x06, bytes(content))


def _name(common_name: str) -> bytes:
    attribute = _sequence(_oid(_COMMON_NAME), _tlv(0x0C, common_name.encode()))
    return _sequence(_tlv(0x31, attribute))


def _time(moment: datetime) -> bytes:
    return _tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())


def _pem(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
