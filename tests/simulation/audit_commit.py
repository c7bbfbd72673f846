"""What every single commit has to keep."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.domain.action import TRANSITIONS, Action, Delivery, Status
from shared.domain.history import EventType
from shared.domain.mailing import letters
from shared.domain.operation import Outcome
from shared.domain.passcode_binding import binding
from shared.domain.resource_names import enterprise_of
from shared.domain.timing import DELIVERY_LIMIT
from shared.services.records import from_fields
from shared.services.stored import StoredPasscode
from tests.simulation.ports import opened
from tests.simulation.promises import demand

if TYPE_CHECKING:
    from tests.simulation.auditor import Auditor
    from tests.simulation.ports import Worker

SKEW = timedelta(minutes=5)
"""Who judges time by another clock may be wrong by as much."""

Before = Mapping[str, dict[str, object] | None]


def check(auditor: "Auditor", worker: "Worker", before: Before, names: Sequence[str]) -> None:
    """Check one commit: what it changed, and that the documents it touched agree."""
    for name in names:
        if name in auditor.actions:
            old = before[name]
            _check_change(auditor, worker, from_fields(Action, old) if old else None, auditor.actions[name], names)
        if auditor.documents[name].get("type") == EventType.REVEALED:
            demand(not worker.row_written, "I12 one reading is one row", name)
            worker.row_written = True
    for device in auditor.locks:
        _check_agreement(auditor, device)


def plain(stored: StoredPasscode, action: Action) -> str:
    """Open a stored passcode."""
    assert stored.ciphertext is not None
    aad = binding(enterprise_of(action.name), action.device_name, action.name)
    return opened(stored.ciphertext, aad).reveal()


def _check_change(
    auditor: "Auditor", worker: "Worker", old: Action | None, new: Action, names: Sequence[str]
) -> None:
    if old is None:
        twins = [a.name for a in auditor.actions.values() if a.request_id == new.request_id]
        demand(len(twins) == 1, "I11 one action a request id", twins)
        demand(_rows(new, names), "I12 the row of an accept", new.name)
        return
    if new.status is not old.status:
        auditor.world.note(worker, f"{new.name} {old.status} -> {new.status}")
        demand(
            (old.status, new.status) in TRANSITIONS, "I13 the transition table", (new.name, old.status, new.status)
        )
        demand(_rows(new, names), "I12 the row of a transition", new.name)
    if new.cancel_time and not old.cancel_time:
        demand(_rows(new, names), "I12 the row of a cancellation", new.name)
    demand(new.revision > old.revision, "every update counts", new.name)
    if new.status is Status.DONE and old.status is not Status.DONE:
        _check_done(auditor, new)
    _check_mark(auditor, old, new)
    for index, letter in enumerate(letters(new)):
        known = letters(old)
        _check_letter(auditor, known[index] if index < len(known) else None, letter, new)


def _check_mark(auditor: "Auditor", old: Action, new: Action) -> None:
    """A command of a reset that has let go, found running or to have run, leaves a mark on the device."""
    newest = auditor.accepted_on(new.device_name)[-1] == new.name
    if new.lock_held or old.lock_held or newest:
        return
    now = auditor.world.engine.time()
    found = len([a for a in new.attempts if a.operation]) > len([a for a in old.attempts if a.operation])
    runs = found and any(not a.is_over(now + SKEW) for a in new.attempts)
    if runs or new.status is not old.status:
        demand(auditor.locks[new.device_name].uncertain, "I22 a stray command leaves a mark", new.name)


def _rows(action: Action, names: Sequence[str]) -> list[str]:
    return [name for name in names if name.startswith(f"{action.name}/events/")]


def _check_done(auditor: "Auditor", action: Action) -> None:
    commands = auditor.world.fleet.commands.values()
    acknowledged = [c for c in commands if c.action == action.name and c.outcome is Outcome.OK]
    demand(acknowledged, "I14 DONE only if AMAPI says so", action.name)
    order = auditor.accepted_on(action.device_name)
    for earlier in order[: order.index(action.name)]:
        was = auditor.actions[earlier]
        never_sent = was.status in {Status.FAILED, Status.CANCELLED} or not was.attempts
        destroyed = auditor.passcodes[earlier].ciphertext is None
        demand(destroyed or never_sent, "a superseded passcode is destroyed", (earlier, "by", action.name))


def _check_letter(auditor: "Auditor", old: Delivery | None, new: Delivery, action: Action) -> None:
    known = {call.id for call in old.calls} if old else set()
    if any(call.id not in known for call in new.calls):
        _check_overlap(auditor, old, new, action)
    if new.reason == "NOT_CURRENT" and old and old.pending and new is not action.notice:
        newest = auditor.accepted_on(action.device_name)[-1] == action.name
        demand(action.purge_time or not newest, "a mail is given up only for a newer reset", action.name)
    if new.reason == "GAVE_UP" and old and old.pending and action.complete_time:
        earliest = action.complete_time + DELIVERY_LIMIT
        demand(auditor.world.engine.time(600.0) >= earliest, "a mail is tried for its whole time", action.name)


def _check_overlap(auditor: "Auditor", old: Delivery | None, new: Delivery, action: Action) -> None:
    """A call beside an unanswered one: the earlier caller was too slow, or a clock is wrong."""
    for call in old.calls if old else ():
        over = auditor.world.engine.time() >= call.call_by
        exact = auditor.world.profile.skew_s == 0
        demand(over or not exact, "a mail call is claimed while another may be on its way", action.name)
        auditor.excused[action.name, new.email] += 1


def _check_agreement(auditor: "Auditor", device: str) -> None:
    holders = [n for n in auditor.accepted_on(device) if auditor.actions[n].lock_held]
    holder = auditor.locks[device].holder
    demand(holders == ([holder] if holder else []), "I3 lock and actions agree", (device, holder, holders))
