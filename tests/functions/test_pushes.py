"""Pushes as Pub/Sub and Eventarc send them: what is acknowledged and what is asked for again."""

import base64
import json
from typing import Any

import pytest

from local.function_environment import EVENT_FUNCTIONS
from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import TransientError
from tests.functions.product import ENTERPRISE, Product, topic

ACTION_FUNCTIONS = ("issue_command", "notify")


def message(data: object = None, **attributes: str) -> dict[str, Any]:
    """Return a message as Pub/Sub pushes it; without data the field is left out, as proto JSON does."""
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    shown = {} if data is None else {"data": base64.b64encode(content).decode()}
    return {"attributes": attributes, "messageId": "1", "publishTime": "2026-01-01T00:00:00Z", **shown}


def wrapped(data: object = None, **attributes: str) -> dict[str, Any]:
    return {"message": message(data, **attributes), "subscription": "projects/p/subscriptions/s"}


BINARY = {
    "ce-id": "1",
    "ce-source": f"//pubsub.googleapis.com/{topic('passcode-reset-requests')}",
    "ce-specversion": "1.0",
    "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
}
STRUCTURED = {name.removeprefix("ce-"): value for name, value in BINARY.items()}


def test_a_command_is_issued_from_each_form_of_push(product: Product) -> None:
    first, second, third = (product.reset(row["name"])["name"] for row in product.devices()[:3])
    answers = [
        product.push("issue_command", wrapped({"action": first}), path=f"/{topic('passcode-reset-requests')}"),
        product.push("issue_command", wrapped({"action": second}), **BINARY),
        product.push(
            "issue_command",
            {**STRUCTURED, "datacontenttype": "application/json", "data": wrapped({"action": third})},
            **{"Content-Type": "application/cloudevents+json"},
        ),
    ]
    assert [answer.status_code for answer in answers] == [204, 204, 204]
    assert [product.action(name)["status"] for name in (first, second, third)] == ["ISSUED"] * 3


GARBAGE: dict[str, object] = {
    "no body": b"",
    "no JSON": b"\xff\xfe{",
    "no object": [1],
    "no message": {"subscription": "s"},
    "message is text": {"message": "text"},
    "no data": wrapped(),
    "empty message": {"message": {}},
    "data is a number": {"message": {"data": 5}},
    "data is no base64": {"message": {"data": "*"}},
    "data is no JSON": wrapped(b"not json"),
    "data is a list": wrapped([1, 2]),
    "data is deep": wrapped(b"[" * 200_000),
    "data is not UTF-8": wrapped(b"\xff\xff"),
    "no action": wrapped({"other": 1}),
    "action is a list": wrapped({"action": ["enterprises/e/actions/a"]}),
    "action is a path": wrapped({"action": "enterprises/e/actions/../../x"}),
    "action is reserved": wrapped({"action": "enterprises/e/actions/__all__"}),
    "action is a device": wrapped({"action": f"{ENTERPRISE}/devices/d"}),
    "unknown action": wrapped({"action": f"{ENTERPRISE}/actions/01J0000000000000000000000"}),
    "unknown enterprise": wrapped({"action": "enterprises/nobody/actions/01J0000000000000000000000"}),
    "attributes are a list": {"message": {"attributes": [1], "data": "e30="}},
}


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("function", EVENT_FUNCTIONS)
def test_what_can_never_work_is_acknowledged(shared_product: Product, function: str, name: str) -> None:
    assert shared_product.push(function, GARBAGE[name]).status_code == 204


@pytest.mark.parametrize("function", EVENT_FUNCTIONS)
def test_a_push_function_takes_nothing_but_posts(shared_product: Product, function: str) -> None:
    for method in ("GET", "HEAD", "PUT", "OPTIONS", "TRACE"):
        answer = shared_product.client(function).open("/", method=method)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


OPERATION = f"{ENTERPRISE}/devices/0000000000000000/operations/1"
NOTIFICATIONS: dict[str, dict[str, Any]] = {
    "the test of a topic": wrapped(notificationType="test"),
    "no type": wrapped({"name": OPERATION}),
    "an unknown type": wrapped({"name": OPERATION}, notificationType="SOMETHING_NEW"),
    "usage logs": wrapped({"device": "x"}, notificationType="USAGE_LOGS"),
    "an upgrade": wrapped({"enterprise": ENTERPRISE}, notificationType="ENTERPRISE_UPGRADE"),
    "a command without a name": wrapped({"done": True}, notificationType="COMMAND"),
    "a command of nobody": wrapped({"name": OPERATION, "done": True}, notificationType="COMMAND"),
    "a foreign command": wrapped({"name": OPERATION.replace("LC00demo", "LC99")}, notificationType="COMMAND"),
    "a hostile name": wrapped({"name": f"{ENTERPRISE}/devices/../operations/1"}, notificationType="COMMAND"),
    "a name that is a list": wrapped({"name": [OPERATION]}, notificationType="COMMAND"),
    "a device without a name": wrapped({"state": "ACTIVE"}, notificationType="STATUS_REPORT"),
    "a foreign device": wrapped({"name": "enterprises/LC99/devices/1"}, notificationType="ENROLLMENT"),
    "a reserved device": wrapped({"name": f"{ENTERPRISE}/devices/__x__"}, notificationType="ENROLLMENT"),
    "a device full of nonsense": wrapped(
        {"name": f"{ENTERPRISE}/devices/nonsense", "apiLevel": "x", "appliedPasswordPolicies": [5, {"x": []}]},
        notificationType="STATUS_REPORT",
    ),
}


@pytest.mark.parametrize("name", NOTIFICATIONS)
def test_a_notification_that_is_nobodys_business_is_acknowledged(shared_product: Product, name: str) -> None:
    assert shared_product.push("handle_notification", NOTIFICATIONS[name]).status_code == 204


def test_a_forged_notification_ends_nothing(product: Product) -> None:
    device = product.devices()[0]["name"]
    product.set_phone(device, online=False)
    action = product.reset(device)["name"]
    product.until_status(action, "ISSUED")
    (attempt,) = product.stored(action)["attempts"]
    for body in (
        {"name": attempt["operation"], "done": True, "response": {}},
        {"name": attempt["operation"], "done": True, "error": {"code": 9}},
        {"name": attempt["operation"], "done": True, "metadata": {"errorCode": "INVALID_VALUE"}},
    ):
        assert product.push("handle_notification", wrapped(body, notificationType="COMMAND")).status_code == 204
    assert product.action(action)["status"] == "ISSUED"
    assert not product.pump()


def test_a_status_report_keeps_the_mirror_fresh(product: Product) -> None:
    device = product.devices()[0]["name"]
    body = {**product.simulator.world.phones[device].device, "state": "DISABLED", "appliedState": "DISABLED"}
    assert product.push("handle_notification", wrapped(body, notificationType="STATUS_REPORT")).status_code == 204
    verdict = product.get(f"/v1/{device}:checkReset")
    assert [finding["code"] for finding in verdict["blockers"]] == ["DISABLED"]


@pytest.mark.parametrize("function", ACTION_FUNCTIONS)
def test_a_store_that_does_not_answer_has_the_push_sent_again(
    product: Product, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def unavailable(*_: object) -> None:
        raise TransientError("STORE_UNAVAILABLE", "gone")

    action = product.reset(product.devices()[0]["name"])["name"]
    monkeypatch.setattr(SqliteStore, "get_many", unavailable)
    answer = product.push(function, wrapped({"action": action}))
    assert answer.status_code == 500
    assert b"STORE_UNAVAILABLE" not in answer.data
    assert b"Traceback" not in answer.data


def test_a_store_that_does_not_answer_keeps_a_notification_waiting(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: object) -> None:
        raise TransientError("STORE_UNAVAILABLE", "gone")

    product.client("handle_notification")
    monkeypatch.setattr(SqliteStore, "get_many", unavailable)
    body = wrapped({"name": OPERATION, "done": True}, notificationType="COMMAND")
    assert product.push("handle_notification", body).status_code == 500


def test_a_key_that_does_not_open_ends_the_action_unsent(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"])["name"]
    passcode = action.replace("/actions/", "/passcodes/")
    blob = bytearray(product.stored(passcode)["ciphertext"])
    blob[-1] ^= 1
    product.write(passcode, ciphertext=bytes(blob))
    ended = product.until_status(action, "FAILED")
    assert ended["statusReason"]["code"] == "CIPHERTEXT_REJECTED"
    assert not product.issue_calls()
