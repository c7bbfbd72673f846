"""The real client, against a simulator or against a server of a test."""

import pytest

from local.simulator.server import running
from shared.adapters.android_management import AndroidManagement


@pytest.fixture
def simulator():
    with running() as simulator:
        yield simulator


@pytest.fixture
def make_client():
    clients = []

    def make(url, **options):
        clients.append(AndroidManagement(url, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(simulator, make_client):
    return make_client(simulator.url)
