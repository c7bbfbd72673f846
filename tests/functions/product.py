"""The whole product in one process: every function by its true entry point, on real small servers of loopback.

Phones are the AMAPI simulator, mail goes to the inbox, messages through the embedded bus with a file as its
journal. What the bus pushes is kept until a test lets it be delivered, so that a test decides what comes when.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import functions_framework
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import local.inbox.server
import local.simulator.server
from local.bus.broker import Broker
from local.function_environment import EVENT_FUNCTIONS, FUNCTIONS, audience_of, environment_of
from local.gateway.keys import Signer
from local.inbox.server import Inbox
from local.json_http import fetch
from local.seed import ENTERPRISE, seed
from shared.adapters.sqlite import SqliteStore
from shared.runtime import config
from shared.runtime.clock import SystemClock
from shared.services.ports import Create, Update
from shared.services.token_issuers import IAP_ISSUER
from tests.contract.push_receiver import PushReceiver
from tests.functions.surroundings import (
    PROJECT,
    CertsServer,
    Pushed,
    Time,
    add_to,
    bus_config,
    fleet,
    kept_logging,
    to_bus,
    topic,
)

ROOT = Path(__file__).parents[2]
OTHER_ENTERPRISE = "enterprises/LC00other"
OTHER_ADMIN = "admin@other.example"
ADMIN = "admin@example.com"
CONSOLE_URL = "https://reset.example.com"
SETTLE_S = 60.0
"""Far longer than anything here takes on the busiest machine: it only ends a hang."""


@dataclass
class Product:
    """Eight functions and everything around them."""

    directory: Path
    time: Time
    signer: Signer
    certs: CertsServer
    simulator: local.simulator.server.Running
    inbox: Inbox
    broker: Broker
    receiver: PushReceiver
    overrides: Mapping[str, str]
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    pushed: list[Pushed] = field(default_factory=list)
    waiting: list[Pushed] = field(default_factory=list)
    answers: list[tuple[str, str, TestResponse]] = field(default_factory=list)
    _seen: int = 0

    @property
    def store_path(self) -> Path:
        return self.directory / "store.sqlite"

    def facts(self) -> dict[str, str]:
        """Every variable that some function is given."""
        return {
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "STORE": f"sqlite:{self.store_path}",
            "BUS_URL": self.broker.base_url,
            "LOCAL_KEY_FILE": str(self.directory / "passcode.key"),
            "EMAIL_FROM": "passcode-reset@example.com",
            "CONSOLE_URL": CONSOLE_URL,
            "IDENTITY_ISSUERS": IAP_ISSUER,
            "IDENTITY_CERTS_URL": f"{self.certs.url}/jwks",
            "LOG_LEVEL": "INFO",
            "REQUEST_TOPIC": "passcode-reset-requests",
            "EVENT_TOPIC": "passcode-reset-events",
            "AMAPI_ENDPOINT": self.simulator.url,
            "SENDGRID_HOST": self.inbox.url,
            "SENDGRID_API_KEY": "SG.test-key",
            **self.overrides,
        }

    def client(self, function: str) -> FlaskClient:
        """Return the function's true entry point, built once and with its own variables alone."""
        if function not in self.clients:
            self.clients[function] = entry(function, environment_of(function, self.facts()))
        return self.clients[function]

    def call(
        self,
        function: str,
        method: str,
        path: str,
        *,
        caller: str | None = ADMIN,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """Send a request as the load balancer hands it on; ``caller`` None carries no assertion."""
        signed = {"X-Goog-IAP-JWT-Assertion": self.assertion(function, caller)} if caller else {}
        if json is not None:
            more["json"] = json
        answer = self.client(function).open(path, method=method, headers={**signed, **(headers or {})}, **more)
        self.answers.append((function, path, answer))
        return answer

    def assertion(self, function: str, email: str) -> str:
        return self.signer.assertion(email, audience_of(function))

    def get(self, path: str, **more: Any) -> Any:
        """Read as an admin; fails where that is refused."""
        answer = self.call("console", "GET", path, **more)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.json

    def reset(self, device: str, **body: Any) -> Any:
        """Ask for a reset and return the action; fails where that is refused."""
        answer = self.call("reset_passcode", "POST", f"/v1/{device}:resetPasscode", json=body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.json

    def reveal(self, action: str, **more: Any) -> TestResponse:
        path = f"/v1/{action.replace('/actions/', '/passcodes/')}:reveal"
        return self.call("reveal_passcode", "POST", path, json={"reason": "a test reads it"}, **more)

    def action(self, name: str) -> Any:
        return self.get(f"/v1/{name}")

    def stored(self, name: str) -> Mapping[str, Any]:
        """Return the fields of a stored document."""
        store = SqliteStore(str(self.store_path))
        try:
            return store.get_many([name])[name].fields
        finally:
            store.close()

    def write(self, name: str, **fields: Any) -> None:
        """Set fields of a stored document, as an operator would."""
        store = SqliteStore(str(self.store_path))
        try:
            store.commit([Update(name, fields, store.get_many([name])[name].version)])
        finally:
            store.close()

    def rows_of(self, prefix: str) -> list[Mapping[str, Any]]:
        """Return the fields of all stored documents whose name begins so."""
        with closing(sqlite3.connect(self.store_path)) as database:
            names = [row[0] for row in database.execute("SELECT name FROM documents ORDER BY name")]
        return [self.stored(name) for name in names if name.startswith(prefix)]

    def tick(self, function: str = "poll_status") -> Any:
        """Call a function as the scheduler does."""
        answer = self.call(function, "POST", "/", caller=None)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.json

    def push(self, function: str, body: bytes | object, *, path: str = "/", **headers: str) -> TestResponse:
        """Post one body to a push function."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.client(function).post(
            path, data=content, headers={"Content-Type": "application/json", **headers}
        )
        self.answers.append((function, path, answer))
        return answer

    def take(self) -> list[Pushed]:
        """Return what the bus has pushed since the last time, once it has nothing left to push."""
        wait_until(lambda: all(not each["waiting"] for each in self.broker.stats()["subscriptions"]))
        by_topic = {topic(short): function for function, short in EVENT_FUNCTIONS.items()}
        fresh = self.receiver.received[self._seen :]
        self._seen += len(fresh)
        bodies = [Pushed(by_topic[each.path.removeprefix("/fn/")], each.path, each.body) for each in fresh]
        self.pushed += bodies
        return bodies

    def pump(self, *functions: str) -> int:
        """Deliver what waits, to these functions alone where some are named; returns how many were delivered."""
        self.waiting += self.take()
        due = [each for each in self.waiting if not functions or each.function in functions]
        self.waiting = [each for each in self.waiting if each not in due]
        for each in due:
            answer = self.push(each.function, each.body, path=each.path)
            if answer.status_code not in {200, 204}:
                self.waiting.append(each)
        return len(due)

    def settle(self, done: Callable[[], object]) -> None:
        """Deliver, round after round, until something holds; fails when it takes too long."""
        deadline = time.monotonic() + SETTLE_S
        while not done():
            assert time.monotonic() < deadline, "it did not happen"
            if not self.pump():
                time.sleep(0.005)

    def until_status(self, action: str, status: str) -> Any:
        self.settle(lambda: self.action(action)["status"] == status)
        return self.action(action)

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        return fetch(method, f"{self.simulator.url}/_sim{path}", body)

    def phone(self, device: str) -> Any:
        return self.sim("GET", f"/devices/{device.rpartition('/')[2]}")

    def set_phone(self, device: str, **knobs: Any) -> None:
        self.sim("PATCH", f"/devices/{device.rpartition('/')[2]}", knobs)

    def fault(self, method: str, kind: str, count: int = 1) -> None:
        self.sim("POST", "/faults", {"method": method, "kind": kind, "count": count})

    def issue_calls(self) -> list[Any]:
        """Return every ``issueCommand`` that reached AMAPI."""
        return [each for each in self.sim("GET", "/calls") if each["method"].endswith("devices.issueCommand")]

    def devices(self) -> list[Any]:
        """Return the devices that would take a reset, in a fixed order."""
        rows = self.get(f"/v1/{ENTERPRISE}/devices?pageSize=200")["devices"]
        return [row for row in rows if self.get(f"/v1/{row['name']}:checkReset")["eligible"] and row["user"]]


def entry(function: str, environ: Mapping[str, str]) -> FlaskClient:
    """Load a function as the framework does, with exactly these variables of ours set."""
    ours = {name for needs in config.FUNCTIONS.values() for name in needs.all} | {"K_SERVICE"}
    with pytest.MonkeyPatch.context() as patch:
        for name in ours:
            patch.delenv(name, raising=False)
        for name, value in environ.items():
            patch.setenv(name, value)
        app = functions_framework.create_app(function, str(ROOT / "functions" / function / "main.py"))
    return app.test_client()


def wait_until(condition: Callable[[], object], within_s: float = SETTLE_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


@contextmanager
def running(directory: Path, **overrides: str) -> Iterator[Product]:
    """Start everything around the functions and mirror the fleet; the functions load when they are called."""
    with ExitStack() as stack:
        stack.enter_context(kept_logging())
        clock = Time()
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(SystemClock, "now", lambda _self: clock.now())
        signer, certs = Signer(ec.generate_private_key(ec.SECP256R1())), CertsServer()
        stack.callback(certs.close)
        certs.sets["/jwks"] = signer.jwks()
        receiver = PushReceiver()
        stack.callback(receiver.close)
        broker = Broker(bus_config(receiver.endpoint), directory / "bus.sqlite")
        broker.start()
        stack.callback(broker.stop)
        simulator = stack.enter_context(local.simulator.server.running(fleet(), publish=to_bus(broker)))
        add_to(simulator, fleet(OTHER_ENTERPRISE, 3))
        inbox = stack.enter_context(local.inbox.server.running())
        product = Product(directory, clock, signer, certs, simulator, inbox, broker, receiver, overrides)
        if product.facts()["STORE"].startswith("sqlite:"):
            seed_store(product)
        yield product


def seed_store(product: Product) -> None:
    """Store both enterprises with their members, and mirror the devices by ``sync_devices``."""
    store = SqliteStore(str(product.store_path))
    seed(store)
    store.commit(other_enterprise())
    store.close()
    wait_until(lambda: product.tick("sync_devices")["complete"])


def other_enterprise() -> list[Create]:
    member = f"{OTHER_ENTERPRISE}/members/{OTHER_ADMIN}"
    return [
        Create(OTHER_ENTERPRISE, {"display_name": "Another customer"}),
        Create(member, {"email": OTHER_ADMIN, "roles": ["admin"]}),
    ]


__all__ = [
    "ADMIN",
    "CONSOLE_URL",
    "ENTERPRISE",
    "FUNCTIONS",
    "OTHER_ADMIN",
    "OTHER_ENTERPRISE",
    "Product",
    "running",
]
