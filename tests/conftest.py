"""Fixtures for every test: Google's emulators, started once a session and only when a test asks for one."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from local import emulators

# Without Hypothesis's own fifth of a second an example, which a busy machine does not keep.
settings.register_profile("patient", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

pytest.register_assert_rewrite("tests.contract.store_suite", "tests.contract.store_query_suite")


@pytest.fixture(scope="session")
def emulators_there() -> None:
    """Ends the test where the emulators are not installed: skipped, or failed in CI."""
    missing = emulators.emulators_available()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="session")
def firestore_emulator(emulators_there: None) -> Iterator[str]:
    """``host:port`` of a running Firestore emulator; give each test a project id of its own."""
    with emulators.firestore_emulator() as address:
        yield address


@pytest.fixture(scope="session")
def pubsub_emulator(emulators_there: None) -> Iterator[str]:
    """``host:port`` of a running Pub/Sub emulator; give each test a project id of its own."""
    with emulators.pubsub_emulator() as address:
        yield address


@pytest.fixture
def heeded_interrupt() -> Iterator[None]:
    """A shell starts what runs in its background with the interrupt ignored, and so would every child be."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
