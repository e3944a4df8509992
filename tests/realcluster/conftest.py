"""One real cluster for a test session, and a lab in it for every test."""

import asyncio
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.realcluster import build
from tests.realcluster.cluster import Cluster
from tests.realcluster.lab import Lab
from tests.realcluster.waiting import NotInTime, wait_until

TIMEOUT_S = 240
"""Of one test with its fixtures, unless it says otherwise: the first one's start the cluster."""
DELETED_WITHIN_S = 60.0


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here, and run those that stop servers or nodes after all others."""
    asyncio.set_event_loop(
        None
    )  # else pytest-asyncio, asking for the loop before its own, is given one that nobody closes
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.realcluster)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_S))
    items.sort(key=lambda item: item.get_closest_marker("disruptive") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say in the report of a failure where the logs of all programs are."""
    report = yield
    cluster = getattr(item, "funcargs", {}).get("cluster")
    if report.failed and isinstance(cluster, Cluster):
        report.sections.append(("real cluster", f"What every program wrote is in {cluster.folder / 'logs'}"))
    return report


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of the programs. Without it tests are skipped with the reason; with CI=true that is a failure."""
    obstacle = build.obstacle()
    if obstacle:
        if os.environ.get("CI") == "true":
            pytest.fail(obstacle)
        pytest.skip(obstacle)
    return build.folder()


@pytest.fixture(scope="session")
def cluster(built: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The cluster of the session: three nodes Ready, in three zones."""
    running = Cluster(built)
    try:
        running.start()
        yield running
    finally:
        running.close(keep_logs=request.session.testsfailed > 0)


@pytest.fixture(scope="session")
def retired(cluster: Cluster) -> list[Lab]:
    """The labs whose objects are being deleted while other tests run already."""
    return []


@pytest.fixture
def lab(cluster: Cluster, retired: list[Lab], request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A namespace, a class and a driver of the test's own. A disruptive test first waits until all others' are gone."""
    disruptive = request.node.get_closest_marker("disruptive") is not None
    if disruptive:
        _wait_gone(retired)
    _close_gone(retired)
    mine = Lab(cluster, request.node.name)
    try:
        mine.open()
        yield mine
    finally:
        if disruptive:
            cluster.restore()
        mine.retire()
        retired.append(mine)


def _close_gone(retired: list[Lab]) -> None:
    for lab in [lab for lab in retired if lab.gone()]:
        lab.close()
        retired.remove(lab)


def _wait_gone(retired: list[Lab]) -> None:
    """Wait for every retired lab; one that does not go in time is closed as it is: its names are its own."""

    def all_gone() -> bool:
        _close_gone(retired)
        return not retired

    try:
        wait_until(all_gone, DELETED_WITHIN_S, "every retired lab deleted")
    except NotInTime:
        for lab in retired:
            lab.close()
        retired.clear()
