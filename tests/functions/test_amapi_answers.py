"""Every way AMAPI may answer or fail to, through the true entry points: one POST an attempt, the right end."""

from datetime import timedelta
from typing import Any

import pytest

from tests.functions.product import Product


def offered(product: Product, **knobs: Any) -> tuple[str, str]:
    """Return a device with these knobs and a reset of it, accepted and not yet sent."""
    device = product.devices()[0]["name"]
    if knobs:
        product.set_phone(device, **knobs)
    return device, product.reset(device)["name"]


def test_a_dropped_answer_is_one_post_an_attempt_and_the_command_is_found(product: Product) -> None:
    product.fault("issueCommand", "drop_after_accept")
    product.sim("POST", "/notifications", {"mode": "off"})
    device, action = offered(product)
    product.pump("issue_command")

    assert len(product.issue_calls()) == 1
    (attempt,) = product.stored(action)["attempts"]
    assert (attempt["operation"], product.action(action)["status"]) == (None, "PENDING")
    product.pump("issue_command")
    assert len(product.issue_calls()) == 1, "nothing is sent again before AMAPI's list was read"
    product.time.advance(seconds=61)
    product.tick()
    done = product.until_status(action, "DONE")

    assert len(product.issue_calls()) == 1, "the list explained the call"
    product.settle(product.inbox.letters)
    assert product.reveal(done["name"]).json["passcode"] == product.phone(device)["passcode"]


def test_two_attempts_of_unknown_fate_carry_one_passcode(product: Product) -> None:
    product.fault("issueCommand", "drop_before_accept")
    device, action = offered(product)
    product.pump("issue_command")
    product.time.advance(seconds=61)
    product.tick()
    product.until_status(action, "DONE")

    calls = product.issue_calls()
    assert len(calls) == 2
    assert len({call["body"]["newPassword"] for call in calls}) == 1
    assert len({call["body"]["duration"] for call in calls}) == 2
    assert calls[0]["body"]["newPassword"] == product.phone(device)["passcode"]


def test_after_a_429_nothing_is_sent_for_a_minute(product: Product) -> None:
    product.time.stop()
    product.fault("issueCommand", "http_429")
    _, action = offered(product)
    product.pump("issue_command")
    stored = product.stored(action)

    assert (len(product.issue_calls()), stored["attempts"]) == (1, [])
    quiet = product.stored("system/amapi")["quiet_until"]
    assert (quiet - stored["create_time"]).total_seconds() >= 60
    assert stored["retry_at"] >= quiet
    for each in [p for p in product.pushed if p.function == "issue_command"]:
        product.push(each.function, each.body, path=each.path)
    product.time.advance(seconds=59)
    product.tick()
    product.pump("issue_command")
    assert len(product.issue_calls()) == 1, "neither a repeated message nor the timer is earlier"

    product.time.advance(seconds=80)
    product.tick()
    product.until_status(action, "DONE")
    assert len(product.issue_calls()) == 2


def test_after_a_403_nothing_is_asked_about_that_enterprise_for_five_minutes(product: Product) -> None:
    product.fault("issueCommand", "http_403")
    _, action = offered(product)
    product.pump("issue_command")

    stored, quiet = product.stored(action), product.stored("system/amapi")
    assert (len(product.issue_calls()), stored["attempts"], list(quiet["refused"])) == (1, [], ["LC00demo"])
    assert quiet["quiet_until"] <= quiet["refused"]["LC00demo"] - timedelta(minutes=5), "the others may go on"
    product.time.advance(seconds=290)
    product.tick()
    product.pump("issue_command")
    assert len(product.issue_calls()) == 1

    product.time.advance(seconds=80)
    product.tick()
    product.until_status(action, "DONE")
    assert len(product.issue_calls()) == 2


@pytest.mark.parametrize(
    ("knobs", "status", "code"),
    [
        ({"completion": "normal"}, "DONE", None),
        ({"completion": "response"}, "DONE", None),
        ({"outcome": "INVALID_VALUE", "completion": "normal"}, "FAILED", "INVALID_VALUE"),
        ({"outcome": "UNSUPPORTED", "completion": "error_only"}, "FAILED", "RPC_"),
        ({"outcome": "API_LEVEL", "completion": "both"}, "FAILED", "API_LEVEL"),
    ],
)
def test_each_shape_of_a_completion_ends_in_the_right_status(
    product: Product, knobs: dict[str, str], status: str, code: str | None
) -> None:
    _, action = offered(product, **knobs)
    ended = product.until_status(action, status)

    if code is None:
        assert ended["statusReason"] is None
    else:
        assert ended["statusReason"]["code"].startswith(code)
        assert ended["statusReason"]["message"]
        product.settle(product.inbox.letters)
        (letter,) = product.inbox.letters()
        assert "not reset" in letter.subject
        sent = product.issue_calls()[0]["body"]["newPassword"]
        assert sent not in "".join(letter.text.split()) + "".join(letter.html.split())


@pytest.mark.parametrize("completion", ["cancelled", "expired"])
def test_a_command_that_amapi_dropped_did_not_run(product: Product, completion: str) -> None:
    device, action = offered(product, completion=completion)
    before = product.phone(device)["passcode"]
    ended = product.until_status(action, "EXPIRED")

    assert ended["statusReason"] == {"code": "NOT_ONLINE_IN_TIME", "message": "The device was not online in time."}
    assert product.phone(device)["passcode"] == before


def test_a_refused_command_fails_with_amapis_word(product: Product) -> None:
    product.fault("issueCommand", "http_400_echo")
    _, action = offered(product)
    ended = product.until_status(action, "FAILED")

    assert ended["statusReason"]["code"] == "INVALID_ARGUMENT"
    assert product.issue_calls()[0]["body"]["newPassword"] not in str(ended)
    assert len(product.issue_calls()) == 1


def test_a_device_that_amapi_does_not_know_fails(product: Product) -> None:
    product.fault("issueCommand", "http_404")
    _, action = offered(product)

    assert product.until_status(action, "FAILED")["statusReason"]["code"] == "NOT_FOUND"


def test_an_operation_that_is_gone_is_unknown_and_only_when_its_time_is_over(product: Product) -> None:
    device, action = offered(product, online=False)
    product.until_status(action, "ISSUED")
    product.fault("operations.get", "http_404", 50)
    product.time.advance(minutes=30)
    product.tick()
    assert product.action(action)["status"] == "ISSUED", "a 404 is no news"

    product.time.advance(hours=25)
    product.tick()
    ended = product.action(action)
    assert (ended["status"], ended["statusReason"]["code"]) == ("UNKNOWN", "OUTCOME_UNKNOWN")
    assert "a person must look" in ended["statusReason"]["message"]
    product.settle(product.inbox.letters)
    assert device in {
        row["name"] for row in product.get("/v1/enterprises/LC00demo/devices?pageSize=200")["devices"]
    }


def test_a_phone_that_stays_offline_expires_and_is_told_so(product: Product) -> None:
    device, action = offered(product, online=False)
    before = product.phone(device)["passcode"]
    product.until_status(action, "ISSUED")
    product.time.advance(hours=24, minutes=1)
    product.tick()
    product.pump()
    product.time.advance(seconds=30)
    product.tick()
    ended = product.until_status(action, "EXPIRED")

    assert ended["statusReason"]["code"] in {"NOT_ONLINE_IN_TIME", "NO_ANSWER"}
    product.settle(product.inbox.letters)
    assert product.phone(device)["passcode"] == before
