"""What has to hold when nothing is left to happen."""

from typing import TYPE_CHECKING

from shared.domain.action import Action, DeliveryStatus, Status
from shared.domain.operation import Outcome
from shared.domain.resource_names import day_name
from shared.domain.statistics import Figures, place_of, tally_of
from shared.services.records import from_fields
from tests.simulation.promises import demand

if TYPE_CHECKING:
    from tests.simulation.auditor import Auditor


def check(auditor: "Auditor") -> None:
    """Check that everything has ended, is settled, and says what truly happened."""
    for name, action in auditor.actions.items():
        demand(action.ended, "I2 every action ends", (name, action.status))
        demand(not action.lock_held, "I2 every lock is let go", name)
        demand(action.wake_at is None, "I2 nothing is left to do", (name, action.wake_at))
        demand(not any(d.pending for d in action.deliveries), "I2 every mail is settled", name)
        demand(auditor.passcodes[name].ciphertext is None, "I24 every passcode is destroyed in the end", name)
        _check_truth(auditor, action)
        _check_mails(auditor, action)
    for device, lock in auditor.locks.items():
        demand(lock.holder is None, "I2 every lock is free", device)
    _check_figures(auditor)


def _check_truth(auditor: "Auditor", action: Action) -> None:
    for command in auditor.world.fleet.commands.values():
        if command.action != action.name or command.outcome is not Outcome.OK or command.stray:
            continue
        lost = command.gone_s is not None and action.status in {Status.UNKNOWN, Status.EXPIRED}
        demand(action.status is Status.DONE or lost, "I2 whatever ran is DONE", (action.name, action.status))


def _check_mails(auditor: "Auditor", action: Action) -> None:
    for letter in action.deliveries:
        count = sum(
            n for (name, key), n in auditor.mails.items() if name == action.name and key.endswith(letter.email)
        )
        if letter.status is DeliveryStatus.SENT:
            demand(count, "I4 a mail that was sent left", (action.name, letter.email))
        calm = auditor.world.profile.max_faults == 0
        if calm and action.status is Status.DONE and letter.reason != "NOT_CURRENT":
            demand(letter.status is DeliveryStatus.SENT, "I4 every recipient is told", (action.name, letter.reason))


def _check_figures(auditor: "Auditor") -> None:
    """Compare the days' figures with those of the actions as they ended: each is counted exactly once."""
    true: dict[str, Figures] = {}
    for name, action in auditor.actions.items():
        day = day_name(*place_of(action))
        true[day] = true.get(day, Figures()).moved(name, None, tally_of(action))
    for day, figures in true.items():
        told = from_fields(Figures, auditor.documents.get(day, {}))
        parts = ("counts", "reasons", "times", "needing")
        same = all(getattr(told, part) == getattr(figures, part) for part in parts)
        demand(same, "every reset is counted once, as it ended", (day, told, figures))
