"""Each failure of AMAPI gets the name of what it proves, and a command is posted once."""

import json

import pytest

from shared.adapters.android_management.client import ANSWER_TIMEOUT_S
from shared.domain.errors import (
    AmbiguousOutcomeError,
    EnterpriseRefusedError,
    PermanentError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from tests.contract.android_management.commands import (
    DEVICE,
    ENTERPRISE,
    issue,
    issue_failure,
)
from tests.contract.raw_server import answering, http
from tests.contract.simulator.amapi_client import wait_until


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("http_401", UnauthorisedError),
        ("http_403", EnterpriseRefusedError),
        ("http_429", ThrottledError),
        ("http_500", TransientError),
        ("http_503", TransientError),
        ("drop_after_accept", TransientError),
        ("reset_after_accept", TransientError),
        ("malformed", TransientError),
        ("truncated", TransientError),
        ("redirect", TransientError),
    ],
)
@pytest.mark.parametrize(
    "method_and_call",
    [
        ("operations.get", lambda client, operation: client.get_operation(operation)),
        ("operations.list", lambda client, _: client.list_operations(DEVICE)),
        ("operations.cancel", lambda client, operation: client.cancel_operation(operation)),
        ("devices.get", lambda client, _: client.get_device(DEVICE)),
        ("devices.list", lambda client, _: client.list_devices(ENTERPRISE, "")),
    ],
)
def test_a_call_without_an_answer_may_be_tried_again(simulator, client, kind, error, method_and_call):
    method, call = method_and_call
    operation = issue(client).name
    before = len(simulator.world.calls)
    simulator.world.faults.add(method, kind, 1)
    with pytest.raises(TransientError) as caught:
        call(client, operation)
    assert type(caught.value) is error
    assert len(simulator.world.calls) == before + 1
    call(client, operation)


def test_an_answer_about_another_resource_is_not_believed(simulator, client):
    operation = issue(client).name
    for method, call in (
        ("operations.get", lambda: client.get_operation(operation)),
        ("devices.get", lambda: client.get_device(DEVICE)),
    ):
        simulator.world.faults.add(method, "wrong_name", 1)
        with pytest.raises(TransientError, match="UNREADABLE_ANSWER"):
            call()


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("http_400", PermanentError),
        ("http_404", PermanentError),
        ("http_401", UnauthorisedError),
        ("http_403", EnterpriseRefusedError),
        ("http_429", ThrottledError),
        ("http_408", AmbiguousOutcomeError),
        ("http_409", AmbiguousOutcomeError),
        ("http_412", AmbiguousOutcomeError),
        ("http_500", AmbiguousOutcomeError),
        ("http_503", AmbiguousOutcomeError),
        ("http_504", AmbiguousOutcomeError),
        ("redirect", AmbiguousOutcomeError),
        ("drop_before_accept", AmbiguousOutcomeError),
        ("drop_after_accept", AmbiguousOutcomeError),
        ("reset_after_accept", AmbiguousOutcomeError),
        ("http_503_after_accept", AmbiguousOutcomeError),
        ("malformed", AmbiguousOutcomeError),
        ("truncated", AmbiguousOutcomeError),
        ("wrong_name", AmbiguousOutcomeError),
    ],
)
def test_a_failed_command_is_posted_once_and_named_for_what_it_proves(simulator, client, kind, error):
    client.get_device(DEVICE)  # so that the command goes out on a kept connection, where libraries like to repeat
    simulator.world.faults.add("issueCommand", kind, 1)
    assert type(issue_failure(client)) is error
    posts = [call for call in simulator.world.calls if call["method"].endswith("issueCommand")]
    assert len(posts) == 1


@pytest.mark.parametrize("kind", ["timeout", "timeout_before_accept"])
def test_a_command_without_answer_in_time_is_ambiguous(simulator, client, kind):
    """Regression of this test: a busy machine did not answer its other calls either in a fifth of a second."""
    client.get_device(DEVICE)
    simulator.world.faults.add("issueCommand", kind, 1)
    client._transport._timeout_s = 0.2
    assert type(issue_failure(client)) is AmbiguousOutcomeError
    client._transport._timeout_s = ANSWER_TIMEOUT_S
    wait_until(lambda: [call["status"] for call in simulator.world.calls] == [200, 0])
    assert len(client.list_operations(DEVICE)) == (1 if kind == "timeout" else 0)


def test_the_reason_of_a_refusal_is_the_rpc_word(simulator, client):
    simulator.world.faults.add("issueCommand", "http_404", 1)
    assert issue_failure(client).reason == "NOT_FOUND"


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ([], 60.0),
        (["Retry-After: 7"], 60.0),
        (["Retry-After: 240"], 240.0),
        (["Retry-After: 99999999999999999999"], 3600.0),
        (["Retry-After: soon"], 60.0),
        (["Retry-After: -5"], 60.0),
        (["Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"], 60.0),
        (["Retry-After: Fri, 31 Dec 2179 23:59:59 GMT"], 3600.0),
    ],
)
def test_after_429_the_wait_is_a_minute_or_what_amapi_asks(make_client, headers, wait_s):
    with answering(http("429 Too Many Requests", b"{}", *headers)) as server:
        assert issue_failure(make_client(server.url)).retry_after_s == wait_s


@pytest.mark.parametrize(
    "error",
    [{"status": "RESOURCE_EXHAUSTED"}, {"errors": [{"reason": "userRateLimitExceeded"}]}],
)
def test_a_403_about_the_quota_is_throttling(make_client, error):
    with answering(http("403 Forbidden", json.dumps({"error": error}).encode())) as server:
        assert type(issue_failure(make_client(server.url))) is ThrottledError
