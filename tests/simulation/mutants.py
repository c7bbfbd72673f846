"""The protocol with one rule weakened at a time.

Each of these was shown by a bounded model check to break a promise. A simulation that does not notice them would
not notice the same mistake in the true code either.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain import issuing, mailing, settlement
from shared.domain.action import ENDS, Action, Attempt, Delivery, Reason, Status
from shared.domain.lock import DeviceLock
from shared.domain.operation import Outcome
from shared.domain.resource_names import request_name
from shared.domain.roles import Right
from shared.domain.secret import Secret
from shared.services import accept_reset, case, deliver_mail, issue_command, looking, rate_limits
from tests.simulation import ports, profile, world

Patch = pytest.MonkeyPatch

RACES = replace(profile.CALM, name="races", wishes=(3, 4))
FAULTY = replace(profile.FEW_FAULTS, name="faulty", skew_s=0.0, fault_rate=0.08, wishes=(3, 4), gone_rate=0.0)
SLOW_STORE = replace(profile.BAD_STORE, name="slow store", stall_share=2.0, fault_rate=0.1)
FORGETFUL = replace(FAULTY, name="forgetful", gone_rate=0.4)
UNANSWERED = replace(profile.NO_ANSWERS, name="unanswered", skew_s=0.0)


@dataclass(frozen=True)
class Mutant:
    """A weakened rule, how it is written, and the world in which it shows."""

    rule: str
    weaken: Callable[[Patch], None]
    world: profile.Profile = RACES
    max_seeds: int = 150


def _no_lock(patch: Patch) -> None:
    patch.setattr(accept_reset.AcceptReset, "_check_lock", lambda *_: None)


def _call_first(patch: Patch) -> None:
    def send_then_write(self: issue_command.IssueCommand, action_name: str) -> None:
        found = self.book.open(action_name, issue_command._beside)
        if found is None or not issuing.may_claim(found.action, found.now, found.quiet_until):
            return
        attempt = issuing.new_attempt(found.action, found.now, self.new_id(), self.book.rng)
        if attempt is None:
            return
        self.book.clock.boot_s()
        self.book.clock.boot_s()
        secret = self._passcode(found)
        operation = self.amapi.issue_reset(
            found.action.device_name, secret, duration_s=attempt.duration_s, lock_now=True, require_entry=False
        )
        self._record(action_name, lambda a, _: issuing.accepted(issuing.claimed(a, attempt), attempt, operation))

    patch.setattr(issue_command.IssueCommand, "__call__", send_then_write)


def _end_at_expire_time(patch: Patch) -> None:
    make = issuing.new_attempt

    def short(action: Action, *rest: Any) -> Attempt | None:
        attempt = make(action, *rest)
        return replace(attempt, over_at=action.expire_time) if attempt else None

    def found(attempt: Attempt, operation: Any) -> Attempt:
        return replace(attempt, operation=operation.name)

    patch.setattr(issue_command, "new_attempt", short)
    patch.setattr(issuing, "with_operation", found)
    patch.setattr("shared.domain.looking.with_operation", found)


def _status(patch: Patch, rule: Callable[[Action], Status | None]) -> None:
    true = settlement.status_of

    def weak(action: Action, now: Any, *, looked: bool) -> Status:
        return (None if action.status in ENDS else rule(action)) or true(action, now, looked=looked)

    patch.setattr(settlement, "status_of", weak)


def _cancel_at_once(patch: Patch) -> None:
    _status(patch, lambda action: Status.CANCELLED if action.cancel_time else None)


def _failed_on_first_error(patch: Patch) -> None:
    failed = lambda a: Status.FAILED if any(t.result is Outcome.ERROR for t in a.attempts) else None  # noqa: E731
    _status(patch, failed)


def _failed_on_404(patch: Patch) -> None:
    _status(patch, lambda action: Status.FAILED if any(t.gone for t in action.attempts) else None)


def _late_ignored(patch: Patch) -> None:
    true = settlement.status_of
    weak = lambda a, now, *, looked: a.status if a.status in ENDS else true(a, now, looked=looked)  # noqa: E731
    patch.setattr(settlement, "status_of", weak)


def _mailed_without_lock(patch: Patch) -> None:
    patch.setattr(settlement, "_late_work", lambda action, lock, _now, **_found: (action, lock, ()))
    patch.setattr(mailing, "_under_lock", lambda action: action.status is Status.DONE)


def _lock_taken_back_by_any(patch: Patch) -> None:
    patch.setattr(DeviceLock, "is_newest", lambda *_: True)


def _forget_unanswered(patch: Patch) -> None:
    true = settlement._release

    def weak(action: Action, lock: DeviceLock, now: Any) -> tuple[Action, DeviceLock]:
        after, freed = true(action, lock, now)
        forget = not after.lock_held and after.status in {Status.EXPIRED, Status.UNKNOWN}
        return after, freed.without(action.name) if forget else freed

    patch.setattr(settlement, "_release", weak)


def _release_without_version(patch: Patch) -> None:
    true = case.CaseBook.save

    def weak(self: case.CaseBook, opened: case.Case, action: Action, author: Any, **rest: Any) -> Action:
        done = case.settle(action, opened.lock, opened.now, looked=rest.get("looked", False))
        if opened.lock.holder and done.lock.holder is None:
            fresh = self.store.get_many([opened.action.name, opened.lock_name])
            lock = replace(opened.lock, revision=fresh[opened.lock_name].fields["revision"])
            old = replace(opened.action, revision=fresh[opened.action.name].fields["revision"])
            opened = replace(opened, lock=lock, action=old, versions={**opened.versions, **fresh})
        return true(self, opened, action, author, **rest)

    patch.setattr(case.CaseBook, "save", weak)


def _freed_before_mails(patch: Patch) -> None:
    patch.setattr(settlement, "deliveries_due", lambda _: False)
    patch.setattr(mailing, "_under_lock", lambda action: action.status is Status.DONE)


def _no_timer(patch: Patch) -> None:
    patch.setattr(world.World, "_next_tick_s", lambda _: None)


def _no_wake_at_done(patch: Patch) -> None:
    true = settlement.next_wake

    def weak(action: Action, *rest: Any) -> Any:
        return None if action.status is Status.DONE and action.lock_held else true(action, *rest)

    patch.setattr(settlement, "next_wake", weak)


def _mail_call_not_written(patch: Patch) -> None:
    recipients: dict[str, Any] = {}

    def claimed(delivery: Delivery, call_id: str, *_: Any) -> Delivery:
        recipients[call_id] = (delivery.recipient, delivery.email)
        return replace(delivery, tries=delivery.tries + 1)

    def holder(action: Action, call_id: str) -> Delivery | None:
        return next((d for d in mailing.letters(action) if (d.recipient, d.email) == recipients[call_id]), None)

    patch.setattr(deliver_mail, "claimed", claimed)
    patch.setattr(deliver_mail, "holder_of", holder)


def _ambiguous_is_refused(patch: Patch) -> None:
    weak = lambda action, attempt, _now: issuing.refused(action, Reason("TIMEOUT"), attempt)  # noqa: E731
    patch.setattr(issue_command, "ambiguous", weak)


def _absence_is_proof(patch: Patch) -> None:
    true = looking.Look._explain

    def weak(self: looking.Look, action: Action, opened: case.Case, asked: Any) -> Action:
        found = true(self, action, opened, asked)
        for attempt in found.open_attempts:
            if attempt.operation is None and not attempt.is_live(opened.now):
                found = found.with_attempt(replace(attempt, result=Outcome.VOID))
        return found

    patch.setattr(looking.Look, "_explain", weak)


def _must_hold(patch: Patch, rule: Callable[[Action, Any], bool]) -> None:
    patch.setattr(settlement, "must_hold", rule)


def _freed_at_done(patch: Patch) -> None:
    true = settlement.must_hold
    done = lambda action: action.status is Status.DONE  # noqa: E731
    _must_hold(patch, lambda a, now: settlement.deliveries_due(a) if done(a) else true(a, now))


def _release_over_mail_calls(patch: Patch) -> None:
    true = settlement.must_hold

    def weak(action: Action, now: Any) -> bool:
        return true(replace(action, deliveries=tuple(replace(d, calls=()) for d in action.deliveries)), now)

    _must_hold(patch, weak)


def _record_overwrites(patch: Patch) -> None:
    def weak(self: issue_command.IssueCommand, action: Action, attempt: Attempt, operation: Any) -> None:
        self._record(action.name, lambda _a, _c: issuing.accepted(action, attempt, operation))

    patch.setattr(issue_command.IssueCommand, "_record_accepted", weak)


def _passcode_per_attempt(patch: Patch) -> None:
    true = issue_command.IssueCommand._passcode_or_end

    def weak(self: issue_command.IssueCommand, *rest: Any) -> Secret | None:
        return true(self, *rest) and Secret(f"{self.book.rng.randrange(10**8):08d}")

    patch.setattr(issue_command.IssueCommand, "_passcode_or_end", weak)


def _client_sends_again(patch: Patch) -> None:
    true = ports.WorkerAmapi.issue_reset

    def weak(self: ports.WorkerAmapi, device_name: str, passcode: Secret, **rest: Any) -> Any:
        plain, now = passcode.reveal(), self.worker.world.engine
        if now.rng.random() < 0.3:
            self.worker.world.fleet.accept(device_name, plain, rest["duration_s"], self.worker.subject, stray=False)
        return true(self, device_name, passcode, **rest)

    patch.setattr(ports.WorkerAmapi, "issue_reset", weak)


def _no_request_document(patch: Patch) -> None:
    weak = property(lambda ask: request_name(ask.enterprise, ask.action_name.rpartition("/")[2]))
    patch.setattr(accept_reset._Ask, "request", weak)


def _stray_not_marked(patch: Patch) -> None:
    true = settlement._late_work

    def weak(action: Action, lock: DeviceLock, now: Any, **found: Any) -> Any:
        after, marked, alerts = true(action, lock, now, **found)
        return after, replace(marked, uncertain=lock.uncertain), alerts

    patch.setattr(settlement, "_late_work", weak)


def _nothing_destroyed(patch: Patch) -> None:
    patch.setattr(case.CaseBook, "_destroyed", lambda *_: [])


def _no_row(patch: Patch) -> None:
    patch.setattr(case, "_row", lambda *_: [])


def _little_grace(patch: Patch) -> None:
    for module in (issuing, settlement):
        patch.setattr(module, "GRACE", timedelta(seconds=30))


def _unanswered_mail_struck_out(patch: Patch) -> None:
    patch.setattr(deliver_mail, "unanswered", mailing.postponed)


def _forgets_early(patch: Patch) -> None:
    patch.setattr(rate_limits, "PERSON_WINDOW", timedelta(minutes=4))


def _accepted_without_count(patch: Patch) -> None:
    """Let the count of an accept be lost, as a count after the accept would be when its worker dies."""
    true = accept_reset.counted
    patch.setattr(accept_reset, "counted", lambda *asked: true(*asked)[1:])


def _right_not_asked_before_command(patch: Patch) -> None:
    patch.setattr(issue_command, "rights_in", lambda *_: frozenset(Right))


def _right_not_asked_before_mail(patch: Patch) -> None:
    patch.setattr(deliver_mail, "rights_in", lambda *_: frozenset(Right))


def no_lease(patch: Patch) -> None:
    """Let attempts overlap: this one is allowed, for the lease is cost and not safety."""
    patch.setattr(Attempt, "is_live", lambda *_: False)


MUTANTS = (
    Mutant("no lock", _no_lock),
    Mutant("call AMAPI first, write the attempt after", _call_first),
    Mutant("end by time at expire_time, without GRACE", _end_at_expire_time, profile.SKEWED),
    Mutant("cancel ends the action at once", _cancel_at_once),
    Mutant("late acknowledgement mailed without the lock", _mailed_without_lock),
    Mutant("lock taken back though not the newest", _lock_taken_back_by_any),
    Mutant("EXPIRED and UNKNOWN dropped from the lock's actions", _forget_unanswered),
    Mutant("late acknowledgement ignored", _late_ignored),
    Mutant("release without the action's version", _release_without_version, SLOW_STORE),
    Mutant("lock freed at DONE, before the mails", _freed_before_mails),
    Mutant("no timer", _no_timer),
    Mutant("no wake_at in the commit that makes it DONE", _no_wake_at_done),
    Mutant("mail call not written down", _mail_call_not_written),
    Mutant("ambiguous treated as refused", _ambiguous_is_refused, UNANSWERED),
    Mutant("absence in the list as proof", _absence_is_proof, UNANSWERED),
    Mutant("lock freed at DONE though another attempt is open", _freed_at_done, UNANSWERED),
    Mutant("FAILED on the first error though another attempt is open", _failed_on_first_error, UNANSWERED),
    Mutant("FAILED on 404", _failed_on_404, FORGETFUL),
    Mutant("release does not wait for unanswered mail calls", _release_over_mail_calls, profile.BAD_POST),
    Mutant("record overwrites the action it read at the claim", _record_overwrites, UNANSWERED),
    Mutant("passcode made per attempt", _passcode_per_attempt, UNANSWERED),
    Mutant("client sends again on a lost connection", _client_sends_again, UNANSWERED),
    Mutant("no request document", _no_request_document, FAULTY),
    Mutant("stray command not marked", _stray_not_marked, profile.STRAY_CALLS),
    Mutant("mail call struck out without an answer", _unanswered_mail_struck_out, profile.BAD_POST, 400),
    Mutant("superseded passcodes kept", _nothing_destroyed),
    Mutant("no audit row", _no_row),
    Mutant("GRACE shorter than the clocks' skew", _little_grace, profile.SKEWED),
    Mutant("a limit that forgets early", _forgets_early, profile.LIMITED),
    Mutant("the right not asked again before a command", _right_not_asked_before_command, profile.RIGHT_LOST),
    Mutant("the right not asked again before a mail", _right_not_asked_before_mail, profile.RIGHT_LOST),
    Mutant("a reset accepted without its count", _accepted_without_count, profile.LIMITED),
)
