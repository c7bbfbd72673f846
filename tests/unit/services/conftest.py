"""One world for each test."""

from collections.abc import Iterator

import pytest

from tests.unit.services.world import World


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    """All services over one store in memory; closed at the end."""
    made = World(tmp_path)
    yield made
    made.store.inner.close()
