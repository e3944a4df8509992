"""The API server that the witnesses speak to: a simulated one. tests/realcluster/test_witness.py has a real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.witness.site import Site, simulated


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One simulated cluster for all witnesses; each works in namespaces of its own."""
    with simulated(tmp_path_factory.mktemp("kubeconfigs")) as running:
        yield running


@pytest.fixture
def cluster_kubeconfig(site: Site) -> Path:
    """The administrator's kubeconfig."""
    return site.kubeconfig("admin")
