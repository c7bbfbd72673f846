"""A function whose surroundings are missing when it is first asked, and requests that never reach a function."""

import io
import json
import os
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from local.function_environment import environment_of
from tests.functions.api_routes import reason_of
from tests.functions.product import Product, entry
from tests.functions.surroundings import kept_logging

PAGES = ("console", "reset_passcode", "reveal_passcode", "poll_status", "sync_devices")
PATHS = ("/health", "/v1/enterprises/LC0/devices/d:resetPasscode", "/", "/favicon.ico")


@pytest.fixture
def without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Google's library looks for credentials where there are none, as without a metadata server."""
    missing = tmp_path / "credentials.json"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(missing))
    return missing


@pytest.mark.parametrize("function", PAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_function_that_cannot_be_built_answers_unavailable_and_is_not_healthy(
    shared_product: Product, without_credentials: Path, function: str, path: str
) -> None:
    """Regression: the framework answered 500 with a page of HTML, and its line in the log had no trace."""
    facts = {**shared_product.facts(), "STORE": "firestore"}
    output = io.StringIO()
    with kept_logging(), redirect_stdout(output):
        answer = entry(function, environment_of(function, facts)).post(path)
    lines = [json.loads(line) for line in output.getvalue().splitlines()]

    assert (answer.status_code, reason_of(answer)) == (503, "UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"
    assert str(without_credentials) not in answer.get_data(as_text=True)
    assert [(line["severity"], line["function"]) for line in lines] == [("ERROR", function)]
    assert lines[0]["logging.googleapis.com/trace"]


def test_a_function_that_could_not_be_built_is_built_by_a_later_request(
    shared_product: Product, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"half a key")
    key.chmod(0o600)
    facts = {**shared_product.facts(), "LOCAL_KEY_FILE": str(key)}
    with kept_logging():
        client = entry("reset_passcode", environment_of("reset_passcode", facts))
        assert client.get("/health").status_code == 503
        key.write_bytes(os.urandom(32))
        assert client.get("/health").json == {"status": "ok"}


@pytest.mark.parametrize("function", ["reset_passcode", "reveal_passcode"])
@pytest.mark.parametrize("path", ["/v1/%0A", "/v1/enterprises/LC0/devices/a%0D%0Ab", "/robots.txt", "/favicon.ico"])
def test_a_path_that_the_framework_does_not_pass_on_gets_our_answer_all_the_same(
    shared_product: Product, function: str, path: str
) -> None:
    """Regression: the framework's own 404 is HTML and lacks the headers of every answer of ours."""
    answer = shared_product.call(function, "GET", path)
    assert (answer.status_code, reason_of(answer)) == (404, "NOT_FOUND")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_console_shows_its_own_page_for_such_a_path(shared_product: Product) -> None:
    answer = shared_product.call("console", "GET", "/a/%0Ab")
    assert answer.status_code == 404
    assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
