"""A Firestore that fails on demand: a real gRPC server on the loopback, and a proxy that swallows answers.

The emulator cannot be told to fail; these can, and they speak the real protocol to the real client.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.cloud.firestore_v1.types import (
    BatchGetDocumentsRequest,
    BatchGetDocumentsResponse,
    CommitRequest,
    CommitResponse,
    RunQueryRequest,
    RunQueryResponse,
)

HOST = "127.0.0.1"
Script = Callable[[Any, grpc.ServicerContext], Any]


class ScriptedFirestore:
    """Serves three methods from scripts and keeps every request it was sent.

    A script takes the decoded request and the call's context, and returns the answer: one message for ``commit``,
    an iterable of messages for the two that stream.
    """

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.commit: Script = lambda _request, _context: CommitResponse()
        self.run_query: Script = lambda _request, _context: []
        self.batch_get: Script = lambda _request, _context: []

    def serve(self) -> grpc.Server:
        """Return a server with the methods' handlers, not yet started."""
        server = grpc.server(futures.ThreadPoolExecutor(4))
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        methods = {
            "Commit": self._handler(unary, "commit", CommitRequest, CommitResponse),
            "RunQuery": self._handler(stream, "run_query", RunQueryRequest, RunQueryResponse),
            "BatchGetDocuments": self._handler(
                stream, "batch_get", BatchGetDocumentsRequest, BatchGetDocumentsResponse
            ),
        }
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler("google.firestore.v1.Firestore", methods)]
        )
        return server

    def _handler(self, kind: Any, script: str, asked: Any, answered: Any) -> grpc.RpcMethodHandler:
        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            self.requests.append(request)
            answer = getattr(self, script)(request, context)
            return answer if kind is grpc.unary_unary_rpc_method_handler else iter(answer)

        return kind(handle, asked.deserialize, answered.serialize)


@contextmanager
def scripted_firestore() -> Iterator[tuple[ScriptedFirestore, str]]:
    """Run the server; yields it and its ``host:port``."""
    scripted = ScriptedFirestore()
    server = scripted.serve()
    port = server.add_insecure_port(f"{HOST}:0")
    server.start()
    try:
        yield scripted, f"{HOST}:{port}"
    finally:
        server.stop(None).wait()


class AnswerSwallower:
    """A TCP proxy that passes every request on and, once told to, no answer back."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server((HOST, 0))
        self._sockets: list[socket.socket] = []
        self._swallow = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def address(self) -> str:
        """``host:port`` to give to a client."""
        return f"{HOST}:{self._listener.getsockname()[1]}"

    def swallow(self) -> None:
        """From now on no answer gets through."""
        self._swallow.set()

    def cut(self) -> None:
        """Break every connection, and take no more."""
        for open_socket in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()

    def close(self) -> None:
        """Break every connection and wait for the threads."""
        self.cut()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [client, server]
                for pump in ((client, server, None), (server, client, self._swallow)):
                    thread = threading.Thread(target=self._pump, args=pump)
                    self._threads.append(thread)
                    thread.start()

    def _pump(self, source: socket.socket, sink: socket.socket, swallow: threading.Event | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if swallow is None or not swallow.is_set():
                    sink.sendall(data)
