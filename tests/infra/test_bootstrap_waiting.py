"""Waiting for AMAPI's test message, as Pub/Sub answers who waits."""

import pytest

from infra.bootstrap import google_api
from infra.bootstrap.__main__ import FAILED, NEEDS_YOU
from tests.infra import google_cloud
from tests.infra.operator import ADMIN


@pytest.fixture
def unheard(operator):
    """An environment where AMAPI publishes nothing."""
    operator.cloud.deploy()
    operator.simulator.world.notifier.set_mode("off", 0)
    return operator


@pytest.mark.parametrize("end", ["held for longer than we wait", "504"])
def test_an_empty_pull_that_ends_badly_is_no_reason_to_give_up(unheard, monkeypatch, end):
    """Regression: Pub/Sub held an empty pull for longer than 60 s, and the run ended without the likely causes."""
    if end == "504":
        unheard.cloud.empty_pull = 504
    else:
        monkeypatch.setattr(google_cloud, "LONG_POLL_S", 2.0)
        monkeypatch.setattr(google_api, "TIMEOUT_S", 1.0)
    status, printed = unheard.run("--admin", ADMIN, "--wait", "1")
    assert status == NEEDS_YOU
    assert "No test message came within 1 s" in printed
    assert "--only admin" in printed
    assert unheard.cloud.subscriptions == {}


def test_a_pull_that_is_forbidden_ends_the_waiting_at_once(unheard):
    unheard.cloud.empty_pull = 403
    status, printed = unheard.run("--admin", ADMIN)
    assert (status, "pull: 403" in printed) == (FAILED, True)
    assert unheard.cloud.subscriptions == {}
