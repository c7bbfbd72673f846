"""The same wish, and rival wishes, by many callers at once: one action, one lock, one command."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from werkzeug.test import TestResponse

from tests.functions.api_routes import reason_of
from tests.functions.product import ENTERPRISE, Product

CALLERS = 8
"""As many as a function has threads."""


def all_at_once(product: Product, device: str, request_ids: list[str]) -> list[TestResponse]:
    """Ask for a reset under each of these ids, all in the same moment."""
    app = product.client("reset_passcode").application
    token = product.assertion("reset_passcode", "admin@example.com")
    start = Barrier(len(request_ids))

    def ask(request_id: str) -> TestResponse:
        start.wait(60)
        return app.test_client().post(
            f"/v1/{device}:resetPasscode",
            json={"requestId": request_id, "reason": "at once"},
            headers={"X-Goog-IAP-JWT-Assertion": token},
        )

    with ThreadPoolExecutor(len(request_ids)) as pool:
        return list(pool.map(ask, request_ids))


def test_one_request_sent_many_times_is_one_action(product: Product) -> None:
    device = product.devices()[0]["name"]
    answers = all_at_once(product, device, ["the-same"] * CALLERS)
    assert [answer.status_code for answer in answers] == [200] * CALLERS
    (name,) = {answer.json["name"] for answer in answers}
    product.until_status(name, "DONE")
    product.settle(product.inbox.letters)
    assert len(product.get(f"/v1/{ENTERPRISE}/actions")["actions"]) == 1
    assert len(product.issue_calls()) == len(product.inbox.letters()) == 1


def test_of_rival_requests_one_wins_and_the_others_are_told_which(product: Product) -> None:
    device = product.devices()[0]["name"]
    answers = all_at_once(product, device, [f"rival-{number}" for number in range(CALLERS)])
    (winner,) = [answer.json["name"] for answer in answers if answer.status_code == 200]
    losers = [answer for answer in answers if answer.status_code != 200]
    assert Counter(map(reason_of, losers)) == {"RESET_IN_PROGRESS": CALLERS - 1}
    assert {answer.json["error"]["details"][0]["metadata"]["action"] for answer in losers} == {winner}
    assert len(product.get(f"/v1/{ENTERPRISE}/actions")["actions"]) == 1


def test_the_same_push_many_times_at_once_is_one_command(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"])["name"]
    (pushed,) = product.take()
    app = product.client("issue_command").application
    start = Barrier(CALLERS)

    def deliver(_number: int) -> int:
        start.wait(60)
        return app.test_client().post(pushed.path, data=pushed.body, content_type="application/json").status_code

    with ThreadPoolExecutor(CALLERS) as pool:
        assert set(pool.map(deliver, range(CALLERS))) <= {204, 500}
    product.until_status(action, "DONE")
    product.settle(product.inbox.letters)
    assert len(product.issue_calls()) == 1
