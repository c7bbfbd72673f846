"""Pub/Sub pushes: what is acknowledged and what comes again."""

import base64
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from shared.domain.errors import AmbiguousOutcomeError, ConflictError, PermanentError, RejectedError, TransientError
from shared.runtime import steps
from shared.runtime.push import action_push, message_of, notification_push
from tests.functions.surroundings import printed_lines

ACTION = "enterprises/e/actions/a"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What has been logged, as Cloud Logging reads it."""
    with printed_lines() as printed:
        yield printed


def push(body, method="POST"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(EnvironBuilder(method=method, data=data, content_type="application/json").get_environ())


def wrapped(data, **attributes):
    coded = base64.b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).decode()
    return {"message": {"data": coded, "attributes": attributes}, "subscription": "s"}


def test_an_action_is_handed_to_its_service():
    seen = []

    answer = action_push(push(wrapped({"action": ACTION})), seen.append)

    assert (seen, answer.status_code) == ([ACTION], 204)


@pytest.mark.parametrize("envelope", [lambda body: body, lambda body: {"data": body, "specversion": "1.0"}])
def test_both_envelopes_are_understood(envelope):
    body, attributes = message_of(push(envelope(wrapped({"a": 1}, type="T"))))

    assert (body, attributes) == ({"a": 1}, {"type": "T"})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        [],
        {},
        {"message": "text"},
        {"message": {}},
        {"message": {"data": "not base64!"}},
        {"message": {"data": 7}},
        {"message": {"data": "", "attributes": []}},
        {"data": [], "message": {}},
        wrapped(b"not json"),
        wrapped(b"\xff\xfe"),
        wrapped([]),
        wrapped({}),
        wrapped({"action": 7}),
        wrapped({"action": "enterprises/e/devices/d"}),
        wrapped({"action": f"{ACTION}/events/1"}),
        wrapped({"action": "enterprises/../actions/a"}),
    ],
    ids=str,
)
def test_a_message_that_names_no_action_is_acknowledged_with_an_alert(body, lines):
    """Regression: it was a warning, so whoever published a misspelt name waited for nothing."""
    answer = action_push(push(body), pytest.fail)

    (line,) = lines()
    assert answer.status_code == 204
    assert (line["message"], line["reason"]) == ("message names no action", "NO_ACTION")
    assert (line["severity"], line["alert"]) == ("ERROR", "MESSAGE_DROPPED")


@pytest.mark.parametrize("error", [RejectedError("NOT_FOUND", "x"), PermanentError("DEVICE_GONE", "x")])
def test_what_nobody_can_do_anything_about_is_acknowledged_with_an_alert(error, lines):
    def service(_name):
        raise error

    answer = action_push(push(wrapped({"action": ACTION})), service)

    (line,) = lines()
    assert answer.status_code == 204
    assert (line["action"], line["reason"], line["alert"]) == (ACTION, error.reason, "MESSAGE_DROPPED")
    assert line["severity"] == "ERROR"


@pytest.mark.parametrize(
    ("error", "severity"),
    [
        (TransientError("STORE", "x"), "WARNING"),
        (ConflictError(), "WARNING"),
        (AmbiguousOutcomeError("ODD", "x"), "ERROR"),
        (KeyError("bug"), "ERROR"),
    ],
)
def test_what_may_work_the_next_time_comes_again_and_its_line_names_the_action(error, severity, lines):
    def service(_name):
        raise error

    answer = action_push(push(wrapped({"action": ACTION})), service)

    (line,) = lines()
    assert answer.status_code == 500
    assert (line["action"], line["severity"]) == (ACTION, severity)
    assert ("exc_info" in line) == (severity == "ERROR")


def test_a_notification_is_handed_over_with_its_kind():
    seen = []

    answer = notification_push(
        push(wrapped({"name": "n"}, notificationType="COMMAND")), lambda kind, body: seen.append((kind, body))
    )

    assert (seen, answer.status_code) == ([("COMMAND", {"name": "n"})], 204)


@pytest.mark.parametrize("attributes", [{}, {"notificationType": 7}, {"notificationType": None}])
def test_a_notification_without_a_kind_has_none(attributes):
    seen = []

    notification_push(push(wrapped({}, **attributes)), lambda kind, body: seen.append((kind, body)))

    assert seen == [("", {})]


@pytest.mark.parametrize("error", [TransientError("STORE", "down"), KeyError("bug")])
def test_a_notification_that_fails_comes_again_and_its_body_is_not_logged(error, caplog):
    def service(_kind, _body):
        raise error

    body = wrapped({"newPasscode": "hunter2"}, notificationType="COMMAND")
    assert notification_push(push(body), service).status_code == 500
    assert caplog.records
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("hand", [action_push, notification_push])
def test_the_lines_of_a_delivery_stand_under_its_publishers_trace(hand, lines):
    trace, sender = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    message = wrapped({"action": ACTION}, googclient_traceparent=f"00-{trace}-{sender}-01")

    hand(push(message), lambda *_: logging.getLogger("x").info("at work"))

    (line,) = lines()
    assert line["logging.googleapis.com/trace"].endswith(trace)
    assert line["logging.googleapis.com/spanId"] != sender
    assert line["logging.googleapis.com/trace_sampled"] is True
    assert steps.current() is None


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_only_a_post_is_a_push(method):
    assert action_push(push({}, method), pytest.fail).status_code == 405
    assert notification_push(push({}, method), pytest.fail).status_code == 405
