"""The HTTP face of the embedded bus, spoken to as other programs do."""

import base64
import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from local.bus.journal import Content
from local.bus.server import MAX_BODY_BYTES, BusServer

TOPIC = "projects/p/topics/requests"
PUBLISH = f"/v1/{TOPIC}:publish"
JSON = {"Content-Type": "application/json"}


class MemoryPublisher:
    """Remembers what was published to the one topic there is."""

    def __init__(self) -> None:
        self.contents: list[Content] = []

    def publish(self, topic: str, contents: Sequence[Content]) -> list[str] | None:
        if topic != TOPIC:
            return None
        self.contents += contents
        return [str(number) for number, _ in enumerate(contents)]

    def stats(self) -> dict[str, object]:
        return {"subscriptions": []}


@pytest.fixture
def publisher() -> MemoryPublisher:
    return MemoryPublisher()


@pytest.fixture
def connection(publisher: MemoryPublisher) -> Iterator[http.client.HTTPConnection]:
    server = BusServer(publisher, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
    yield connection
    connection.close()
    server.shutdown()
    server.server_close()
    thread.join()


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, headers: Any = None
) -> Any:
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_a_batch_is_taken_over_one_kept_connection(
    connection: http.client.HTTPConnection, publisher: MemoryPublisher
) -> None:
    data = base64.b64encode("ä".encode()).decode()
    body = json.dumps({"messages": [{"data": data}, {"attributes": {"ö": "ü"}}]})
    for _ in range(2):
        assert _ask(connection, "POST", PUBLISH, body, JSON) == (200, {"messageIds": ["0", "1"]})
    assert publisher.contents == [Content("ä".encode(), {}), Content(b"", {"ö": "ü"})] * 2


def test_health_and_stats_answer(connection: http.client.HTTPConnection) -> None:
    assert _ask(connection, "GET", "/health") == (200, {"status": "ok"})
    assert _ask(connection, "GET", "/_bus/stats") == (200, {"subscriptions": []})
    assert _ask(connection, "GET", "/")[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/v1/projects/p/topics/other:publish",
        f"/v1/{TOPIC}:pull",
        f"/v1/{TOPIC}",
        f"/{TOPIC}:publish",
        "/",
        f"/v1/{TOPIC}/:publish",
    ],
)
def test_what_does_not_exist_is_not_found(connection: http.client.HTTPConnection, path: str) -> None:
    status, body = _ask(connection, "POST", path, '{"messages": [{"data": "eA=="}]}', JSON)
    assert (status, body["error"]["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nope",
        "[]",
        "{}",
        '{"messages": []}',
        '{"messages": [{}]}',
        '{"messages": [{"data": ""}]}',
        '{"messages": [{"data": "@@"}]}',
        '{"messages": [{"data": "eA"}]}',
        '{"messages": [{"data": "\xe4"}]}',
        '{"messages": [{"data": 7}]}',
        '{"messages": [{"attributes": {"": "x"}}]}',
        '{"messages": [{"attributes": {"x": 1}}]}',
        '{"messages": [{"data": "eA==", "oredringKey": "x"}]}',
        b'{"messages": [{"data": "\xff"}]}',
    ],
)
def test_a_malformed_body_is_refused(
    connection: http.client.HTTPConnection, publisher: MemoryPublisher, body: str | bytes
) -> None:
    payload = body.encode() if isinstance(body, str) else body
    status, answer = _ask(connection, "POST", PUBLISH, payload, JSON)
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert publisher.contents == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({**JSON, "Content-Length": str(MAX_BODY_BYTES + 1)}, 413),
        ({**JSON, "Content-Length": "-1"}, 411),
        ({**JSON, "Content-Length": "x"}, 411),
    ],
)
def test_a_request_that_is_no_bounded_json_is_refused(
    connection: http.client.HTTPConnection, publisher: MemoryPublisher, headers: dict[str, str], status: int
) -> None:
    assert _ask(connection, "POST", PUBLISH, '{"messages": [{"data": "eA=="}]}', headers)[0] == status
    assert publisher.contents == []


def test_a_request_without_a_length_is_refused(connection: http.client.HTTPConnection) -> None:
    connection.putrequest("POST", PUBLISH)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 411


def test_only_loopback_is_listened_on(publisher: MemoryPublisher) -> None:
    server = BusServer(publisher, 0)
    assert server.server_address[0] == "127.0.0.1"
    server.server_close()
