import ssl
from datetime import UTC, datetime, timedelta

import trustme
from hypothesis import given
from hypothesis import strategies as st

from storagetui.kube import x509

CERTIFICATE = trustme.CA(organization_name="test authority").issue_cert(
    "a.example", "10.0.0.1", "fd00::1", "*.b.example"
)
PEM = CERTIFICATE.cert_chain_pems[0].bytes()
DER = ssl.PEM_cert_to_DER_cert(PEM.decode())


def test_a_certificate_is_read() -> None:
    found = x509.from_pem(b"text before\n" + PEM + b"text after")
    assert found is not None
    assert found.names == ("a.example", "10.0.0.1", "fd00::1", "*.b.example")
    assert found.issuer == "test authority"
    assert found.not_before < datetime.now(UTC) < found.not_after
    assert found == x509.from_der(DER)


def test_both_forms_of_a_date_are_read() -> None:
    """RFC 5280 writes years from 2050 on with four digits."""
    late = trustme.CA().issue_cert("a", not_after=datetime(2061, 7, 1, 12, tzinfo=UTC))
    found = x509.from_pem(late.cert_chain_pems[0].bytes())
    assert found is not None
    assert found.not_after == datetime(2061, 7, 1, 12, tzinfo=UTC)
    assert found.not_after - found.not_before > timedelta(days=365)


def test_what_is_no_certificate_is_none() -> None:
    assert x509.from_pem(b"") is None
    assert x509.from_pem(b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----") is None
    assert x509.from_pem(b"-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----") is None
    assert x509.from_pem(b"\xff-----END CERTIFICATE-----") is None


@given(st.binary())
def test_any_bytes_may_come(data: bytes) -> None:
    x509.from_der(data)
    x509.from_pem(b"-----BEGIN CERTIFICATE-----" + data + b"-----END CERTIFICATE-----")


@given(st.integers(0, len(DER) - 1), st.binary(min_size=1, max_size=4))
def test_any_damage_may_be_done(at: int, damage: bytes) -> None:
    x509.from_der(DER[:at])
    x509.from_der(DER[:at] + damage + DER[at + len(damage) :])
