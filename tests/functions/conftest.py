"""The product for tests through the true entry points: one a test, or one a module where tests only ask."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain.secret import Secret
from shared.services import accept_reset
from tests.functions.canary import CANARY, Overheard
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


@pytest.fixture
def overheard() -> Iterator[Overheard]:
    handler = Overheard()
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every passcode that is made is the canary."""
    monkeypatch.setattr(accept_reset, "generate", lambda _rule: Secret(CANARY))
