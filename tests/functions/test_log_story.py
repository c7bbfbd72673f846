"""The story of one reset in its log: one filter, about five lines, one trace as far as our messages carry it."""

import base64
import json

from tests.functions.product import Product
from tests.functions.told import Line, told

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
EVERY_LINE = {
    "severity",
    "time",
    "message",
    "function",
    "step",
    "action",
    "duration_s",
    "logging.googleapis.com/trace",
    "logging.googleapis.com/spanId",
    "logging.googleapis.com/trace_sampled",
}


def story(lines: list[Line]) -> list[tuple[str, str, str]]:
    return [(line["function"], line["message"], line.get("status", "")) for line in lines]


def trace_of(line: Line) -> str:
    return line["logging.googleapis.com/trace"].rpartition("/")[2]


def asked_for(product: Product, device: str, **headers: str) -> str:
    answer = product.call("reset_passcode", "POST", f"/v1/{device}:resetPasscode", json={}, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json["name"]


def test_a_reset_is_five_lines_that_one_filter_finds(product: Product) -> None:
    with told(product) as heard:
        action = asked_for(product, product.devices()[0]["name"])
        product.until_status(action, "DONE")
        product.settle(product.inbox.letters)
        product.settle(lambda: not product.pump())
    lines = heard.of(action)
    assert story(lines) == [
        ("reset_passcode", "accepted", ""),
        ("issue_command", "command sent", ""),
        ("issue_command", "status", "ISSUED"),
        ("handle_notification", "status", "DONE"),
        ("notify", "mailed", ""),
    ]
    assert all(line["severity"] == "INFO" and set(line) >= EVERY_LINE for line in lines)
    assert all(0 <= line["duration_s"] < 60 for line in lines)
    assert lines[3]["confirm_s"] >= lines[2]["issue_s"] >= 0


def test_our_own_messages_carry_the_trace_from_the_request_to_the_mail(product: Product) -> None:
    with told(product) as heard:
        product.fault("issueCommand", "http_400_echo")
        sampled = f"00-{TRACE}-{SPAN}-01"
        action = asked_for(product, product.devices()[0]["name"], traceparent=sampled)
        product.until_status(action, "FAILED")
        product.settle(product.inbox.letters)
    lines = heard.of(action)
    assert {line["function"] for line in lines} == {"reset_passcode", "issue_command", "notify"}
    assert {trace_of(line) for line in lines} == {TRACE}
    assert all(line["logging.googleapis.com/trace_sampled"] for line in lines)
    spans = {line["function"]: line["logging.googleapis.com/spanId"] for line in lines}
    assert spans["reset_passcode"] == SPAN
    assert len(set(spans.values())) == 3


def test_amapis_notification_begins_a_trace_that_the_mail_continues(product: Product) -> None:
    with told(product) as heard:
        action = asked_for(product, product.devices()[0]["name"], traceparent=f"00-{TRACE}-{SPAN}-00")
        product.until_status(action, "DONE")
        product.settle(product.inbox.letters)
    traces = {line["function"]: trace_of(line) for line in heard.of(action)}
    assert traces["reset_passcode"] == traces["issue_command"] == TRACE
    assert traces["handle_notification"] == traces["notify"] != TRACE


def test_the_timers_work_on_each_reset_bears_its_name_and_the_timers_trace(product: Product) -> None:
    product.sim("POST", "/notifications", {"mode": "off"})
    phones = [row["name"] for row in product.devices()[:2]]
    first, second = (asked_for(product, name) for name in phones)
    product.settle(lambda: {product.action(name)["status"] for name in (first, second)} == {"ISSUED"})
    product.settle(lambda: all(product.phone(name)["executed"] for name in phones))
    with told(product) as heard:
        product.time.advance(seconds=31)
        product.tick()
    done = [line for line in heard.lines if line["function"] == "poll_status"]
    assert [line["action"] for line in done if line.get("status") == "DONE"] == [first, second]
    assert [line["message"] for line in done if "action" not in line] == ["polled"]
    assert len({trace_of(line) for line in done}) == 1


def test_a_second_delivery_is_told_from_the_first(product: Product) -> None:
    action = asked_for(product, product.devices()[0]["name"], traceparent=f"00-{TRACE}-{SPAN}-00")
    (pushed,) = product.take()
    product.write(action.replace("/actions/", "/passcodes/"), key_name="local/another")
    with told(product) as heard:
        answers = [product.push(pushed.function, pushed.body).status_code for _ in range(2)]
    lines = heard.of(action)
    assert answers == [500, 500]
    assert (
        story(lines)
        == [
            ("issue_command", "sealed under another key", ""),
            ("issue_command", "to be delivered again", ""),
        ]
        * 2
    )
    assert {trace_of(line) for line in lines} == {TRACE}
    assert len({line["logging.googleapis.com/spanId"] for line in lines}) == 2


def test_a_message_says_no_more_than_before_but_its_trace(product: Product) -> None:
    action = asked_for(product, product.devices()[0]["name"], traceparent=f"00-{TRACE}-{SPAN}-00")
    (pushed,) = product.take()
    message = json.loads(pushed.body)["message"]
    assert json.loads(base64.b64decode(message["data"])) == {"action": action}
    assert message["attributes"] == {
        "type": "RESET_REQUESTED",
        "googclient_traceparent": f"00-{TRACE}-{SPAN}-00",
    }


def test_a_hostile_trace_is_neither_followed_nor_printed(product: Product) -> None:
    with told(product) as heard:
        for text in ("evil", f"00-{TRACE}-{SPAN}-01 evil", "0" * 4000):
            product.call(
                "reset_passcode",
                "POST",
                "/v1/enterprises/LC00demo/actions/nothing:cancel",
                json={},
                headers={"traceparent": text, "X-Cloud-Trace-Context": "evil/1"},
            )
        product.push("notify", {"message": {"data": "e30=", "attributes": {"googclient_traceparent": "evil"}}})
    assert len(heard.lines) == 4
    assert "evil" not in json.dumps(heard.lines)
    assert TRACE not in json.dumps(heard.lines)


def test_a_refusal_is_found_by_the_filter_of_the_reset_that_is_in_the_way(product: Product) -> None:
    device = product.devices()[0]["name"]
    action = asked_for(product, device)
    with told(product) as heard:
        product.call("reset_passcode", "POST", f"/v1/{device}:resetPasscode", json={})
        product.call("reveal_passcode", "POST", f"/v1/{action.replace('/actions/', '/passcodes/')}:reveal", json={})
    assert [(line["message"], line["reason"]) for line in heard.of(action)] == [
        ("refused", "RESET_IN_PROGRESS"),
        ("refused", "INVALID_FIELD"),
    ]
