"""A TCP server that reads one HTTP request a connection and answers with whatever bytes a test wants."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

from local.ports import free_ports

HOLD = b"<hold>"
"""In place of an answer: keep the connection open and say nothing."""


class RawServer:
    def __init__(self, answer: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread.start()

    @property
    def posts(self) -> int:
        return sum(request.startswith(b"POST ") for request in self.requests)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._held:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._tls:
                try:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                except OSError:
                    connection.close()
                    continue
            self.requests.append(_read_request(connection))
            if self._answer == HOLD:
                self._held.append(connection)
                continue
            with contextlib.suppress(OSError):
                connection.sendall(self._answer)
            connection.close()


@contextlib.contextmanager
def answering(answer: bytes, tls: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    server = RawServer(answer, tls)
    try:
        yield server
    finally:
        server.stop()


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def refused_url() -> str:
    """Return the address of a port on which nobody listens, nor will while this process lives."""
    return f"http://127.0.0.1:{next(free_ports())}"


def _read_request(connection: socket.socket) -> bytes:
    content = b""
    while b"\r\n\r\n" not in content:
        received = connection.recv(65536)
        if not received:
            return content
        content += received
    head, _, body = content.partition(b"\r\n\r\n")
    lengths = [
        line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    ]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
