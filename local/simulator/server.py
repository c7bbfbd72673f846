"""The HTTP side of the simulator: a threaded server on loopback, with keep-alive and without Nagle's delay.

The standard library's server is used because faults need the bare connection (to close it, to reset it, to say
nothing), and because Werkzeug's server ends each connection after one answer.
"""

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from local.simulator import amapi, control
from local.simulator.amapi import Reply
from local.simulator.fleet import Fleet, demo_fleet
from local.simulator.notifications import Publish
from local.simulator.world import World

HOST = "127.0.0.1"
_MAX_BODY = 1024 * 1024
"""A command is a few hundred bytes."""
_POLL_S = 0.1
"""How soon a hanging call notices that its client has left, and the server that it shall stop."""


class SimulatorServer(ThreadingHTTPServer):
    """Serves one ``World``; knows its open connections, so that stopping does not wait for clients."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, port: int, world: World) -> None:
        self.world = world
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without looking the host's name up, which may wait for DNS."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection as open."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Note the connection as closed."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def connections(self) -> list[int]:
        """Return the client ports of the open connections."""
        with self._open_lock:
            return [connection.getpeername()[1] for connection in self._open]

    def stop(self) -> None:
        """Stop serving: free hanging calls, close connections, wait for all threads."""
        self.shutdown()
        self.world.stop()
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # one packet an answer

    def answer(self) -> None:
        """Serve one request."""
        reply = self._reply()
        match reply.fate:
            case "send":
                self._send(reply, reply.body)
            case "truncate":
                self._send(reply, reply.body[: len(reply.body) // 2])
                self.close_connection = True
            case "hang":
                self._hang()
            case _:
                self._disconnect(has_reset=reply.fate == "reset")

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer  # noqa: N815  # the names are http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is http.server's
        """Write no access log: queries and bodies may hold passcodes."""

    def _reply(self) -> Reply:
        world = cast("SimulatorServer", self.server).world
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _MAX_BODY:
            self.close_connection = True
            return amapi.json_reply(413, {})
        content = self.rfile.read(int(length))
        target = urlsplit(self.path)
        if target.path == "/health":
            return amapi.json_reply(200, {"status": "ok"})
        if target.path.startswith("/_sim/"):
            return control.serve(world, self.command, unquote(target.path), content)
        return amapi.serve(world, self.command, target.path, target.query, content)

    def _send(self, reply: Reply, content: bytes) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _hang(self) -> None:
        """Say nothing until the client leaves or the simulator stops."""
        stopping = cast("SimulatorServer", self.server).world.stopping
        while not stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], _POLL_S)
            if readable:
                break
        self.close_connection = True

    def _disconnect(self, *, has_reset: bool) -> None:
        """Close the connection without an answer; with a reset, also without the polite end of TCP."""
        if has_reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True


class Running:
    """A simulator that serves: where, and the world behind it."""

    def __init__(self, server: SimulatorServer) -> None:
        self.url = f"http://{HOST}:{server.server_port}"
        self.world = server.world
        self.connections = server.connections


@contextlib.contextmanager
def running(
    fleet: Fleet | None = None, *, publish: Publish | None = None, ack_delay_s: float = 0.0, port: int = 0
) -> Iterator[Running]:
    """Serve a simulator in this process while the block runs; threads and port are gone after it.

    Args:
        fleet: phones to begin with; None = the demo fleet.
        publish: where notifications go; None = nowhere.
        ack_delay_s: seconds until a phone that is online acknowledges a command.
        port: 0 = a free one.
    """
    world = World(fleet or demo_fleet(datetime.now(UTC)), publish)
    for phone in world.phones.values():
        phone.ack_delay_s = ack_delay_s
    try:
        server = SimulatorServer(port, world)
    except OSError:
        world.stop()
        raise
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), name="simulator-server")
    thread.start()
    try:
        yield Running(server)
    finally:
        server.stop()
        thread.join()
