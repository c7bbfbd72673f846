"""Real small servers for the tests of the laptop stack, each on a free port of 127.0.0.1."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Upstream:
    """A stand-in for a function: keeps what it received, answers what ``reply`` says."""

    port: int = 0
    requests: list[dict] = field(default_factory=list)
    reply: Callable[[dict], tuple[int, list[tuple[str, str]], bytes]] = lambda _request: (200, [], b"ok")
    reads_body: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length) if upstream.reads_body else b""
            request = {
                "method": self.command,
                "path": self.path,
                "headers": [(name.casefold(), value) for name, value in self.headers.items()],
                "body": body,
            }
            upstream.requests.append(request)
            status, headers, content = upstream.reply(request)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            self.close_connection = not upstream.reads_body

        do_GET = do_POST = do_PATCH = do_HEAD = answer  # noqa: N815  # http.server prescribes these names

        def log_message(self, *_args: object) -> None:
            pass

    return Handler


@pytest.fixture
def make_upstream() -> Iterator[Callable[[], Upstream]]:
    servers: list[ThreadingHTTPServer] = []

    def make() -> Upstream:
        upstream = Upstream()
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(upstream))
        upstream.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return upstream

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def read_json() -> Callable[[bytes], dict]:
    return json.loads
