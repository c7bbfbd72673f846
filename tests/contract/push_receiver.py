"""A push endpoint on loopback that remembers what it was sent, for the tests of buses."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WITHIN_S = 60.0
"""Far longer than anything waited for here takes on the busiest machine: it only ends a hang."""

DROP = 0
"""In place of a status: close the connection without an answer."""


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def envelope(self) -> Any:
        return json.loads(self.body)


class PushReceiver(ThreadingHTTPServer):
    """Answers with the statuses of ``answers`` in turn, then with 204.

    ``gate`` may be cleared to let requests hang; ``concurrent`` is the most that were open at once.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answers: list[int] = []
        self.received: list[Received] = []
        self.gate = threading.Event()
        self.gate.set()
        self.open = self.concurrent = 0
        self.changed = threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/fn"

    def wait_for(self, count: int, within_s: float = WITHIN_S) -> list[Received]:
        """Return what was received as soon as it is ``count`` requests; fails when it takes too long."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= count, within_s), self.received
            return list(self.received)

    def close(self) -> None:
        self.gate.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: PushReceiver

    def do_POST(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with server.changed:
            server.open += 1
            server.concurrent = max(server.concurrent, server.open)
            server.received.append(Received(self.path, dict(self.headers), body, time.monotonic()))
            status = server.answers.pop(0) if server.answers else 204
            server.changed.notify_all()
        server.gate.wait(WITHIN_S)
        with server.changed:
            server.open -= 1
        if status != DROP:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def wait_until(condition: Callable[[], bool], within_s: float = WITHIN_S) -> None:
    """Poll until ``condition`` holds; fails when it takes too long."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
