"""The few facts of a certificate that a message needs: whose it is, who issued it, which names it is for, when it ends.

A reader of DER (ITU-T X.690) as far as RFC 5280 needs it, because `ssl` tells these facts of certificates alone that it
has verified, and the messages are about those that it has not. Nothing is decided by what is read here.
"""

import contextlib
import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

_COMMON_NAME = bytes.fromhex("550403")
_ORGANIZATION = bytes.fromhex("55040a")
_SUBJECT_ALTERNATIVE_NAME = bytes.fromhex("551d11")
_OID, _SEQUENCE, _UTC_TIME, _VERSION, _EXTENSIONS, _DNS_NAME, _IP_ADDRESS = 0x06, 0x30, 0x17, 0xA0, 0xA3, 0x82, 0x87


class Certificate(msgspec.Struct, frozen=True):
    """What a certificate says of itself."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """DNS names and IP addresses that it is for."""
    not_before: datetime
    not_after: datetime


def from_pem(pem: bytes) -> Certificate | None:
    """The first certificate of a PEM text; None when there is none that can be read."""
    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    start = pem.find(begin)
    stop = pem.find(end, start)
    if start < 0 or stop < 0:
        return None
    try:
        return from_der(ssl.PEM_cert_to_DER_cert(pem[start : stop + len(end)].decode("ascii")))
    except ValueError:
        return None


def from_der(der: bytes) -> Certificate | None:
    """A certificate; None when it cannot be read."""
    try:
        ((_, certificate),) = _items(der)
        _, signed = next(_items(certificate))
        parts = list(_items(signed))
        if parts[0][0] == _VERSION:
            parts = parts[1:]
        _, _, (_, issuer), (_, validity), (_, subject), *rest = parts
        not_before, not_after = (_moment(tag, text) for tag, text in _items(validity))
        names = next((_names(body) for tag, body in rest if tag == _EXTENSIONS), ())
        return Certificate(_name(subject), _name(issuer), names, not_before, not_after)
    except (IndexError, ValueError, StopIteration):
        return None


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements that stand one after another in `data`: tag and content. Raises ValueError on anything cut short."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            width = length & 0x7F
            length = int.from_bytes(data[at : at + width], "big")
            at += width
        if at + length > len(data):
            raise ValueError("cut short")
        yield tag, data[at : at + length]
        at += length


def _name(data: bytes) -> str:
    """The common name, or else the organization, or else nothing."""
    found: dict[bytes, str] = {}
    for _, attribute_set in _items(data):
        for _, attribute in _items(attribute_set):
            (_, kind), (_, value) = _items(attribute)
            found[kind] = value.decode("utf-8", "replace")
    return found.get(_COMMON_NAME) or found.get(_ORGANIZATION, "")


def _moment(tag: int, text: bytes) -> datetime:
    """RFC 5280, 4.1.2.5: two digits of a year up to 49 are of this century."""
    digits = text.decode("ascii").rstrip("Z")
    if tag == _UTC_TIME:
        digits = ("20" if digits[:2] < "50" else "19") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _names(extensions: bytes) -> tuple[str, ...]:
    for _, listed in _items(extensions):
        for _, extension in _items(listed):
            parts = list(_items(extension))
            if parts[0] == (_OID, _SUBJECT_ALTERNATIVE_NAME):
                ((_, names),) = _items(parts[-1][1])
                return tuple(_alternative_names(names))
    return ()


def _alternative_names(data: bytes) -> Iterator[str]:
    for tag, value in _items(data):
        if tag == _DNS_NAME:
            yield value.decode("ascii", "replace")
        elif tag == _IP_ADDRESS:
            with contextlib.suppress(ValueError):
                yield str(ipaddress.ip_address(value))
