"""Which proxy stands between us and a server: the kubeconfig's, the environment's, or none.

The rules are Go's (golang.org/x/net/http/httpproxy), because they are kubectl's: NO_PROXY knows addresses, CIDR ranges,
ports, domains with and without their subdomains, and `*`; loopback is never reached through a proxy of the environment.
"""

import base64
import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from storagetui.errors import KubeconfigError
from storagetui.kube.secret import Secret

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Proxy(msgspec.Struct, frozen=True):
    """A proxy, and where we have it from."""

    url: str
    """Its address, without a user and password."""
    source: str
    """Where it is written: `proxy-url of cluster "x" in FILE`, `HTTPS_PROXY`."""
    authorization: Secret = Secret()
    """The value of Proxy-Authorization; empty when it wants none."""


def configured(url: str, source: str) -> Proxy:
    """The proxy that an entry of a kubeconfig names; it is used for every address, whatever NO_PROXY says.

    Raises KubeconfigError when we cannot speak to such a proxy.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise KubeconfigError(_unusable(source, parts.scheme if parts else ""))
    return _proxy(parts, source)


def from_environment(server: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy that the environment names for a server (`https://host:port`), or None.

    Raises KubeconfigError when there is one that we cannot speak to.
    """
    target = urlsplit(server)
    name, url = _first(environ, "HTTPS_PROXY" if target.scheme == "https" else "HTTP_PROXY")
    no_proxy = _first(environ, "NO_PROXY")[1]
    if not url or bypassed(target.hostname or "", target.port or _DEFAULT_PORTS.get(target.scheme, 0), no_proxy):
        return None
    parts = _split(url if "://" in url else "http://" + url)
    if parts is None or not parts.hostname:
        return None  # Go ignores what it cannot parse
    if parts.scheme not in _DEFAULT_PORTS:
        raise KubeconfigError(_unusable(name, parts.scheme))
    return _proxy(parts, name)


def bypassed(host: str, port: int, no_proxy: str) -> bool:
    """Whether a host is reached directly although the environment names a proxy."""
    host = _ascii(host)
    address = _address(host.split("%")[0])
    if host == "localhost" or (address is not None and address.is_loopback):
        return True
    rules = [rule.strip().lower() for rule in no_proxy.split(",") if rule.strip()]
    return any(_matches(rule, host.lower(), address, port) for rule in rules)


def _matches(rule: str, host: str, address: Address | None, port: int) -> bool:
    if rule == "*":
        return True
    network = _network(rule)
    if network is not None:
        return address is not None and address.version == network.version and address in network
    rule_host, rule_port = _host_and_port(rule)
    if not rule_host or (rule_port and rule_port != str(port)):
        return False
    rule_address = _address(rule_host)
    if rule_address is not None:
        return rule_address == address
    if address is not None:
        return False
    suffix = _ascii(rule_host[1:] if rule_host.startswith("*.") else rule_host)
    return host.endswith(suffix) if suffix.startswith(".") else host == suffix or host.endswith("." + suffix)


def _network(rule: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if not re.search(r"/\d+$", rule):  # Python would take a netmask too, and a bare address for a network of one
        return None
    try:
        return ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return None


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _host_and_port(rule: str) -> tuple[str, str]:
    """`a:1`, `[::1]:1` into their halves; anything else is a host alone."""
    match = re.fullmatch(r"\[([^\]]*)\]:([^:]*)|([^:\[\]]*):([^:]*)", rule)
    if match is None:
        return rule, ""
    return (match[1], match[2]) if match[1] is not None else (match[3], match[4])


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _first(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """A variable by its name in capitals, or else in small letters (Go 1.26 and before), and what it holds."""
    return next(((found, environ[found]) for found in (name, name.lower()) if environ.get(found)), ("", ""))


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _proxy(parts: SplitResult, source: str) -> Proxy:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    url = f"{parts.scheme}://{host}:{parts.port or _DEFAULT_PORTS[parts.scheme]}"
    if parts.username is None:
        return Proxy(url, source)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(url, source, Secret("Basic " + base64.b64encode(pair.encode()).decode()))


def _unusable(source: str, scheme: str) -> str:
    if scheme.startswith("socks"):
        return f"{source} names a {scheme} proxy; storagetui speaks to http and https proxies alone. Name one of those."
    return f"{source} is not the address of a proxy: write it as http://HOST:PORT or https://HOST:PORT."
