"""Stands before moto's server: counts what arrives, plays the faults that moto cannot, passes the rest on."""

import contextlib
import http.client
import json
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSALS = {
    "http_401": (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
    "http_429": (429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    "http_500": (500, "InternalServiceErrorException", "Something failed."),
    "refuse_address": (400, "BadRequestException", "Domain contains illegal character"),
}


class SesFront:
    def __init__(self, moto_port: int) -> None:
        self.requests: list[dict[str, str]] = []
        self.faults: deque[str] = deque()
        self._moto_port = moto_port
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                mail = self.path.endswith("/outbound-emails")
                if mail:
                    front.requests.append(dict(self.headers))
                fault = front.faults.popleft() if mail and front.faults else ""
                if fault == "hang":
                    front._over.wait()
                elif fault in REFUSALS:
                    status, code, text = REFUSALS[fault]
                    headers = {"x-amzn-ErrorType": code, "Content-Type": "application/json"}
                    self._answer(status, headers, json.dumps({"message": text}).encode())
                else:
                    answer = front._pass_on(self.path, body, dict(self.headers))
                    if fault != "drop_after_accept":
                        self._answer(*answer)

            def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in {"content-length", "connection", "date", "server"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        return Handler

    def _pass_on(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._moto_port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, dict(response.headers), response.read()


@contextlib.contextmanager
def before(moto_port: int) -> Iterator[SesFront]:
    front = SesFront(moto_port)
    try:
        yield front
    finally:
        front.stop()
