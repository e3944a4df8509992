"""A simulated API server without controllers, and clients of it."""

import pytest

from storagetui.sim.access import usual
from storagetui.sim.server import SimApi
from storagetui.sim.store import ObjectStore
from tests.sim.client import Client
from tests.sim.given import store_with


@pytest.fixture
async def store() -> ObjectStore:
    """Namespaces `shop` and `other`, and two classes."""
    return store_with("shop", "other")


@pytest.fixture
def api(store: ObjectStore) -> SimApi:
    """The server of that store; `tenant` owns the namespace `shop`."""
    return SimApi(store, access=usual("shop"), seed=1)


@pytest.fixture
def client(api: SimApi) -> Client:
    """The administrator's."""
    return Client(api)
