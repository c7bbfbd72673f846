"""Watches a world and knows what nobody in it knows: what truly ran. Asserts the promises after every step.

The numbers are those of the product's invariants: I0 no lost passcode, I1 what is told is true, I2 nothing is
stuck, I2b an end says what can still run, I3 one reset a device, I4 mails, I5 plaintext only where it belongs, I6
one passcode an action, I9 rights are asked again, I11 request ids, I12 audit rows, I13 the transition table, I14
notifications are hints, I16 nothing is shown for too long, I22 a stray command leaves a mark, I24 everything is
destroyed in the end.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.domain.action import Action, Status
from shared.domain.errors import PasscodeResetError, RejectedError
from shared.domain.lock import DeviceLock
from shared.domain.mail import Mail, MailKind
from shared.domain.resource_names import passcode_name
from shared.services.ports import Create, Delete, Write
from shared.services.records import from_fields
from shared.services.reveal_passcode import Revealed
from shared.services.stored import StoredPasscode
from tests.simulation import audit_commit, audit_rest
from tests.simulation.engine import START
from tests.simulation.fleet import Executed
from tests.simulation.people import ADMIN, EXPECTED, EXPECTED_OF_LEAVERS, EXPECTED_OF_LIMITS
from tests.simulation.ports import LATE_S, LEASE_S
from tests.simulation.promises import Violation, demand

if TYPE_CHECKING:
    from tests.simulation.ports import Worker
    from tests.simulation.world import World

LOOKS_OVER_S = 20 * 86_400.0
"""By then every late look was made and every report has come, and passcodes kept for 30 days are still there."""


class Listener(logging.Handler):
    """Hears alerts, and errors that a step swallowed and should never have had."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.alerts: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count alerts; an error that is none of the product's own is a bug."""
        self.alerts[getattr(record, "alert", "")] += 1
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, Violation):
            raise error
        if error is not None and not isinstance(error, PasscodeResetError):
            raise Violation(f"a step failed with {error!r}") from error


@dataclass
class Auditor:
    """The truth beside the documents."""

    world: "World"
    documents: dict[str, dict[str, object]] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    locks: dict[str, DeviceLock] = field(default_factory=dict)
    passcodes: dict[str, StoredPasscode] = field(default_factory=dict)
    issued_passcodes: dict[str, str] = field(default_factory=dict)
    answers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    mails: dict[tuple[str, str], int] = field(default_factory=Counter)
    excused: dict[tuple[str, str], int] = field(default_factory=Counter)
    listener: Listener = field(default_factory=Listener)
    commits: int = 0
    reveals: int = 0

    def next_wake(self) -> float | None:
        """Seconds since the start at which the next action is due, None where none is."""
        due = min((a.wake_at for a in self.actions.values() if a.wake_at), default=None)
        return (due - START).total_seconds() if due else None

    def committed(self, worker: "Worker", writes: Sequence[Write]) -> None:
        """Follow a commit that landed, and check everything that a commit may break."""
        self.commits += 1
        before = {write.name: self.documents.get(write.name) for write in writes}
        for write in writes:
            self._follow(write)
        names = [write.name for write in writes]
        audit_commit.check(self, worker, before, names)
        for device in {self.actions[n].device_name for n in names if n in self.actions}:
            self.fleet_changed(device)
            if self.locks[device].holder is None:
                self.world.people.device_freed(device)

    def fleet_changed(self, device: str) -> None:
        """Check what the phone and AMAPI's commands may break."""
        lock = self.locks.get(device)
        for command in self.world.fleet.commands.values():
            if command.device != device or command.stray:
                continue
            self._check_command(
                command.action, lock, ran=command.ran, runs=command.can_run(self.world.engine.now_s)
            )
        self._check_kept(device)

    def issued(self, action: str, device: str, passcode: str, *, late: bool) -> None:
        """AMAPI is about to take a command."""
        known = self.issued_passcodes.setdefault(action, passcode)
        demand(known == passcode, "I6 one passcode an action", action)
        stored = self.passcodes.get(action)
        demand(stored, "I6 stored before it is sent", action)
        self._check_right(action, late=late)
        if not late:
            demand(self.locks[device].holder == action, "I3 sent without the lock", action)

    def mailed(self, worker: "Worker", mail: Mail) -> None:
        """A provider takes a mail."""
        action = self.actions[mail.reference]
        self.world.note(worker, f"mail {mail.subject} to {mail.to}")
        key = (action.name, f"{mail.subject} {mail.to}")
        self.mails[key] += 1
        allowed = 1 + self.world.faults.of["notify", action.name] + self.excused[action.name, mail.to]
        demand(self.mails[key] <= allowed, "I4 no more mails than one and a fault each", (key, allowed))
        if mail.subject not in {MailKind.DONE_ADMIN, MailKind.DONE_USER}:
            demand(mail.text.reveal() == "no passcode", "I5 a notice holds no passcode", key)
            return
        if mail.to == ADMIN:
            self._check_right(action.name, late=worker.late)
        if not self._doubtful(action.device_name):
            last = self._phone(action.device_name)
            demand(last and last.passcode == mail.text.reveal(), "I1 the mailed passcode opens the phone", key)
            demand(self.locks[action.device_name].holder == action.name, "I1 mailed under the lock", key)

    def seen_before(self, action: str) -> tuple[int, Status]:
        """Tell what holds when a reading begins: how often the phone took a passcode, and the action's status."""
        known = self.actions[action]
        return len(self.world.fleet.executed.get(known.device_name, ())), known.status

    def decrypting(self, worker: "Worker") -> None:
        """Somebody is about to see a plaintext."""
        if worker.duty == "reveal":
            demand(worker.row_written, "I12 the row of a reveal comes before the plaintext", worker.subject)

    def revealed(self, worker: "Worker", action: str, answer: Revealed, before: tuple[int, Status]) -> None:
        """A person reads a passcode; it must have been true at some moment of the reading."""
        self.reveals += 1
        known = self.actions[action]
        own = self.opened(action) or self.issued_passcodes.get(action)
        demand(answer.passcode.reveal() == own, "I1 the action's own passcode", action)
        now = self.world.engine.time()
        demand(not known.purge_at or now < known.purge_at + audit_commit.SKEW, "I16 shown after its time", action)
        demand(before[1] not in {Status.FAILED, Status.CANCELLED}, "I1 shown though it never ran", action)
        if answer.superseded_by or answer.uncertain:
            return
        if self._doubtful(known.device_name) and self.world.engine.now_s < LOOKS_OVER_S:
            return  # a command nobody can know of yet
        history = self.world.fleet.executed.get(known.device_name, [])
        moments = [history[count - 1] if count else None for count in range(before[0], len(history) + 1)]
        order = self.accepted_on(known.device_name)
        later = set(order[order.index(action) + 1 :])
        demand(
            any(last is None or last.action not in later for last in moments),
            "I1 shown as current though a later reset ran",
            (action, moments),
        )
        if known.status is Status.DONE:
            demand(
                any(last and last.action == action for last in moments), "I1 shown as current", (action, moments)
            )

    def answered(self, request_id: str, action: str) -> None:
        """A client was told its action."""
        self.answers[request_id].add(action)
        demand(len(self.answers[request_id]) == 1, "I11 one action a request id", self.answers[request_id])

    def refused(self, error: PasscodeResetError) -> None:
        """A person was refused something."""
        if isinstance(error, RejectedError):
            limited = any(self.world.profile.limits) and error.reason in EXPECTED_OF_LIMITS
            left = self.world.people.left_s < self.world.engine.now_s and error.reason in EXPECTED_OF_LEAVERS
            demand(limited or left or error.reason in EXPECTED, "an unexpected refusal", error)

    def dropped(self, error: PasscodeResetError) -> None:
        """A message was acknowledged without effect."""
        raise Violation(f"a message was dropped: {error!r}") from error

    def at_rest(self) -> None:
        """Check what must hold when nothing is left to happen."""
        audit_rest.check(self)

    def accepted_on(self, device: str) -> list[str]:
        """All actions of a device in the order of their accepts, whatever the lock remembers."""
        return [name for name, action in self.actions.items() if action.device_name == device]

    def opened(self, action: str) -> str | None:
        """Return the passcode as stored, None where it was destroyed."""
        stored = self.passcodes[action]
        return audit_commit.plain(stored, self.actions[action]) if stored.ciphertext else None

    def _follow(self, write: Write) -> None:
        assert not isinstance(write, Delete), "no step of the protocol deletes"
        known = {} if isinstance(write, Create) else self.documents.get(write.name, {})
        fields = {key: value for key, value in {**known, **write.fields}.items() if value is not None}
        self.documents[write.name] = fields
        kind = write.name.split("/")[2] if write.name.count("/") == 3 else ""
        if kind == "actions":
            new = write.name not in self.actions
            self.actions[write.name] = from_fields(Action, fields)
            if new:
                self.world.people.accepted(write.name)
        elif kind == "locks":
            self.locks[write.name.replace("/locks/", "/devices/")] = from_fields(DeviceLock, fields)
        elif kind == "passcodes":
            self.passcodes[write.name.replace("/passcodes/", "/actions/")] = from_fields(StoredPasscode, fields)

    def _check_command(self, name: str, lock: DeviceLock | None, *, ran: bool, runs: bool) -> None:
        action = self.actions[name]
        if action.status in {Status.FAILED, Status.CANCELLED}:
            demand(not ran, f"I2b {action.status} though the phone took it", name)
        if action.ended and action.status is not Status.DONE:
            demand(not runs, f"I2b {action.status} though it may still run", name)
        if runs:
            demand(lock and lock.holder == name, "I3 a command may run without the lock", name)

    def _check_right(self, action: str, *, late: bool) -> None:
        """Who asked may still ask, or lost the right while a call was on its way."""
        since_s = self.world.engine.now_s - self.world.people.left_s
        demand(late or since_s <= LEASE_S + LATE_S, "I9 sent though the right was lost", (action, since_s))

    def _check_kept(self, device: str) -> None:
        last = self._phone(device)
        if last is None or self._doubtful(device):
            return
        action = self.actions[last.action]
        if action.purge_time is None:
            stored = self.opened(last.action)
            demand(stored == last.passcode, "I0 the phone's passcode is stored", passcode_name(last.action))

    def _phone(self, device: str) -> Executed | None:
        history = self.world.fleet.executed.get(device)
        return history[-1] if history else None

    def _doubtful(self, device: str) -> bool:
        """Tell whether a command left later than the protocol assumes: then only marks are promised."""
        return any(c.stray for c in self.world.fleet.commands.values() if c.device == device)
