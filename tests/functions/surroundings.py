"""What stands around the functions: Google's keys, the clock, the phones, the bus and the process's logging."""

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import local.simulator.server
from local.bus.broker import Broker
from local.bus.config import BusConfig, Subscription
from local.bus.journal import Content
from local.function_environment import EVENT_FUNCTIONS
from local.seed import ENTERPRISE
from local.simulator.fleet import Fleet, demo_fleet
from shared.domain.messages import Message
from shared.runtime import logs
from shared.runtime.logs import QUIET_LOGGERS

PROJECT = "demo-project"
FLEET_SIZE = 12
"""Phones: enough for one of each kind, few enough to be mirrored in a blink."""


def topic(short: str) -> str:
    return f"projects/{PROJECT}/topics/{short}"


class CertsServer(ThreadingHTTPServer):
    """Publishes key sets by path, as Google does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _CertsHandler)
        self.sets: dict[str, object] = {}
        self.fetched = 0
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _CertsHandler(BaseHTTPRequestHandler):
    server: CertsServer

    def do_GET(self) -> None:
        self.server.fetched += 1
        known = self.server.sets.get(self.path)
        content = json.dumps(known or {}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        pass


class Time:
    """Moves the clock that the functions read; it never stands still, unless a test stops it."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._stopped: datetime | None = None

    def now(self) -> datetime:
        return (self._stopped or datetime.now(UTC)) + self.ahead

    def stop(self) -> None:
        """Let only ``advance`` move it from now on: a busy machine takes seconds for what is to happen in one."""
        self._stopped = datetime.now(UTC)

    def advance(self, **by: float) -> None:
        self.ahead += timedelta(**by)


@dataclass
class Pushed:
    """One push request of the bus, waiting for its delivery."""

    function: str
    path: str
    body: bytes


def fleet(enterprise: str = ENTERPRISE, size: int = FLEET_SIZE) -> Fleet:
    return demo_fleet(datetime.now(UTC), enterprise=enterprise, size=size)


def add_to(simulator: local.simulator.server.Running, another: Fleet) -> None:
    """Let AMAPI know a second enterprise: its one permission reaches them all."""
    simulator.world.enterprises[another.enterprise["name"]] = another.enterprise
    simulator.world.phones |= {phone.device["name"]: phone for phone in another.phones}


def bus_config(endpoint: str) -> BusConfig:
    return BusConfig(
        subscriptions=tuple(
            Subscription(
                topic=topic(short), endpoint=endpoint, min_backoff_s=0.05, max_backoff_s=0.1, concurrency=1
            )
            for short in EVENT_FUNCTIONS.values()
        )
    )


def to_bus(broker: Broker) -> Callable[[Message], None]:
    """Return what AMAPI publishes its notifications with; a test notification has no data."""

    def publish(message: Message) -> None:
        content = Content(json.dumps(message.data).encode() if message.data else b"", dict(message.attributes))
        broker.publish(topic("amapi-notifications"), [content])

    return publish


@contextmanager
def kept_logging() -> Iterator[None]:
    """Undo what a function's start does to the logging of this process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in QUIET_LOGGERS}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)


@contextmanager
def printed_lines(function: str = "notify", level: str = "INFO") -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Set logging up as a function's start does, and return what gives the lines printed since."""
    output = io.StringIO()
    with kept_logging():
        with redirect_stdout(output):
            logs.configure(function, level, PROJECT)
        yield lambda: [json.loads(line) for line in output.getvalue().splitlines()]
