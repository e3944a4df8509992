import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.kube.plain_text import plain, without_credentials


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n b\tc\r\n", "a b c"),
        ("\x1b[31mred\x07\u202eevil\u200b", "[31mred evil"),
        ("", ""),
        ("grüße", "grüße"),
    ],
)
def test_a_text_becomes_one_printable_line(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_the_end_of_a_long_text_is_kept() -> None:
    assert plain("0123456789", 4) == "…6789"


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3M",
        "k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8_QWN0aW9uPUdldA",
        "Bearer s3cr3t",
        "authorization: basic czNjcjN0",
        "token=s3cr3t",
        "Password: s3cr3t",
        "client_secret=s3cr3t",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1",
    ],
)
def test_what_looks_like_a_credential_is_left_out(secret: str) -> None:
    shown = without_credentials(f"cannot use {secret} here")
    assert "[left out]" in shown
    for part in ("s3cr3t", "czNjcjN0", "eyJ", "aHR0", "wJal"):
        assert part not in shown
    assert shown.startswith("cannot use ")
    assert shown.endswith(" here")


def test_what_helps_is_kept() -> None:
    said = "cannot reach https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com as arn:aws:x/y"
    assert without_credentials(said) == said


@given(st.text())
def test_any_text_becomes_short_and_printable(text: str) -> None:
    assert plain(text, 50).isprintable()
    assert len(plain(text, 50)) <= 51
