"""The worker: writes an attempt down, sends the command, records the answer (service layer)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.domain import resource_names as names
from shared.domain.action import Action, Attempt, Reason
from shared.domain.errors import (
    ConflictError,
    NotSentError,
    PasscodeResetError,
    PermanentError,
    TransientError,
)
from shared.domain.history import SERVICE
from shared.domain.issuing import (
    accepted,
    ambiguous,
    claimed,
    held_back,
    may_claim,
    must_look_first,
    new_attempt,
    not_sent,
    refused,
    stop_sent,
)
from shared.domain.operation import Operation
from shared.domain.roles import Right
from shared.domain.secret import Secret
from shared.domain.timing import CALL_LEASE
from shared.services.access import rights_in
from shared.services.advance import Advance
from shared.services.announcing import Announcer
from shared.services.case import Author, Case, CaseBook
from shared.services.freshness import Freshness
from shared.services.passcodes import unseal
from shared.services.ports import Decryptor, DeviceManagement
from shared.services.quiet import keep_quiet, spread

log = logging.getLogger(__name__)

_SERVICE = Author(SERVICE)


@dataclass(frozen=True, slots=True)
class _Claim:
    """An attempt that is written down: what to send, and the boot clock's last moment to send it."""

    action: Action
    attempt: Attempt
    passcode: Secret
    call_by_boot_s: float


@dataclass(frozen=True, slots=True)
class IssueCommand:
    """Does whatever an action wants of AMAPI: cancels a command, explains an unanswered call, or sends one."""

    book: CaseBook
    amapi: DeviceManagement
    decryptor: Decryptor
    advance: Advance
    announcer: Announcer
    freshness: Freshness
    new_id: Callable[[], str]

    def __call__(self, action_name: str) -> None:
        """Work on one action; safe to repeat, for a call is made only after its claim was committed.

        An unknown action, or one with nothing to do, is a success (ack).

        Raises:
            ConflictError: a record of an answer lost in every turn (retry; the timer explains the call).
            TransientError: store or key service did not answer (retry).
        """
        case = self.book.open(action_name)
        if case is None:
            log.warning("unknown action", extra={"action": action_name})
            return
        if case.action.stop_wanted(case.now):
            self._stop(case)
        if must_look_first(case.action, case.now) and not self.advance(action_name):
            return
        claim = self._claim(action_name)
        if claim:
            self._send(claim)

    def _stop(self, case: Case) -> None:
        """Ask AMAPI to cancel; the commit says only that it was asked."""
        if case.quiet_until and case.now < case.quiet_until:
            return
        asked = case.action.attempts_to_stop(case.now)
        try:
            for attempt in asked:
                self.amapi.cancel_operation(attempt.operation or "")
        except TransientError as error:
            keep_quiet(self.book.store, error, case.now, names.enterprise_of(case.action.name))
            return  # wake_at is due: the timer asks again
        ids = {attempt.id for attempt in asked}
        self._record(case.action.name, lambda a, c: stop_sent(a, _same(a, ids), c.now))
        log.info("cancel sent", extra={"action": case.action.name})

    def _claim(self, action_name: str) -> _Claim | None:
        attempt_id = self.new_id()
        boot_s = self.book.clock.boot_s()
        for _turn in self.book.turns():
            try:
                return self._claim_turn(action_name, attempt_id, boot_s + CALL_LEASE.total_seconds())
            except ConflictError:
                continue
        return None  # whoever moved the action has set wake_at

    def _claim_turn(self, action_name: str, attempt_id: str, call_by_boot_s: float) -> _Claim | None:
        case = self.book.open(action_name, _beside)
        if case is None:
            return None
        landed = case.action.attempt(attempt_id)  # the commit's answer was lost: the claim is ours
        if landed is None and not may_claim(case.action, case.now, case.quiet_until):
            return None
        attempt = landed or new_attempt(case.action, case.now, attempt_id, self.book.rng)
        passcode = self._passcode_or_end(case, landed) if attempt else None
        if attempt is None or passcode is None:
            return None
        if landed:
            return _Claim(case.action, landed, passcode, call_by_boot_s)
        held = self.book.save(case, claimed(case.action, attempt), _SERVICE)
        return _Claim(held, attempt, passcode, call_by_boot_s)

    def _passcode_or_end(self, case: Case, unsent: Attempt | None) -> Secret | None:
        """Return the passcode, or end the action where something refuses it for good.

        Args:
            case: what was read.
            unsent: our own claim, where it landed before; it is struck out, for nothing was sent under it.
        """
        try:
            return self._passcode(case)
        except PermanentError as error:
            facts = {"action": case.action.name, "reason": error.reason}
            if error.reason == "CIPHERTEXT_REJECTED":  # somebody altered it, or destroyed the key too early
                log.error("refused unsent", extra=facts | {"alert": "PASSCODE_UNREADABLE"})  # noqa: TRY400  # no fault of ours
            else:
                log.warning("refused unsent", extra=facts)
            ended = refused(case.action, Reason(error.reason, error.message), unsent)
            after = self.book.save(case, ended, _SERVICE)
            self.announcer.follow_up(after, case.now, case.quiet_until)
        except TransientError as error:
            if not keep_quiet(self.book.store, error, case.now, names.enterprise_of(case.action.name)):
                raise
        return None  # AMAPI wants quiet: the action waits like any other

    def _passcode(self, case: Case) -> Secret:
        """Return the passcode to send, after every check that may still refuse it."""
        action = case.action
        member = names.member_name(names.enterprise_of(action.name), action.actor)
        if Right.RESET not in rights_in(case.others, member):
            raise PermanentError("ACTOR_NOT_AUTHORISED", "Who asked for this reset no longer may.")
        passcode = unseal(self.decryptor, case.others.get(names.passcode_name(action.name)), action)
        self.freshness.check(case, passcode)
        return passcode

    def _send(self, claim: _Claim) -> None:
        attempt, action = claim.attempt, claim.action
        start_s = self.book.clock.boot_s()
        if start_s >= claim.call_by_boot_s:
            log.warning("lease over before the call", extra={"action": action.name})
            self._record(action.name, lambda a, c: _if_there(a, attempt, lambda t: not_sent(a, t, c.now)))
            return
        try:
            operation = self.amapi.issue_reset(
                action.device_name,
                claim.passcode,
                duration_s=attempt.duration_s,
                lock_now=action.lock_now,
                require_entry=action.require_entry,
            )
        except PasscodeResetError as error:
            self._record_error(action, attempt, error)
            return
        call_s = round(self.book.clock.boot_s() - start_s, 3)
        log.info("command sent", extra={"action": action.name, "device": action.device_name, "call_s": call_s})
        self._record_accepted(action, attempt, operation)

    def _record_accepted(self, action: Action, attempt: Attempt, operation: Operation) -> None:
        recorded = self._record(
            action.name,
            lambda a, _c: _if_there(a, attempt, lambda t: accepted(a, t, operation)),
            urgent=operation.outcome is not None,
        )
        if recorded and recorded.action.stop_wanted(recorded.now):
            self._stop(recorded)

    def _record_error(self, action: Action, attempt: Attempt, error: PasscodeResetError) -> None:
        """Write down what an answer proves; what proves nothing keeps the attempt."""
        now = self.book.clock.now()
        log.warning(
            "issue failed", extra={"action": action.name, "reason": error.reason, "kind": type(error).__name__}
        )
        quiet_until = None
        if isinstance(error, TransientError):
            quiet_until = keep_quiet(self.book.store, error, now, names.enterprise_of(action.name))

        def decide(current: Action, case: Case) -> Action:
            known = current.attempt(attempt.id)
            if known is None or known.operation:
                return current
            if isinstance(error, PermanentError):
                return refused(current, Reason(error.reason, error.message), known)
            if quiet_until:
                return held_back(current, known, quiet_until + spread(self.book.rng))
            if isinstance(error, NotSentError):
                return not_sent(current, known, case.now)
            return ambiguous(current, known, case.now)  # whatever proves nothing

        self._record(action.name, decide)

    def _record(
        self, action_name: str, decide: Callable[[Action, Case], Action], *, urgent: bool = False
    ) -> Case | None:
        """Commit a fact, whatever else moved meanwhile; a fact must not be given up before five turns.

        Returns:
            What was read, with the action as committed; good for deciding what is next, not for another commit.
        """
        for _turn in self.book.turns():
            case = self.book.open(action_name)
            if case is None:
                return None
            try:
                after = self.book.save(case, decide(case.action, case), _SERVICE, urgent=urgent)
            except ConflictError:
                continue
            self.announcer.follow_up(after, case.now, case.quiet_until)
            return replace(case, action=after)
        raise ConflictError("an answer of AMAPI could not be recorded; the timer explains the call")


def _beside(action: Action) -> list[str]:
    enterprise = names.enterprise_of(action.name)
    return [names.member_name(enterprise, action.actor), names.passcode_name(action.name)]


def _same(action: Action, ids: set[str]) -> tuple[Attempt, ...]:
    return tuple(a for a in action.attempts if a.id in ids and a.cancel_sent is None)


def _if_there(action: Action, attempt: Attempt, change: Callable[[Attempt], Action]) -> Action:
    """Change the attempt if it is still there and nothing better is known of it."""
    known = action.attempt(attempt.id)
    return change(known) if known and not known.operation else action
