"""The witnesses of the simulated cluster, against the real one: the same tests, the same answers."""

from pathlib import Path

import pytest

from tests.realcluster.cluster import Cluster
from tests.witness.site import Site
from tests.witness.test_agreement import *  # noqa: F403 - these are the tests
from tests.witness.test_official_client import *  # noqa: F403 - these are the tests


@pytest.fixture
def site(cluster: Cluster) -> Site:
    """The real API server, as the witnesses know one."""
    return Site(cluster.kubeconfig)


@pytest.fixture
def cluster_kubeconfig(cluster: Cluster) -> Path:
    """The administrator's kubeconfig."""
    return cluster.kubeconfig("admin")
