"""The demo as end-to-end tests see it: its addresses, its phones, its mailbox, its store."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.json_http import fetch
from local.seed import ENTERPRISE
from local.stack import Stack
from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import ConflictError
from shared.services.ports import Update

ADMIN = "admin@example.com"
WITHIN_S = 60.0
"""A reset takes about a second; a busy machine takes longer, and this only ends a hang."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone of the fleet, and who holds it."""

    name: str
    model: str
    serial: str
    user: str
    email: str

    @property
    def id(self) -> str:
        return self.name.rpartition("/")[2]


@dataclass
class Site:
    """A running stack; each test takes phones of its own."""

    stack: Stack
    _taken: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return self.stack.plan.gateway_url

    def api(self, method: str, path: str, body: Any = None, *, caller: str = ADMIN) -> Any:
        """Call ``/v1`` as a persona."""
        token = fetch("GET", f"{self.url}/_local/token?email={caller}")["token"]
        return fetch(method, f"{self.url}/v1/{path}", body, token)

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        return fetch(method, f"{self.stack.plan.amapi_url}/_sim{path}", body)

    def on_phone(self, phone: Phone) -> Any:
        """Return what the phone itself knows: its passcode, whether it is locked."""
        return self.sim("GET", f"/devices/{phone.id}")

    def set_phone(self, phone: Phone, **knobs: Any) -> None:
        self.sim("PATCH", f"/devices/{phone.id}", knobs)

    def mails(self, *, to: str = ADMIN, about: str = "") -> list[Any]:
        """Return the letters to somebody, of those whose text or subject names something."""
        letters = fetch("GET", f"{self.stack.plan.mail_url}/_inbox/messages")
        return [each for each in letters if each["to"] == to and about in each["text"] + each["subject"]]

    def issued(self, phone: Phone) -> list[Any]:
        """Return every ``issueCommand`` for a phone that reached AMAPI."""
        calls = self.sim("GET", "/calls")
        return [each for each in calls if each["method"].endswith("issueCommand") and phone.id in each["path"]]

    def resets(self, phone: Phone) -> list[Any]:
        """Return the actions of a phone."""
        found = self.api("GET", f"{ENTERPRISE}/actions?pageSize=100&device={phone.name}")["actions"]
        return [each for each in found if each["device"] == phone.name]

    def request_ids(self, *actions: Any) -> list[str]:
        """Return the request ids that these actions came from, as the store has them."""
        with self.store() as store:
            documents = store.get_many([each["name"] for each in actions])
        return [str(documents[each["name"]].fields["request_id"]) for each in actions]

    def take_phone(self, *locks: str) -> Phone:
        """Return a phone that is online, free of trouble and taken by no other test; of any lock, or these."""
        reachable = {
            each["name"]
            for each in self.sim("GET", "/devices")
            if each["online"]
            and not each["paused"]
            and each["tokenActive"]
            and each["unlockedSinceBoot"]
            and (not locks or each["lock"] in locks)
        }
        for row in self.api("GET", f"{ENTERPRISE}/devices?pageSize=200")["devices"]:
            name, user = row["name"], row.get("user") or {}
            if name in self._taken or name not in reachable or not user.get("email") or row.get("openAction"):
                continue
            if self.api("GET", f"{name}:checkReset")["eligible"]:
                self._taken.add(name)
                return Phone(name, row["model"], row["serialNumber"], user["displayName"], user["email"])
        raise AssertionError("the fleet has no such phone left")

    def make_due(self, phone: Phone) -> None:
        """Let half a minute pass for the reset of a phone: the timer's next look at it is due now."""
        name = self.resets(phone)[0]["name"]
        with self.store() as store:
            eventually(lambda: _is_made_due(store, name))

    @contextmanager
    def store(self) -> Iterator[SqliteStore]:
        """Open the store that the functions use."""
        opened = SqliteStore(self.stack.plan.facts()["STORE"].removeprefix("sqlite:"))
        try:
            yield opened
        finally:
            opened.close()


def _is_made_due(store: SqliteStore, name: str) -> bool:
    known = store.get_many([name])[name]
    try:
        store.commit([Update(name, {"wake_at": datetime.now(UTC)}, known.version)])
    except ConflictError:  # a function wrote at the same moment
        return False
    return True


def eventually(condition: Callable[[], Any], within_s: float = WITHIN_S) -> Any:
    """Return what the condition gives once it is true; fails when that takes too long."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found


def passcode_in(letter: Mapping[str, str]) -> str:
    """Return the passcode of a letter, which shows it in groups on a line of its own."""
    shown = next(line for line in letter["text"].splitlines() if line.startswith("    "))
    return "".join(shown.split())
