import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagetui.errors import KubeconfigError
from storagetui.kube.proxies import Proxy, bypassed, configured, from_environment
from storagetui.kube.secret import Secret

SERVER = "https://api.example.com:6443"


@pytest.mark.parametrize(
    ("host", "port", "no_proxy", "expected"),
    [
        ("api.example.com", 443, "", False),
        ("localhost", 443, "", True),
        ("127.0.0.1", 443, "", True),
        ("127.8.8.8", 443, "", True),
        ("::1", 443, "", True),
        ("::ffff:127.0.0.1", 443, "", True),
        ("localhost.example.com", 443, "", False),
        ("api.example.com", 443, "*", True),
        ("10.1.2.3", 443, "x,*,y", True),
        ("api.example.com", 443, "example.com", True),
        ("example.com", 443, "example.com", True),
        ("API.Example.COM", 443, "eXample.com", True),
        ("badexample.com", 443, "example.com", False),
        ("api.example.com", 443, ".example.com", True),
        ("example.com", 443, ".example.com", False),
        ("api.example.com", 443, "*.example.com", True),
        ("example.com", 443, "*.example.com", False),
        ("api.example.com", 443, "*example.com", False),
        ("api.example.com", 443, "example.com:443", True),
        ("api.example.com", 443, "example.com:80", False),
        ("api.example.com", 443, " other.com , example.com ", True),
        ("api.example.com", 443, ",, ,:443,", False),
        ("10.96.0.1", 443, "10.96.0.1", True),
        ("10.96.0.1", 443, "10.96.0.1:443", True),
        ("10.96.0.1", 443, "10.96.0.1:6443", False),
        ("10.96.0.1", 443, "10.96.0.0/12", True),
        ("10.96.0.1", 443, "10.96.7.7/12", True),
        ("10.112.0.1", 443, "10.96.0.0/12", False),
        ("10.96.0.1", 443, "10.0.0.0/255.0.0.0", False),
        ("10.96.0.1", 443, "10.0.0.0/99", False),
        ("10.96.0.1", 443, "96.0.1", False),
        ("10.96.0.1", 443, ".0.1", False),
        ("::ffff:10.96.0.1", 443, "10.0.0.0/8", True),
        ("fd00::1", 443, "fd00::/8", True),
        ("fd00::1", 443, "fd00::1", True),
        ("fd00::1", 443, "[fd00::1]:443", True),
        ("fd00::1", 443, "[fd00::1]:80", False),
        ("fd00::1", 443, "10.0.0.0/8", False),
        ("api.example.com", 443, "10.0.0.0/8", False),
        ("bücher.example", 443, "xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", 443, "bücher.example", True),
    ],
)
def test_no_proxy_means_what_it_means_to_go(host: str, port: int, no_proxy: str, expected: bool) -> None:
    assert bypassed(host, port, no_proxy) is expected


def test_the_environment_names_a_proxy_by_the_scheme_of_the_server() -> None:
    environ = {"HTTPS_PROXY": "http://secure:1", "HTTP_PROXY": "http://plain:2", "ALL_PROXY": "http://all:3"}
    assert from_environment(SERVER, environ) == Proxy("http://secure:1", "HTTPS_PROXY")
    assert from_environment("http://api.example.com", environ) == Proxy("http://plain:2", "HTTP_PROXY")
    assert from_environment(SERVER, {"ALL_PROXY": "http://all:3"}) is None
    assert from_environment(SERVER, {}) is None


def test_capitals_come_first() -> None:
    assert from_environment(SERVER, {"https_proxy": "http://b:1"}) == Proxy("http://b:1", "https_proxy")
    assert from_environment(SERVER, {"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1"}) == Proxy(
        "http://a:1", "HTTPS_PROXY"
    )
    environ = {"HTTPS_PROXY": "http://a:1", "NO_PROXY": "other.com", "no_proxy": "example.com"}
    assert from_environment(SERVER, environ) is not None
    assert from_environment(SERVER, environ | {"NO_PROXY": ""}) is None


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("proxy", "http://proxy:80"),
        ("proxy:3128", "http://proxy:3128"),
        ("10.0.0.1:3128", "http://10.0.0.1:3128"),
        ("HTTP://proxy:3128/path", "http://proxy:3128"),
        ("https://proxy", "https://proxy:443"),
        ("http://[fd00::1]:3128", "http://[fd00::1]:3128"),
    ],
)
def test_the_address_of_a_proxy_may_be_short(value: str, url: str) -> None:
    assert from_environment(SERVER, {"HTTPS_PROXY": value}) == Proxy(url, "HTTPS_PROXY")


@pytest.mark.parametrize("value", ["http://", "http://proxy:port", ":3128", "http://[::1"])
def test_what_is_no_address_is_ignored_as_go_ignores_it(value: str) -> None:
    assert from_environment(SERVER, {"HTTPS_PROXY": value}) is None


def test_a_password_is_kept_out_of_the_address() -> None:
    proxy = configured("http://me:p%40ss%3A@proxy:3128", "here")
    assert proxy.url == "http://proxy:3128"
    assert proxy.authorization == Secret("Basic " + base64.b64encode(b"me:p@ss:").decode())
    assert "p@ss" not in repr(proxy)
    assert configured("http://me@proxy", "here").authorization == Secret("Basic " + base64.b64encode(b"me:").decode())


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4"])
def test_a_socks_proxy_is_refused_in_so_many_words(scheme: str) -> None:
    with pytest.raises(
        KubeconfigError, match=f"The proxy-url of X names a {scheme} proxy; .* http and https proxies alone"
    ):
        configured(f"{scheme}://me:hidden@proxy:1080", "The proxy-url of X")
    with pytest.raises(KubeconfigError, match=f"^HTTPS_PROXY names a {scheme} proxy") as raised:
        from_environment(SERVER, {"HTTPS_PROXY": f"{scheme}://me:hidden@proxy:1080"})
    assert "hidden" not in str(raised.value)
    assert from_environment("https://127.0.0.1", {"HTTPS_PROXY": f"{scheme}://proxy:1080"}) is None


@pytest.mark.parametrize("url", ["proxy:3128", "ftp://proxy", "http://", "http://proxy:port", "//proxy"])
def test_an_entry_must_hold_a_whole_address(url: str) -> None:
    with pytest.raises(KubeconfigError, match="The proxy-url of X is not the address of a proxy"):
        configured(url, "The proxy-url of X")


@given(st.text(), st.integers(0, 65535), st.text())
def test_any_text_is_a_host_and_a_list(host: str, port: int, no_proxy: str) -> None:
    assert bypassed(host, port, no_proxy) in (True, False)


@given(st.text())
def test_any_text_may_stand_in_the_environment(value: str) -> None:
    with suppress(KubeconfigError):
        proxy = from_environment(SERVER, {"HTTPS_PROXY": value})
        assert proxy is None or proxy.url.startswith(("http://", "https://"))
