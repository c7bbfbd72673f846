"""Serving the inbox, as a process or inside a test (laptop stack)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from local.inbox.app import create_app
from local.inbox.mailbox import FaultKind, Letter, Mailbox

HOST = "127.0.0.1"
"""Letters hold passcodes: they are shown on this machine only."""


class _Handler(WSGIRequestHandler):
    """Speaks HTTP/1.1 and writes no log: the stack prints what matters."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """A running inbox."""

    url: str
    mailbox: Mailbox

    def letters(self) -> list[Letter]:
        """Return the letters, oldest first."""
        return self.mailbox.letters()

    def fault(self, kind: str, count: int = 1) -> None:
        """Let the next requests end in this fault."""
        self.mailbox.add_faults(FaultKind(kind), count)

    @property
    def requests(self) -> int:
        """Requests to send that arrived so far."""
        return self.mailbox.requests


def make(mailbox: Mailbox, port: int) -> BaseWSGIServer:
    """Return a server that listens on ``port`` (0 = any free one) and does not serve yet."""
    return make_server(HOST, port, create_app(mailbox), threaded=True, request_handler=_Handler)


@contextmanager
def running(port: int = 0) -> Iterator[Inbox]:
    """Serve while the block runs; hanging requests are cut at its end."""
    mailbox = Mailbox()
    server = make(mailbox, port)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="inbox", daemon=True
    )
    thread.start()
    try:
        yield Inbox(f"http://{HOST}:{server.port}", mailbox)
    finally:
        mailbox.release()
        server.shutdown()
        server.server_close()
        thread.join()
