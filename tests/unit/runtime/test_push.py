"""Pub/Sub pushes: what is acknowledged and what comes again."""

import base64
import json
import logging

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from shared.domain.errors import AmbiguousOutcomeError, ConflictError, PermanentError, RejectedError, TransientError
from shared.runtime.push import action_push, message_of, notification_push

ACTION = "enterprises/e/actions/a"


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
def test_a_message_that_names_no_action_is_acknowledged(body, caplog):
    answer = action_push(push(body), pytest.fail)

    assert answer.status_code == 204
    assert [record.message for record in caplog.records] == ["message names no action"]


@pytest.mark.parametrize("error", [RejectedError("NOT_FOUND", "x"), PermanentError("DEVICE_GONE", "x")])
def test_what_nobody_can_do_anything_about_is_acknowledged_with_an_alert(error, caplog):
    def service(_name):
        raise error

    answer = action_push(push(wrapped({"action": ACTION})), service)

    (record,) = caplog.records
    assert answer.status_code == 204
    assert (record.action, record.reason, record.alert) == (ACTION, error.reason, "MESSAGE_DROPPED")
    assert record.levelno == logging.ERROR


@pytest.mark.parametrize(
    "error", [TransientError("STORE", "x"), ConflictError(), AmbiguousOutcomeError("ODD", "x"), KeyError("bug")]
)
def test_what_may_work_the_next_time_is_raised(error):
    def service(_name):
        raise error

    with pytest.raises(type(error)):
        action_push(push(wrapped({"action": ACTION})), service)


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


def test_a_notification_that_fails_is_raised_and_its_body_not_logged(caplog):
    def service(_kind, _body):
        raise TransientError("STORE", "down")

    with pytest.raises(TransientError):
        notification_push(push(wrapped({"newPasscode": "hunter2"}, notificationType="COMMAND")), service)
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_only_a_post_is_a_push(method):
    assert action_push(push({}, method), pytest.fail).status_code == 405
    assert notification_push(push({}, method), pytest.fail).status_code == 405
