"""Real processes, killed by SIGKILL at every call of a port on the happy path, over real adapters and real servers.

What died is found by others: the same request again, the same message again, the timer. Every message that the dead
one published is lost as well. The clock of the others is ahead as far as the lease of the dead one wants it.
"""

import multiprocessing
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import local.inbox.server
import local.simulator.server
from local.simulator.fleet import demo_fleet
from local.simulator.phone import Phone
from shared.adapters.android_management import AndroidManagement
from shared.domain.action import Action, DeliveryStatus, Status
from shared.domain.resource_names import enterprise_of, lock_name
from shared.services.case import CaseBook
from shared.services.mirror import Mirror
from shared.services.ports import ActionFilter, Create, PageRequest, Update
from shared.services.records import from_fields
from tests.simulation.killed_worker import (
    ADMIN,
    AFTER,
    BEFORE,
    Place,
    Product,
    ShiftedClock,
    Task,
    open_store,
    work,
)

STEPS = ("accept", "issue", "poll", "notify")
MINUTE = timedelta(minutes=1)

MAX_CALLS = 40
"""More than any step makes; each step tells its own number."""

SDKS = ("sendgrid", "googleapiclient.discovery", "google.cloud.firestore", "jinja2")
"""What the adapters import at their first call, imported once for all processes."""

ROUNDS = 12
OPEN_ATTEMPT = timedelta(hours=2)
"""After that a call of which nobody knows anything is over, and the lock is free."""

Where = Callable[[], str]


@pytest.fixture
def context() -> multiprocessing.context.ForkServerContext:
    """Starts processes from a small server that has the modules, and no threads."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["tests.simulation.killed_worker", *SDKS])
    return forks


@pytest.fixture
def files(tmp_path: Path) -> Where:
    return lambda: f"sqlite:{tmp_path / uuid.uuid4().hex}.db"


@pytest.fixture
def databases(firestore_emulator: str, monkeypatch: pytest.MonkeyPatch) -> Where:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    return lambda: f"firestore:{firestore_emulator}/t-{uuid.uuid4().hex[:20]}"


class Line:
    """One reset from request to mail, in which one step's process may be killed."""

    def __init__(self, place: Place, phone: Phone, mailbox: local.inbox.server.Inbox) -> None:
        self.place, self.phone, self.inbox = place, phone, mailbox
        self.store = open_store(place)
        self.product = Product(place, self.store)
        self.ahead = timedelta(0)
        self._furnish()

    @property
    def action(self) -> Action | None:
        found = self.store.actions(enterprise_of(self.place.device), ActionFilter(), PageRequest(10)).documents
        assert len(found) <= 1
        return from_fields(Action, found[0].fields) if found else None

    def task(self, step: str) -> Task:
        return Task(step, self.ahead, self.action.name if self.action else "")

    def step(self, step: str) -> None:
        """Do a step as it should be done."""
        if step == "poll":
            self.ahead += MINUTE
        self.product.run(self.task(step))

    def finish(self) -> None:
        """Whatever is left is mended by repeats and by the timer."""
        for _ in range(ROUNDS):
            for step in STEPS:
                self.step(step)
            if self.action and all(d.status is DeliveryStatus.SENT for d in self.action.deliveries):
                break
        self.ahead += OPEN_ATTEMPT
        self.step("poll")

    def check(self) -> None:
        assert self.action is not None
        assert self.action.status is Status.DONE
        assert {delivery.status for delivery in self.action.deliveries} == {DeliveryStatus.SENT}
        executed = {entry["passcode"] for entry in self.phone.executed}
        assert executed == {self.phone.passcode}
        letters = self.inbox.letters()
        assert {letter.to for letter in letters} == {delivery.email for delivery in self.action.deliveries}
        assert all(str(self.phone.passcode) in "".join(letter.text.split()) for letter in letters)
        assert len(letters) <= len(self.action.deliveries) + 1
        lock = self.store.get_many([lock_name(self.place.device)])[lock_name(self.place.device)]
        assert "holder" not in lock.fields

    def _furnish(self) -> None:
        enterprise, device = enterprise_of(self.place.device), self.place.device
        member = {"email": ADMIN, "roles": ["admin"]}
        self.store.commit(
            [Create(enterprise, {"display_name": "Demo"}), Create(f"{enterprise}/members/{ADMIN}", member)]
        )
        clock = ShiftedClock(self.ahead)
        facts = AndroidManagement(self.place.amapi).get_device(device)
        assert facts is not None
        Mirror(CaseBook(self.store, clock, None)).put_one(facts, clock.now())  # type: ignore[arg-type]  # draws nothing
        document = self.store.get_many([device])[device]
        user = {"display_name": "User", "email": "user@example.com", "locale": "en"}
        self.store.commit([Update(device, {"assigned_user": user, "revision": 2}, document.version)])


@dataclass
class Servers:
    """AMAPI with many phones of one kind, and the inbox; each new line takes a phone that nobody had."""

    simulator: local.simulator.server.Running
    inbox: local.inbox.server.Inbox
    where: Where
    key_file: Path

    @contextmanager
    def line(self) -> Iterator[Line]:
        """An untouched phone, an empty inbox, an empty store."""
        name, phone = next((n, p) for n, p in self.simulator.world.phones.items() if n not in self._taken)
        self._taken.add(name)
        self.inbox.mailbox.clear()
        place = Place(self.where(), str(self.key_file), self.simulator.url, self.inbox.url, name)
        new = Line(place, phone, self.inbox)
        yield new
        new.store.close()  # type: ignore[attr-defined]  # both stores have it

    def __post_init__(self) -> None:
        self._taken: set[str] = set()


@contextmanager
def servers(where: Where, tmp_path: Path) -> Iterator[Servers]:
    """Serve while the block runs."""
    fleet = demo_fleet(datetime.now(UTC), size=1)
    (one,) = fleet.phones
    phones = tuple(
        replace(one, device={**one.device, "name": f"{one.device['name']}{number:03d}"}, executed=[])
        for number in range(MAX_CALLS)
    )
    with ExitStack() as stack:
        simulator = stack.enter_context(local.simulator.server.running(replace(fleet, phones=phones)))
        inbox = stack.enter_context(local.inbox.server.running())
        yield Servers(simulator, inbox, where, tmp_path / "key")


def killed(context: multiprocessing.context.ForkServerContext, place: Place, task: Task) -> int | None:
    """Run a task in a process of its own; returns its number of calls, None where it was killed."""
    process = context.Process(target=work, args=(place, task))
    process.start()
    process.join(300)
    assert process.exitcode is not None
    if process.exitcode == -signal.SIGKILL:
        return None
    assert 0 < process.exitcode <= MAX_CALLS, "the step itself failed"
    return process.exitcode


def run_with_kill(
    context: multiprocessing.context.ForkServerContext, new: Line, victim: str, number: int, when: str
) -> int | None:
    """Kill one step at one call and let the others mend it; returns its calls where it made fewer, and lived."""
    for step in STEPS:
        if step != victim:
            new.step(step)
            continue
        new.ahead += MINUTE if step == "poll" else timedelta(0)
        calls = killed(context, new.place, replace(new.task(step), kill_at=number, when=when))
        if calls is not None:
            return calls
        break
    new.finish()
    new.check()
    return None


def kill_everywhere(
    context: multiprocessing.context.ForkServerContext, around: Servers, victim: str, every: int
) -> int:
    """Kill before each call of a step and after its last one; returns how many calls it makes."""
    calls = None
    for number in range(1, MAX_CALLS, every):
        with around.line() as new:
            calls = run_with_kill(context, new, victim, number, BEFORE)
        if calls is not None:
            break
    assert calls is not None
    with around.line() as new:
        assert run_with_kill(context, new, victim, calls, AFTER) is None
    return calls


@pytest.mark.parametrize("victim", STEPS)
def test_a_process_killed_at_any_call_loses_nothing_on_sqlite(
    context: multiprocessing.context.ForkServerContext, files: Where, tmp_path: Path, victim: str
):
    with servers(files, tmp_path) as around:
        calls = kill_everywhere(context, around, victim, every=1)

    assert 4 <= calls < MAX_CALLS


@pytest.mark.emulator
@pytest.mark.parametrize("victim", STEPS)
def test_a_process_killed_at_some_calls_loses_nothing_on_firestore(
    context: multiprocessing.context.ForkServerContext, databases: Where, tmp_path: Path, victim: str
):
    with servers(databases, tmp_path) as around:
        calls = kill_everywhere(context, around, victim, every=4)

    assert 4 <= calls < MAX_CALLS
