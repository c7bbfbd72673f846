"""Those who ask: they request, repeat, compete, cancel and look, at any time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared.domain.errors import RejectedError, TransientError
from shared.services.accept_reset import AcceptReset, ResetWish
from shared.services.access import Caller
from shared.services.cancel_reset import CancelReset
from shared.services.ports import Update
from shared.services.reveal_passcode import RevealPasscode
from tests.simulation.faults import Killed
from tests.simulation.profile import delay_s

if TYPE_CHECKING:
    from tests.simulation.world import Services, World

ENTERPRISE = "enterprises/e"
ADMIN = "admin@example.com"
USER = "user@example.com"
_ME = Caller(ADMIN, "192.0.2.1")

EXPECTED = {
    "RESET_IN_PROGRESS",
    "PASSCODE_DESTROYED",
    "PASSCODE_NOT_AVAILABLE",
}
"""Refusals that a healthy world may answer with."""

EXPECTED_OF_LIMITS = {"TOO_MANY_RESETS", "RESETS_STOPPED", "TOO_MANY_READINGS"}
"""Refusals of a world that has limits."""

EXPECTED_OF_LEAVERS = {"ROLE_REQUIRED"}
"""Refusals once the right to reset is lost."""

MAX_TRIES = 12


@dataclass
class Wish:
    """A reset that somebody wants, under one request id for all its tries."""

    device: str
    request_id: str
    body: ResetWish
    tries: int = 0
    accepted: str | None = None


@dataclass
class People:
    """The operators of a world."""

    world: "World"
    devices: list[str] = field(init=False)
    waiting: list[Wish] = field(default_factory=list)
    left_s: float = float("inf")

    def __post_init__(self) -> None:
        count = self.world.profile.devices
        self.devices = [f"{ENTERPRISE}/devices/d{number}" for number in range(1, count + 1)]

    def assign(self, email: str) -> None:
        """Give every device a user with an address."""
        for name, document in self.world.store.get_many(self.devices).items():
            user = {"display_name": "User", "email": email, "locale": "de"}
            revision = document.fields["revision"] + 1
            self.world.store.commit([Update(name, {"assigned_user": user, "revision": revision}, document.version)])

    def come(self) -> None:
        """Plan every wish; later ones come at any time, some the moment the device is free."""
        rng = self.world.rng
        for device in self.devices:
            for number in range(rng.randint(*self.world.profile.wishes)):
                valid_for = rng.choice(self.world.profile.valid_for)
                body = ResetWish(notify_user=rng.random() < 0.5, reason=f"{number}", valid_for=valid_for)
                wish = Wish(device, f"{device[-2:]}-{number}", body)
                if number and rng.random() < 0.5:
                    self.waiting.append(wish)
                else:
                    self._ask_at(wish, delay_s(rng) if number else 0.0)

    def leave(self) -> None:
        """Somebody takes the right to reset away from the admin."""
        name = _ME.member_name(ENTERPRISE)
        document = self.world.store.get_many([name])[name]
        self.world.store.commit([Update(name, {"roles": ["revealer"]}, document.version)])
        self.left_s = self.world.engine.now_s
        self.world.engine.note("people", "the right to reset is taken away")

    def device_freed(self, device: str) -> None:
        """Somebody has waited for this: the worst moment for anything that was forgotten."""
        wish = next((wish for wish in self.waiting if wish.device == device), None)
        if wish:
            self.waiting.remove(wish)
            self._ask_at(wish, self.world.rng.choice([0.01, 1.0, 60.0]))

    def accepted(self, action: str) -> None:
        """Plan what somebody does with an action."""
        rng = self.world.rng
        if rng.random() < self.world.profile.cancel_rate:
            self._cancel_at(action, delay_s(rng))
        for _ in range(rng.randint(0, 3)):
            self._reveal_at(action, delay_s(rng))

    def reveal_all(self) -> None:
        """Everybody looks at everything, at once."""
        for action in self.world.auditor.actions:
            self._reveal_at(action, 0.0)

    def _ask_at(self, wish: Wish, delay: float) -> None:
        self.world.engine.after(delay, lambda: self.world.worker("accept", wish.request_id, self._asking(wish)))

    def _asking(self, wish: Wish) -> Callable[["Services"], None]:
        def work(services: "Services") -> None:
            wish.tries += 1
            accept = AcceptReset(services.book, services.cipher, services.announcer, services.new_id)
            try:
                action = accept(_ME, wish.device, wish.body, wish.request_id)
            except RejectedError as error:
                self._refused(wish, error)
            except (TransientError, Killed) as error:
                self._again(wish)
                if isinstance(error, Killed):
                    raise
            else:
                self.world.auditor.answered(wish.request_id, action.name)
                if self.world.rng.random() < 0.2:
                    self._again(wish)  # a client that repeats what was answered

        return work

    def _refused(self, wish: Wish, error: RejectedError) -> None:
        self.world.auditor.refused(error)
        if self.world.rng.random() < 0.3:
            self.waiting.append(wish)
        else:
            self._again(wish)

    def _again(self, wish: Wish) -> None:
        if wish.tries < MAX_TRIES:
            self._ask_at(wish, delay_s(self.world.rng))

    def _cancel_at(self, action: str, delay: float) -> None:
        def work(services: "Services") -> None:
            try:
                CancelReset(services.book, services.announcer)(_ME, action)
            except (RejectedError, TransientError) as error:
                self.world.auditor.refused(error)

        self.world.engine.after(delay, lambda: self.world.worker("cancel", action, work))

    def _reveal_at(self, action: str, delay: float) -> None:
        def work(services: "Services") -> None:
            auditor, before = self.world.auditor, self.world.auditor.seen_before(action)
            reveal = RevealPasscode(services.book, services.cipher, services.new_id)
            try:
                revealed = reveal(_ME, action, "to unlock")
            except (RejectedError, TransientError) as error:
                auditor.refused(error)
            else:
                auditor.revealed(services.worker, action, revealed, before)

        self.world.engine.after(delay, lambda: self.world.worker("reveal", action, work))
