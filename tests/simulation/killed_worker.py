"""One step of the pipeline over the real adapters, in a process that may kill itself at a call of a port.

``work`` is what the process runs: it ends by SIGKILL when the gate says so, else with the number of calls it made.
"""

import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from shared.adapters.android_management import AndroidManagement
from shared.adapters.local_key import LocalKeyCipher
from shared.adapters.mail_templates.renderer import JinjaMailRenderer
from shared.adapters.sendgrid import SendGridMail
from shared.adapters.sqlite import SqliteStore
from shared.domain.messages import Message
from shared.runtime.clock import SystemClock
from shared.runtime.wiring import new_id
from shared.services.accept_reset import AcceptReset, ResetWish
from shared.services.access import Caller
from shared.services.advance import Advance
from shared.services.announcing import Announcer
from shared.services.case import CaseBook
from shared.services.deliver_mail import DeliverMail
from shared.services.freshness import Freshness
from shared.services.issue_command import IssueCommand
from shared.services.mirror import Mirror
from shared.services.poll_status import PollStatus
from shared.services.ports import Store

ADMIN = "admin@example.com"
WISH = ResetWish(notify_user=True, reason="taxi", valid_for=timedelta(hours=1))
REQUEST_ID = "the-one-request"

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Place:
    """Where everything is; ``store`` is ``sqlite:{path}`` or ``firestore:{emulator's host:port}/{project}``."""

    store: str
    key_file: str
    amapi: str
    mail: str
    device: str


@dataclass(frozen=True)
class Task:
    """One step, how far its clock is ahead, and at which call (from 1; 0 = never) its process dies."""

    step: str
    ahead: timedelta = timedelta(0)
    action: str = ""
    kill_at: int = 0
    when: str = BEFORE


class Gate:
    """Counts calls of ports and kills the process at one of them."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self.calls = 0

    def through(self, call: Callable[..., Any], *values: Any, **named: Any) -> Any:
        """Make a call, or die before or after it."""
        self.calls += 1
        fatal = self.calls == self._task.kill_at
        if fatal and self._task.when == BEFORE:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = call(*values, **named)
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


class Gated:
    """A port whose calls go through the gate."""

    def __init__(self, port: object, gate: Gate) -> None:
        self._port, self._gate = port, gate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        return lambda *values, **named: self._gate.through(found, *values, **named)


class ShiftedClock(SystemClock):
    """The machine's clock, some time ahead."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """Aware UTC time."""
        return super().now() + self._ahead


class SilentBus:
    """Loses every message: what a dead process would have sent is sent by nobody."""

    def publish(self, topic: str, message: Message) -> None:
        """Lose it."""


def open_store(place: Place) -> Store:
    """Open the store of a place, with connections of one's own."""
    kind, _, where = place.store.partition(":")
    if kind == "sqlite":
        return SqliteStore(where)
    from shared.adapters.firestore import FirestoreStore  # noqa: PLC0415  # its SDK takes a second to import

    emulator, _, project = where.partition("/")
    os.environ["FIRESTORE_EMULATOR_HOST"] = emulator
    return FirestoreStore(project, "passcodes")


@dataclass
class Product:
    """The services over one store; each step is what one function does."""

    place: Place
    store: Store

    def run(self, task: Task) -> int:
        """Do one step; returns the number of calls it made."""
        gate = Gate(task)
        store, amapi, cipher, bus, mail = (
            cast("Any", Gated(port, gate))
            for port in (
                self.store,
                AndroidManagement(self.place.amapi),
                LocalKeyCipher(self.place.key_file),
                SilentBus(),
                SendGridMail("SG.key", "reset@example.com", host=self.place.mail),
            )
        )
        book = CaseBook(store, ShiftedClock(task.ahead), random.SystemRandom())
        announcer = Announcer(bus, "requests", "events")
        advance = Advance(book, amapi, announcer)
        match task.step:
            case "accept":
                accept = AcceptReset(book, cipher, announcer, new_id)
                accept(Caller(ADMIN), self.place.device, WISH, REQUEST_ID)
            case "issue":
                fresh = Freshness(amapi, Mirror(book).put_one)
                IssueCommand(book, amapi, cipher, advance, announcer, fresh, new_id)(task.action)
            case "poll":
                PollStatus(book, advance)()
            case "notify":
                DeliverMail(book, cipher, JinjaMailRenderer(), [mail], new_id)(task.action)
        return gate.calls


def work(place: Place, task: Task) -> None:
    """Run one step in this process and end it."""
    sys.exit(Product(place, open_store(place)).run(task))
