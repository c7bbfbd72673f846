"""Showing a passcode to a person: first the audit row, then the plaintext (service layer)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain import resource_names as names
from shared.domain.errors import ConflictError, PermanentError, RejectedError
from shared.domain.history import Event, EventType, event_id
from shared.domain.retention import may_be_on_phone
from shared.domain.roles import Right
from shared.domain.secret import Secret
from shared.domain.settings import EnterpriseSettings
from shared.services.access import Caller, not_found, read_as
from shared.services.audit import refusal_row
from shared.services.case import Case, CaseBook
from shared.services.passcodes import unseal
from shared.services.ports import Create, Decryptor, Document, Write
from shared.services.rate_limits import counted, reading_rates
from shared.services.records import from_document, from_fields, to_fields, update
from shared.services.stored import StoredPasscode

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Revealed:
    """A passcode for one pair of eyes.

    Attributes:
        superseded_by: a newer reset of the device was accepted; the moment it is done, this passcode is void.
        uncertain: another reset's command may have run; its action is named.
        expire_time: when the passcode is destroyed, None while the reset still runs.
    """

    passcode: Secret
    superseded_by: str | None
    uncertain: str | None
    expire_time: datetime | None


@dataclass(frozen=True, slots=True)
class RevealPasscode:
    """Decrypts only after the commit that says who reads it and why."""

    book: CaseBook
    decryptor: Decryptor
    new_id: Callable[[], str]

    def __call__(self, caller: Caller, action_name: str, reason: str) -> Revealed:
        """Reveal; each call is one new audited reading, even where a commit's answer was lost.

        Raises:
            RejectedError: ``NOT_FOUND``, ``ROLE_REQUIRED``, ``PASSCODE_NOT_AVAILABLE``, ``PASSCODE_DESTROYED``,
                ``TOO_MANY_READINGS``, or ``CIPHERTEXT_REJECTED``, with an alert (ack).
            TransientError: store or key service did not answer, or every turn was lost (retry).
        """
        row = ""
        for _turn in self.book.turns():
            try:
                case, choices = self._open(caller, action_name, row)
                document = case.others.get(names.passcode_name(action_name))
                _check(case, document)
                assert document is not None, "a destroyed passcode was refused"
                row = row or names.event_name(action_name, event_id(case.action.revision, self.new_id()))
                if row not in case.others:  # else our own commit landed, only its answer was lost
                    rates = self._counted(case, choices, caller)
                    self._write_down(Create(row, to_fields(_event(case, caller, reason))), document, rates)
            except ConflictError:
                continue
            shown = self._answer(case, document)
            log.info("revealed", extra={"action": action_name})
            return shown
        raise ConflictError("the passcode kept moving; the same request can be sent again")

    def _open(self, caller: Caller, action_name: str, row: str) -> tuple[Case, EnterpriseSettings]:
        """Check the right to read, and read; ``row`` is the row of an earlier turn, "" in the first."""
        enterprise = names.enterprise_of(action_name)
        try:
            documents = read_as(caller, self.book.store, enterprise, Right.REVEAL, enterprise)
        except RejectedError as error:
            if error.reason == "ROLE_REQUIRED":
                self._note_refusal(enterprise, caller, error, action_name)
            raise
        beside = [names.passcode_name(action_name), *([row] if row else [])]
        case = self.book.open(action_name, lambda _action: beside)
        if case is None:
            raise not_found()
        return case, from_document(EnterpriseSettings, documents.get(enterprise))

    def _counted(self, case: Case, settings: EnterpriseSettings, caller: Caller) -> list[Write]:
        """Return the writes that count this reading; refused where one more would be too many."""
        enterprise = names.enterprise_of(case.action.name)
        rates = reading_rates(enterprise, caller.email, settings)
        try:
            return counted(self.book.store, rates, case.now)
        except RejectedError as error:
            self._note_refusal(enterprise, caller, error, case.action.name)
            raise

    def _note_refusal(self, enterprise: str, caller: Caller, error: RejectedError, resource: str) -> None:
        row = refusal_row(enterprise, self.new_id(), caller, error, resource=resource, now=self.book.clock.now())
        self.book.store.commit([row])

    def _write_down(self, row: Create, document: Document, rates: list[Write]) -> None:
        before = from_fields(StoredPasscode, document.fields)
        read_once_more = update(document, before, replace(before, reveal_count=before.reveal_count + 1))
        self.book.store.commit([row, read_once_more, *rates])

    def _answer(self, case: Case, document: Document) -> Revealed:
        newest = case.lock.actions[-1] if case.lock.actions else None
        uncertain = case.lock.uncertain
        try:
            passcode = unseal(self.decryptor, document, case.action)
        except PermanentError as error:
            facts = {"action": case.action.name, "reason": error.reason, "alert": "PASSCODE_UNREADABLE"}
            log.error("not shown", extra=facts)  # noqa: TRY400  # as in IssueCommand: somebody altered it, or its key
            raise RejectedError(error.reason, "The passcode can no longer be decrypted.") from None
        return Revealed(
            passcode,
            superseded_by=newest if newest != case.action.name else None,
            uncertain=uncertain.action if uncertain else None,
            expire_time=case.action.purge_at,
        )


def _event(case: Case, caller: Caller, reason: str) -> Event:
    status, details = case.action.status.value, {"reason": reason}
    return Event(EventType.REVEALED, case.now, caller.email, status, caller.address, details)


def _check(case: Case, document: Document | None) -> None:
    action = case.action
    stored = from_fields(StoredPasscode, document.fields) if document else None
    if stored and stored.superseded_by:
        raise RejectedError(
            "PASSCODE_DESTROYED",
            "A later reset replaced this passcode. It no longer opens the device and has been destroyed.",
            {"supersededBy": stored.superseded_by},
        )
    over = action.purge_time or (action.purge_at and case.now >= action.purge_at)
    if stored is None or stored.ciphertext is None or over:
        raise RejectedError("PASSCODE_DESTROYED", "This passcode has been destroyed. Reset again to get a new one.")
    if not may_be_on_phone(action, case.now):
        raise RejectedError("PASSCODE_NOT_AVAILABLE", "This passcode was never set on the device.")
