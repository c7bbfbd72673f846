"""A simulator with a bus of its own, and a client on one connection."""

import pytest

from local.simulator.server import running
from tests.contract.simulator.amapi_client import FakeBus, Http


@pytest.fixture
def bus():
    return FakeBus()


@pytest.fixture
def simulator(bus):
    with running(publish=bus) as simulator:
        yield simulator


@pytest.fixture
def api(simulator):
    client = Http(simulator.url)
    yield client
    client.connection.close()
