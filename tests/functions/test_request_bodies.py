"""What a caller may send and what it is answered: bodies, repeats, headers, pages, a store that is down."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import TransientError
from shared.domain.mail_address import MAX_LENGTH
from shared.runtime.web import MAX_BODY_BYTES
from tests.functions.product import ADMIN, CONSOLE_URL, ENTERPRISE, Product


def reason(answer: TestResponse) -> str:
    """Return the stable reason of a refusal, which has the documented shape."""
    error = answer.json["error"]
    assert error["code"] == answer.status_code
    assert error["message"]
    (info,) = error["details"]
    assert (info["@type"], info["domain"]) == ("type.googleapis.com/google.rpc.ErrorInfo", "passcode-reset")
    return str(info["reason"])


def ask(product: Product, device: str, body: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
    return product.call("reset_passcode", "POST", f"/v1/{device}:resetPasscode", json=body or {}, **more)


def post(product: Product, device: str, content: bytes, content_type: str = "application/json") -> TestResponse:
    path = f"/v1/{device}:resetPasscode"
    return product.call("reset_passcode", "POST", path, data=content, content_type=content_type)


def test_a_repeat_is_the_same_action_and_another_body_is_refused(product: Product) -> None:
    device = product.devices()[0]["name"]
    body = {"requestId": str(uuid.uuid4()), "reason": "left in a taxi"}
    first = ask(product, device, body)
    again = ask(product, device, body)
    other = ask(product, device, {**body, "reason": "another"})

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json["name"] == again.json["name"]
    assert (other.status_code, reason(other)) == (409, "REQUEST_ID_REUSED")
    product.until_status(first.json["name"], "DONE")
    assert ask(product, device, body).json["status"] == "DONE"
    assert len(product.issue_calls()) == 1


def test_a_second_reset_of_a_device_names_the_first(product: Product) -> None:
    device = product.devices()[0]["name"]
    running = ask(product, device).json["name"]
    refused = ask(product, device)

    assert (refused.status_code, reason(refused)) == (409, "RESET_IN_PROGRESS")
    assert refused.json["error"]["details"][0]["metadata"]["action"] == running


@pytest.mark.parametrize(
    ("content", "content_type", "code", "expected"),
    [
        (b'{"passcode": "1234"}', "application/json", 400, "UNKNOWN_FIELD"),
        (b'{"actor": "boss@example.com"}', "application/json", 400, "UNKNOWN_FIELD"),
        (b'{"status": "DONE"}', "application/json", 400, "UNKNOWN_FIELD"),
        (b'{"notifyUser": "yes"}', "application/json", 400, "INVALID_FIELD"),
        (b'{"validFor": "10m"}', "application/json", 400, "INVALID_FIELD"),
        (b'{"validFor": "59s"}', "application/json", 400, "INVALID_VALIDITY"),
        (b'{"validFor": "2592001s"}', "application/json", 400, "INVALID_VALIDITY"),
        (b'{"requestId": ""}', "application/json", 400, "INVALID_FIELD"),
        (b'{"requestId": "a/b"}', "application/json", 400, "INVALID_FIELD"),
        (b'{"reason": "two\\nlines"}', "application/json", 400, "INVALID_FIELD"),
        (json.dumps({"reason": "x" * 501}).encode(), "application/json", 400, "INVALID_FIELD"),
        (b"[]", "application/json", 400, "INVALID_FIELD"),
        (b"{", "application/json", 400, "MALFORMED_BODY"),
        (b"\xff\xfe", "application/json", 400, "MALFORMED_BODY"),
        (b"[" * 60_000, "application/json", 400, "INVALID_FIELD"),
        (b"requestId=1", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"a" * (MAX_BODY_BYTES + 1), "application/json", 413, "BODY_TOO_LARGE"),
        (b"a" * 10_000_000, "application/json", 413, "BODY_TOO_LARGE"),
    ],
)
def test_a_body_that_cannot_be_served_is_refused_and_starts_nothing(
    shared_product: Product, content: bytes, content_type: str, code: int, expected: str
) -> None:
    device = shared_product.devices()[0]["name"]
    answer = post(shared_product, device, content, content_type)

    assert (answer.status_code, reason(answer)) == (code, expected)
    assert shared_product.get(f"/v1/{ENTERPRISE}/actions")["actions"] == []


def test_the_longest_address_there_is_can_be_assigned_and_none_longer(product: Product) -> None:
    longest = f"{'j' * 64}@{'d' * 63}.{'d' * 63}.{'d' * 58}.de"
    device = product.devices()[0]["name"]

    def assign(email: str) -> TestResponse:
        return product.call("reset_passcode", "PATCH", f"/v1/{device}", json={"user": {"email": email}})

    assert len(longest) == MAX_LENGTH
    assert assign(longest).json["user"]["email"] == longest
    assert reason(assign(f"j{longest}")) == "INVALID_FIELD"


def test_a_device_that_cannot_be_reset_is_refused_with_every_reason(shared_product: Product) -> None:
    name = shared_product.devices()[-1]["name"]
    told_of = shared_product.stored(name)["device"]
    shared_product.write(name, device={**told_of, "api_level": 23, "applied_state": "DISABLED"})
    verdict = shared_product.get(f"/v1/{name}:checkReset")
    answer = ask(shared_product, name)

    assert (answer.status_code, reason(answer)) == (400, "DEVICE_NOT_ELIGIBLE")
    told = answer.json["error"]["details"][0]["metadata"]
    assert set(told) == {blocker["code"] for blocker in verdict["blockers"]} == {"API_LEVEL", "DISABLED"}


def test_another_site_cannot_make_a_browser_reset(shared_product: Product) -> None:
    device = shared_product.devices()[0]["name"]
    foreign = ask(shared_product, device, headers={"Origin": "https://evil.example"})
    null = ask(shared_product, device, headers={"Origin": "null"})

    assert (foreign.status_code, reason(foreign)) == (403, "CROSS_ORIGIN")
    assert (null.status_code, reason(null)) == (403, "CROSS_ORIGIN")
    assert shared_product.get(f"/v1/{ENTERPRISE}/devices", headers={"Origin": "https://evil.example"})
    own = shared_product.call(
        "reset_passcode",
        "PATCH",
        f"/v1/{device}",
        json={"user": {"displayName": "J"}},
        headers={"Origin": CONSOLE_URL},
    )
    assert own.status_code == 200


def test_no_answer_may_be_kept_or_guessed_at(shared_product: Product) -> None:
    shared_product.get(f"/v1/{ENTERPRISE}/devices")
    shared_product.call("console", "GET", "/v1/nothing")
    for function, path, answer in shared_product.answers:
        if path.startswith("/v1/"):
            assert answer.headers["Cache-Control"] == "no-store", (function, path)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert answer.mimetype == "application/json"


def test_identity_comes_from_the_signed_assertion_alone(shared_product: Product) -> None:
    token = shared_product.assertion("console", ADMIN)
    path = f"/v1/{ENTERPRISE}/devices"
    for headers in (
        {"X-Goog-Authenticated-User-Email": f"accounts.google.com:{ADMIN}", "X-Goog-Authenticated-User-Id": "1"},
        {"Authorization": f"Bearer {token}"},
        {"X-Goog-IAP-JWT-Assertion": shared_product.assertion("reset_passcode", ADMIN)},
        {"X-Goog-IAP-JWT-Assertion": token[:-4] + "AAAA"},
    ):
        answer = shared_product.call("console", "GET", path, caller=None, headers=headers)
        assert (answer.status_code, reason(answer)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "query", ["pageSize=x", "pageSize=-1", "nope=1", "orderBy=name", "pageToken=zzz", "query=" + "x" * 300]
)
def test_a_parameter_that_makes_no_sense_is_refused(shared_product: Product, query: str) -> None:
    answer = shared_product.call("console", "GET", f"/v1/{ENTERPRISE}/devices?{query}")

    assert answer.status_code == 400
    assert reason(answer) in {"INVALID_PARAMETER", "INVALID_PAGE_TOKEN", "INVALID_FIELD"}


def test_pages_follow_each_other_to_the_end(shared_product: Product) -> None:
    whole = [row["name"] for row in shared_product.get(f"/v1/{ENTERPRISE}/devices?pageSize=200")["devices"]]
    found, token = [], ""
    while True:
        page = shared_product.get(f"/v1/{ENTERPRISE}/devices?pageSize=5&pageToken={token}")
        found += [row["name"] for row in page["devices"]]
        token = page["nextPageToken"]
        if not token:
            break

    assert found == whole
    assert len(found) == len(set(found)) > 5


def test_a_store_that_is_down_is_told_as_such(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    device = product.devices()[0]["name"]

    def down(*_args: object) -> None:
        raise TransientError("STORE_UNAVAILABLE", "no answer", retry_after_s=3)

    monkeypatch.setattr(SqliteStore, "get_many", down)
    answer = ask(product, device)

    assert (answer.status_code, reason(answer)) == (503, "UNAVAILABLE")
    assert answer.headers["Retry-After"] == "3"


def test_a_fault_of_our_own_tells_nothing_of_itself(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    device = product.devices()[0]["name"]

    def broken(*_args: object) -> None:
        raise KeyError("a detail nobody needs to see")

    monkeypatch.setattr(SqliteStore, "commit", broken)
    answer = ask(product, device)

    assert (answer.status_code, reason(answer)) == (500, "INTERNAL")
    assert "detail" not in answer.get_data(as_text=True).replace("details", "")
