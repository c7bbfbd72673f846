"""What has to hold when nothing is left to happen."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.domain.action import Action, DeliveryStatus, Status
from shared.domain.history import EventType
from shared.domain.operation import Outcome
from shared.domain.rates import ENTERPRISE_WINDOW, PERSON_WINDOW
from shared.domain.resource_names import day_name
from shared.domain.statistics import Figures, place_of, tally_of
from shared.services.records import from_fields
from tests.simulation.promises import demand

if TYPE_CHECKING:
    from tests.simulation.auditor import Auditor

TURN = timedelta(minutes=1)
"""Between a step's look at the clock and its commit others may have committed."""


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
    _check_limits(auditor)


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


def _check_limits(auditor: "Auditor") -> None:
    """Check that no window of time holds more than it may, and that each accept and each reading counted once."""
    person, everybody, readings = auditor.world.profile.limits
    accepted = [action.create_time for action in auditor.actions.values()]
    read = [row["time"] for row in auditor.documents.values() if row.get("type") == EventType.REVEALED]
    for kind, times, most, span in (
        ("resets-", accepted, person, PERSON_WINDOW),
        ("resets", accepted, everybody, ENTERPRISE_WINDOW),
        ("readings-", read, readings, PERSON_WINDOW),
    ):
        if most:
            demand(_most_within(span - TURN, times) <= most, "no more than the limit", (kind, sorted(times)))
            counted = [row["revision"] for name, row in auditor.documents.items() if _counts(name, kind)]
            demand(sum(counted) == len(times), "each is counted once", (kind, counted, len(times)))


def _counts(name: str, kind: str) -> bool:
    last = name.rpartition("/")[2]
    return "/windows/" in name and (last.startswith(kind) if kind.endswith("-") else last == kind)


def _most_within(span: timedelta, times: Iterable[datetime]) -> int:
    ordered = sorted(times)
    return max((sum(start <= each < start + span for each in ordered) for start in ordered), default=0)
