"""One simulated world: the true services over hostile ports, people, a timer, and time that runs by itself."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass

from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import PasscodeResetError, PermanentError, RejectedError
from shared.services.advance import Advance
from shared.services.announcing import Announcer
from shared.services.case import CaseBook
from shared.services.deliver_mail import DeliverMail
from shared.services.freshness import Freshness
from shared.services.handle_notification import HandleNotification
from shared.services.issue_command import IssueCommand
from shared.services.mirror import Mirror
from shared.services.poll_status import PollStatus
from shared.services.ports import Create, Store
from tests.simulation.auditor import LOOKS_OVER_S, Auditor
from tests.simulation.engine import Engine
from tests.simulation.faults import Faults, Killed
from tests.simulation.fleet import Fleet, phone
from tests.simulation.people import ADMIN, ENTERPRISE, USER, People
from tests.simulation.ports import (
    PlainRenderer,
    Worker,
    WorkerAmapi,
    WorkerBus,
    WorkerCipher,
    WorkerMail,
    WorkerStore,
    operation_name,
    unread,
)
from tests.simulation.profile import Profile, delay_s, profile_of

REQUESTS, EVENTS = "projects/p/topics/requests", "projects/p/topics/events"

REDELIVERIES = 6
"""How often the bus tries a message whose handler failed; then it is lost, as in a dead-letter topic."""


@dataclass
class Services:
    """Everything a worker may run, over its own ports."""

    worker: Worker
    store: WorkerStore
    book: CaseBook
    cipher: WorkerCipher
    announcer: Announcer
    new_id: Callable[[], str]

    @property
    def advance(self) -> Advance:
        """The one terminal transition."""
        return Advance(self.book, WorkerAmapi(self.worker), self.announcer)

    def issue(self) -> IssueCommand:
        """``issue_command``."""
        amapi = WorkerAmapi(self.worker)
        freshness = Freshness(amapi, Mirror(self.book).put_one)
        return IssueCommand(self.book, amapi, self.cipher, self.advance, self.announcer, freshness, self.new_id)

    def notify(self) -> DeliverMail:
        """``notify``."""
        providers = [WorkerMail(self.worker, "first"), WorkerMail(self.worker, "second")]
        return DeliverMail(self.book, self.cipher, PlainRenderer(), providers, self.new_id, "https://c.example")

    def notification(self) -> HandleNotification:
        """``handle_notification``."""
        amapi = WorkerAmapi(self.worker)
        return HandleNotification(self.book, amapi, self.advance, Mirror(self.book), operation_name, unread)

    def poll(self) -> PollStatus:
        """``poll_status``, whose patience is measured in true time."""
        return PollStatus(self.book, self.advance, elapsed=lambda: self.worker.world.engine.now_s)


class World:
    """Builds a world from a seed and runs it to its end."""

    def __init__(
        self,
        seed: int,
        profile: Profile | None = None,
        store: Store | None = None,
        draw: Callable[[random.Random, Profile], Faults] = Faults,
    ) -> None:
        self.seed = seed
        self.profile = profile or profile_of(seed)
        self.rng = random.Random(seed)
        self.engine = Engine(self.rng)
        self.faults = draw(self.rng, self.profile)
        self.store = store or SqliteStore(":memory:")
        self.fleet = Fleet(self.engine, self.profile, self._notified)
        self.auditor = Auditor(self)
        self.people = People(self)
        self.timer_runs = True
        self._ids = 0
        self._last_tick_s = 0.0
        self._tick_gap_s = 60.0
        self._mail_down: dict[str, tuple[float, float]] = {}
        self.fleet.changed = self.auditor.fleet_changed
        self.engine.next_tick_s = self._next_tick_s
        self.engine.tick = self._tick

    def run(self) -> "World":
        """Run to the end and audit what is left; raises ``Violation``."""
        services_log = logging.getLogger("shared.services")
        services_log.addHandler(self.auditor.listener)
        before = services_log.propagate, services_log.level
        services_log.propagate = False
        services_log.setLevel(logging.ERROR)
        try:
            self._furnish()
            self.people.come()
            self.engine.after(LOOKS_OVER_S, self.people.reveal_all)
            self.engine.run()
            self.auditor.at_rest()
        except AssertionError as error:
            error.add_note(f"seed {self.seed}, profile {self.profile.name}\n" + "\n".join(self.engine.trace))
            raise
        finally:
            services_log.removeHandler(self.auditor.listener)
            services_log.propagate = before[0]
            services_log.setLevel(before[1])
        return self

    def close(self) -> None:
        """Let go of the store."""
        if isinstance(self.store, SqliteStore):
            self.store.close()

    def worker(self, duty: str, subject: str, work: Callable[[Services], None]) -> None:
        """Start a worker; a crash ends it silently, an expected error is dealt with by ``work``."""
        skew_s = self.rng.uniform(-self.profile.skew_s, self.profile.skew_s)
        worker = Worker(self, duty, subject, skew_s, self.engine.now_s)

        def run() -> None:
            try:
                work(self._services(worker))
            except Killed:
                self.note(worker, "is dead")

        self.engine.spawn(run)

    def post(self, topic: str, action: str) -> None:
        """Deliver a message as the bus does: late, often, in any order, or never."""
        if self.rng.random() < self.profile.lost_message_rate:
            return
        for _ in range(self.rng.choice(self.profile.copies)):
            self.engine.after(delay_s(self.rng), lambda: self._deliver(topic, action, 0))

    def note(self, worker: Worker, what: str) -> None:
        """Write a line of the trace."""
        self.engine.note(f"{worker.duty} {worker.subject.rpartition('/')[2]}", what)

    def new_id(self) -> str:
        """Return the next id."""
        self._ids += 1
        return f"id{self._ids:06d}"

    def mail_is_down(self, provider: str) -> bool:
        """Tell whether a provider has an outage now; the outage is drawn once for the world."""
        if provider not in self._mail_down:
            down = self.profile.fault_rate > 0 and self.rng.random() < 0.2
            start_s = self.rng.uniform(0, 7200.0) if down else 0.0
            self._mail_down[provider] = (start_s, start_s + (self.rng.choice([600.0, 30_000.0]) if down else 0.0))
        start_s, end_s = self._mail_down[provider]
        return start_s <= self.engine.now_s < end_s

    def _furnish(self) -> None:
        retention = self.rng.choice(self.profile.retention_days)
        limits = ("max_resets_per_person", "max_resets_per_hour", "max_readings_per_person")
        rates = dict(zip(limits, self.profile.limits, strict=True))
        delivery = {"display_name": "Example", "retention_days": retention, **rates}
        member = {"email": ADMIN, "roles": ["admin"]}
        self.store.commit([Create(ENTERPRISE, delivery), Create(f"{ENTERPRISE}/members/{ADMIN}", member)])
        book = CaseBook(self.store, Worker(self, "set-up", "", 0.0, 0.0), self.rng)
        for device in self.people.devices:
            facts = phone(device, self.engine)
            Mirror(book).put_one(facts, self.engine.time())
        self.people.assign(USER)
        if self.profile.leaves:
            self.engine.after(delay_s(self.rng), self.people.leave)

    def _services(self, worker: Worker) -> Services:
        store = WorkerStore(worker)
        book = CaseBook(store, worker, self.rng)
        announcer = Announcer(WorkerBus(worker), REQUESTS, EVENTS)
        return Services(worker, store, book, WorkerCipher(worker), announcer, self.new_id)

    def _deliver(self, topic: str, action: str, tries: int) -> None:
        def work(services: Services) -> None:
            step = services.issue() if topic == REQUESTS else services.notify()
            self._acknowledged(lambda: step(action), lambda: self._deliver(topic, action, tries + 1), tries)

        self.worker("issue" if topic == REQUESTS else "notify", action, work)

    def _notified(self, operation: str, tries: int = 0) -> None:
        def work(services: Services) -> None:
            step = services.notification()
            body = {"name": operation}
            again = lambda: self._notified(operation, tries + 1)  # noqa: E731  # read in one line with the next
            self._acknowledged(lambda: step("COMMAND", body), again, tries)

        self.worker("notification", operation, work)

    def _acknowledged(self, step: Callable[[], None], again: Callable[[], None], tries: int) -> None:
        """Run a pushed step as the runtime does: an error that may pass has the message delivered again."""
        try:
            step()
        except (RejectedError, PermanentError) as error:
            self.auditor.dropped(error)
        except (PasscodeResetError, Killed) as error:
            if tries < REDELIVERIES:
                self.engine.after(10.0 * 2**tries, again)
            if isinstance(error, Killed):
                raise

    def _next_tick_s(self) -> float | None:
        due = self.auditor.next_wake() if self.timer_runs else None
        if due is None:
            return None
        return max(self._last_tick_s + self._tick_gap_s, due)

    def _tick(self) -> None:
        self._last_tick_s = self.engine.now_s
        self._tick_gap_s = self.rng.choice([60.0, 60.0, 60.0, 300.0])

        def work(services: Services) -> None:
            try:
                services.poll()()
            except PasscodeResetError:
                self.note(services.worker, "poll failed")

        self.worker("poll", "", work)
