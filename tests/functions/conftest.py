"""The product for tests through the true entry points: one a test, or one a module where tests only ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functions.product import Product, running


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """A product of one's own."""
    with running(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def shared_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One product for a whole module; its tests leave no reset running on a device that others use."""
    with running(tmp_path_factory.mktemp("product")) as started:
        yield started
