"""AMAPI and the phones behind it, as hostile as their documentation allows.

A phone takes a command at any moment of its validity, in any order, and may report much later; AMAPI drops what
was not taken ``duration`` after the creation, forgets operations, ignores cancellations and sends notifications
early, late, often or never.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from shared.domain.device import Device, PasswordPolicy
from shared.domain.operation import Operation, Outcome
from tests.simulation.engine import START, Engine
from tests.simulation.profile import DAY_S, Profile, delay_s

LIST_LAGS_S = (0.0, 0.0, 60.0, 1800.0)
"""How old a command may be without being listed: its absence proves nothing."""


@dataclass
class Command:
    """One command as AMAPI holds it; ``stray`` left its worker later than the protocol assumes."""

    name: str
    device: str
    action: str
    passcode: str
    duration_s: int
    created_s: float
    stray: bool
    taken: bool = False
    ran: bool = False
    outcome: Outcome | None = None
    gone_s: float | None = None

    def can_run(self, now_s: float) -> bool:
        """Tell whether the phone may still take it."""
        return not self.taken and self.outcome is None and now_s <= self.created_s + self.duration_s

    def seen(self) -> Operation:
        """Return what AMAPI says of it."""
        created = START + timedelta(seconds=self.created_s)
        code = "INVALID_VALUE" if self.outcome is Outcome.ERROR else ""
        return Operation(self.name, self.device, True, created, self.duration_s, self.outcome, error_code=code)


@dataclass(frozen=True)
class Executed:
    """What a phone did: it took this passcode of this action."""

    action: str
    passcode: str
    stray: bool


@dataclass
class Fleet:
    """All commands and what each phone executed, oldest first."""

    engine: Engine
    profile: Profile
    notify: Callable[[str], None] = lambda _name: None
    changed: Callable[[str], None] = lambda _device: None
    commands: dict[str, Command] = field(default_factory=dict)
    executed: dict[str, list[Executed]] = field(default_factory=dict)

    def accept(self, device: str, passcode: str, duration_s: int, action: str, *, stray: bool) -> Command:
        """Take a command; its fate is drawn at once."""
        rng, now_s = self.engine.rng, self.engine.now_s
        name = f"{device}/operations/{len(self.commands) + 1}"
        command = Command(name, device, action, passcode, duration_s, now_s, stray)
        self.commands[name] = command
        if rng.random() < self.profile.gone_rate:
            command.gone_s = now_s + rng.choice([0.0, 60.0, duration_s / 2, duration_s * 1.5])
        if rng.random() < 0.2:
            self._tell(command)  # early: nothing is known yet
        self.engine.after(self._until_taken(duration_s), lambda: self._take(command))
        self.engine.after(duration_s + rng.choice([0.1, 5.0, 1200.0]), lambda: self._drop(command))
        self.changed(device)
        return command

    def get(self, name: str) -> Operation | None:
        """``operations.get``."""
        command = self.commands.get(name)
        return command.seen() if command and not self._forgotten(command) else None

    def list(self, device: str) -> list[Operation]:
        """``operations.list``, which may not know the newest yet."""
        lag_s = self.engine.rng.choice(LIST_LAGS_S)
        known = [c for c in self.commands.values() if c.device == device and not self._forgotten(c)]
        found = [c.seen() for c in known if c.created_s <= self.engine.now_s - lag_s]
        self.engine.rng.shuffle(found)
        return found

    def cancel(self, name: str) -> None:
        """``operations.cancel``: best effort."""
        command = self.commands.get(name)
        if command is None:
            return
        odds = self.engine.rng.random()
        if odds < 0.6:
            self._void(command)
        elif odds < 0.85:
            self.engine.after(delay_s(self.engine.rng), lambda: self._void(command))

    def device(self, name: str) -> Device:
        """``devices.get``."""
        return phone(name, self.engine)

    def _until_taken(self, duration_s: int) -> float:
        rng = self.engine.rng
        if self.profile.prompt_phones:
            return rng.uniform(0.1, 5.0)
        soon, ever, last = rng.uniform(0.1, 5.0), rng.uniform(0.0, duration_s * 1.3), duration_s - rng.uniform(0, 3)
        return max(0.05, rng.choice([soon, soon, rng.uniform(5.0, 120.0), ever, last]))

    def _take(self, command: Command) -> None:
        if not command.can_run(self.engine.now_s):
            return
        command.taken = True
        rng = self.engine.rng
        command.ran = self.profile.prompt_phones or rng.random() < 0.85
        if command.ran:
            done = Executed(command.action, command.passcode, command.stray)
            self.executed.setdefault(command.device, []).append(done)
        self.engine.note("phone", f"{'executed' if command.ran else 'refused'} {_short(command)}")
        self.changed(command.device)
        outcome = Outcome.OK if command.ran else Outcome.ERROR
        report_s = 0.1 if self.profile.prompt_phones else min(delay_s(rng), DAY_S / 2)
        self.engine.after(report_s, lambda: self._report(command, outcome))

    def _report(self, command: Command, outcome: Outcome) -> None:
        command.outcome = outcome
        self.engine.note("AMAPI", f"knows {outcome.value} of {_short(command)}")
        self._tell(command)

    def _drop(self, command: Command) -> None:
        if not command.taken and command.outcome is None and self.engine.rng.random() < 0.8:
            self._report(command, Outcome.VOID)

    def _void(self, command: Command) -> None:
        if command.can_run(self.engine.now_s):
            self._report(command, Outcome.VOID)

    def _tell(self, command: Command) -> None:
        rng = self.engine.rng
        if rng.random() < 0.1:
            self.engine.after(delay_s(rng), lambda: self.notify(f"{command.device}/operations/forged"))
        for _ in range(rng.choice((0, *self.profile.copies))):
            self.engine.after(delay_s(rng), lambda: self.notify(command.name))

    def _forgotten(self, command: Command) -> bool:
        return command.gone_s is not None and self.engine.now_s >= command.gone_s


def phone(name: str, engine: Engine) -> Device:
    """Return a company phone whose policy wants six digits."""
    return Device(
        name,
        state="ACTIVE",
        applied_state="ACTIVE",
        management_mode="DEVICE_OWNER",
        ownership="COMPANY_OWNED",
        api_level=34,
        model="Pixel 9",
        serial_number="R3CX0001",
        password_policies=(PasswordPolicy("SCOPE_DEVICE", "NUMERIC", minimum_length=6),),
        is_secure=True,
        last_status_report_time=engine.time(),
    )


def _short(command: Command) -> str:
    return f"{command.name.rpartition('/')[2]} of {command.action.rpartition('/')[2]}"
