"""One demo stack a session, one browser a module, one visitor a test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from local.stack import Stack
from local.stack_options import StackOptions
from tests.e2e.demo_site import Site
from tests.e2e.visitor import Visitor, visiting

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",  # tests may run as root in a container, where Chromium refuses its sandbox
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The whole product on free ports. Without the ticker: nothing but pushes makes a reset go on."""
    options = StackOptions(
        state_dir=tmp_path_factory.mktemp("e2e"), gateway_port=0, simulator_port=0, inbox_port=0, ticker=False
    )
    with Stack(options) as stack:
        yield Site(stack)
        assert stack.dead() == []
    assert stack.problems == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. It ends with the module: its processes and its event loop are no other test's matter."""
    if not CHROMIUM.exists():
        missing = f"There is no {CHROMIUM}: install Debian's package chromium."
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Return how to visit the site as a persona; what a visitor's browser complained of fails the test."""
    with visiting(site, browser) as start:
        yield start


@pytest.fixture
def admin(visit: Callable[..., Visitor]) -> Visitor:
    """An admin, signed in."""
    return visit()
