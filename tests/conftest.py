"""What holds for every test: an environment of its own, no network beyond this machine, and fake loop time by default.

Fake time: the loop of a test, of its async fixtures and of everything they start jumps to the next timer instead of
waiting for it. Tests whose counterpart lives outside the loop (a socket, a process, the terminal's timers) run in real
time: those in the places of REAL_TIME, and whatever is marked `realtime`. There, `looptime` marks the exception.
"""

import asyncio
import gc
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import looptime
import platformdirs
import pytest
from hypothesis import HealthCheck, settings

from tests.realcluster.build import CACHE_VARIABLE

HERE = Path(__file__).parent
REAL_TIME = ("kube/", "realcluster/", "sim/test_http", "sim/test_kubectl", "ui/", "witness/")
"""How the paths below this folder begin of tests that wait for something outside the loop."""
REAL_ENVIRONMENT = ("realcluster/",)
"""Of tests that build and run programs as a user of this machine does."""
REMOVED = {"CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "POD_NAMESPACE"}
REMOVED_BEGINNINGS = ("KUBECONFIG", "KUBECTL_", "KUBERNETES_", "STORAGETUI_", "TEXTUAL", "XDG_")
PROGRAMS = os.environ.get(CACHE_VARIABLE) or str(platformdirs.user_cache_path("storagetui") / "realcluster")
"""Where the programs of the real cluster are, whatever HOME a test is given: kubectl is one of them."""


class FakeTimeLoop(looptime.LoopTimeEventLoop, asyncio.SelectorEventLoop):
    """A loop whose time is fake from its making to its closing, so that fixtures and tests agree on it."""

    def __init__(self) -> None:
        super().__init__(noop_cycles=0)  # asyncio asks for time to pass when nothing is left to run: why look 42 times?

    @contextmanager
    def looptime_enabled(self) -> Iterator[None]:
        """Nothing to do: looptime's plug-in would switch the loop on for the test's body alone."""
        yield


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "realtime: waits for something outside the loop, so that time must be real")
    config.addinivalue_line("markers", "tolerant: rules may fail, as they may for people")
    gc.set_threshold(100_000, 20, 50)  # tests make and drop whole worlds: by default a fifth of the run is collecting
    # How long an example takes is a matter of what else the machine does; in CI, Hypothesis's own profile is the base.
    settings.register_profile("steady", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("steady")
    asyncio.set_event_loop(None)  # else looptime has one made for the first test without a loop, and nobody closes it


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """One loop for each test; which one is a matter of its place or its mark."""
    waits_outside = _place(item).startswith(REAL_TIME) and item.get_closest_marker("looptime") is None
    if waits_outside or item.get_closest_marker("realtime") is not None:
        return {"real": asyncio.new_event_loop}
    return {"fake": FakeTimeLoop}


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).as_posix() if item.path.is_relative_to(HERE) else ""


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which nobody has ever lived."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _strict_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if _place(request.node).startswith(REAL_ENVIRONMENT):
        return
    for name in list(os.environ):
        is_proxy = name.lower().endswith("_proxy")
        if is_proxy or name in REMOVED or name.startswith(REMOVED_BEGINNINGS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(request.getfixturevalue("empty_home")))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv(CACHE_VARIABLE, PROGRAMS)


@pytest.fixture(autouse=True)
def _rules_that_fail_are_faults(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that fails is told to people and fails a test; `tolerant` is for the test of what people are told."""
    engine = sys.modules.get("storagetui.diagnosis.engine")
    if engine is not None and request.node.get_closest_marker("tolerant") is None:
        monkeypatch.setattr(engine, "fault", _raised)


def _raised(_record: object, _symptom: str, error: Exception) -> None:
    raise error


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections and look-ups that leave this machine."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def checked_connect(self: socket.socket, address: Any) -> None:
        _check(self.family, address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        _check(self.family, address)
        return connect_ex(self, address)

    def checked_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _is_here(host):
            raise socket.gaierror(socket.EAI_NONAME, f"a test looked up {host!r}; tests stay on this machine")
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", checked_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", checked_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", checked_getaddrinfo)


def _check(family: int, address: Any) -> None:
    if family != socket.AF_UNIX and not _is_here(address[0]):
        raise ConnectionRefusedError(f"a test went to {address[0]!r}; tests stay on this machine")


def _is_here(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
        return address.is_loopback or address.is_unspecified  # to connect to 0.0.0.0 is to connect to this machine
    except ValueError:
        return False
