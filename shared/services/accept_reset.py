"""Accepting a reset: from a person's wish to an action that nothing can lose (service layer)."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from shared.domain import resource_names as names
from shared.domain.action import Action, Delivery, DeviceFacts, Recipient, Status
from shared.domain.device import DeviceRecord, OpenAction
from shared.domain.eligibility import Verdict, in_progress, judge
from shared.domain.errors import RejectedError
from shared.domain.lock import DeviceLock
from shared.domain.mail_address import is_plain_address
from shared.domain.passcode_generator import generate
from shared.domain.passcode_rule import rule_for, wipe_after
from shared.domain.roles import Right
from shared.domain.settings import DELIVER_PASSCODE, MAX_VALID_FOR, MIN_VALID_FOR, EnterpriseSettings
from shared.domain.timing import CALL_LEASE, GRACE, LATE_LOOK_UNTIL, REPUBLISH_MIN
from shared.services.access import Caller, not_found, require
from shared.services.announcing import Announcer
from shared.services.audit import refusal_row
from shared.services.case import Author, CaseBook, first_row
from shared.services.log_facts import device_facts
from shared.services.passcodes import seal
from shared.services.ports import Create, Document, Encryptor, Write
from shared.services.rate_limits import counted, reset_rates
from shared.services.records import from_document, from_fields, to_fields, update
from shared.services.request_keys import request_document
from shared.services.stored import StoredPasscode, StoredRequest

log = logging.getLogger(__name__)

REQUEST_KEPT = MAX_VALID_FOR
"""How long a request id is remembered: a repeat finds its action for as long as that may run."""

Documents = Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class ResetWish:
    """What the caller asked for; ``valid_for`` None takes the enterprise's default."""

    notify_user: bool = False
    reason: str = ""
    valid_for: timedelta | None = None
    lock_now: bool = True
    require_entry: bool = False

    def body_hash(self, device_name: str) -> str:
        """Return the fingerprint that tells a repeat from another request under the same id."""
        valid_for_s = None if self.valid_for is None else self.valid_for.total_seconds()
        facts = [device_name, self.notify_user, self.reason, valid_for_s, self.lock_now, self.require_entry]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request with the names of everything it touches."""

    caller: Caller
    device_name: str
    wish: ResetWish
    request_id: str
    action_name: str

    @property
    def enterprise(self) -> str:
        return names.enterprise_of(self.device_name)

    @property
    def member(self) -> str:
        return self.caller.member_name(self.enterprise)

    @property
    def lock(self) -> str:
        return names.lock_name(self.device_name)

    @property
    def request(self) -> str:
        return request_document(self.enterprise, self.caller.email, self.request_id)


@dataclass(frozen=True, slots=True)
class AcceptReset:
    """Stores the action, its passcode, its request id and the lock in one conditional commit, then publishes."""

    book: CaseBook
    encryptor: Encryptor
    announcer: Announcer
    new_id: Callable[[], str]

    def __call__(self, caller: Caller, device_name: str, wish: ResetWish, request_id: str | None = None) -> Action:
        """Accept a reset; safe to repeat under the same request id.

        Args:
            caller: who asks.
            device_name: ``enterprises/{e}/devices/{d}``, well formed.
            wish: the body, decoded.
            request_id: the caller's own id of this request; without one a repeat is another request.

        Returns:
            The action; the earlier one where the request was accepted before.

        Raises:
            RejectedError: ``NOT_FOUND``, ``ROLE_REQUIRED``, ``INVALID_VALIDITY``, ``DEVICE_NOT_ELIGIBLE``,
                ``USER_HAS_NO_ADDRESS``, ``RESET_IN_PROGRESS``, ``REQUEST_ID_REUSED``, ``TOO_MANY_RESETS``,
                ``RESETS_STOPPED`` (ack).
            TransientError: store or key service did not answer (retry).
        """
        action_name = names.action_name(names.id_of(names.enterprise_of(device_name)), self.new_id())
        ask = _Ask(caller, device_name, wish, request_id or self.new_id(), action_name)
        lost = "the device's documents kept moving; the same request can be sent again"
        return self.book.until_landed(lambda: self._turn(ask), lost)

    def _turn(self, ask: _Ask) -> Action:
        documents = self.book.store.get_many([ask.enterprise, ask.member, ask.device_name, ask.lock, ask.request])
        now = self.book.clock.now()
        self._check_rights(ask, documents, now)
        if ask.request in documents:
            return self._earlier(ask, documents)
        device = documents.get(ask.device_name)
        if device is None:
            raise not_found()
        self._check_lock(ask, from_document(DeviceLock, documents.get(ask.lock)))
        record = from_fields(DeviceRecord, device.fields)
        settings = from_document(EnterpriseSettings, documents.get(ask.enterprise))
        action = self._action(ask, record, settings, now)
        rates = self._counted(ask, settings, now)
        self.book.store.commit([*self._writes(ask, action, record, documents), *rates])
        return self._accepted(action, record)

    def _accepted(self, action: Action, record: DeviceRecord | None) -> Action:
        facts = {"action": action.name, "device": action.device_name, "scope": action.scope}
        log.info("accepted", extra=facts | device_facts(record.device if record else None))
        self.announcer.request(action.name)
        return action

    def _check_rights(self, ask: _Ask, documents: Documents, now: datetime) -> None:
        try:
            require(documents, ask.member, Right.RESET)
        except RejectedError as error:
            if error.reason == "ROLE_REQUIRED":
                self._note_refusal(ask, error, now)
            raise

    def _earlier(self, ask: _Ask, documents: Documents) -> Action:
        known = from_fields(StoredRequest, documents[ask.request].fields)
        document = self.book.store.get_many([known.action]).get(known.action)
        if document is None:
            raise not_found()
        if known.body_hash != ask.wish.body_hash(ask.device_name):
            raise RejectedError(
                "REQUEST_ID_REUSED",
                "This request id was used before, with another body. Take a new one.",
                {"action": known.action},
            )
        action = from_fields(Action, document.fields)
        if known.action != ask.action_name:
            return action
        device = documents.get(ask.device_name)  # our own commit landed, only its answer was lost
        return self._accepted(action, from_fields(DeviceRecord, device.fields) if device else None)

    def _check_lock(self, ask: _Ask, lock: DeviceLock) -> None:
        if lock.holder is None:
            return
        running = self.book.store.get_many([lock.holder]).get(lock.holder)
        until = _rfc3339(running.fields["expire_time"]) if running else ""
        status = str(running.fields["status"]) if running else Status.PENDING.value
        facts = {"action": lock.holder, "status": status, "until": until, "device": ask.device_name}
        raise RejectedError("RESET_IN_PROGRESS", in_progress(status).message, facts)

    def _action(self, ask: _Ask, record: DeviceRecord, settings: EnterpriseSettings, now: datetime) -> Action:
        wish, user = ask.wish, record.user
        verdict = self._verdict(ask, record, now)
        default = timedelta(seconds=settings.default_valid_for_s)
        valid_for = default if wish.valid_for is None else wish.valid_for
        if not MIN_VALID_FOR <= valid_for <= MAX_VALID_FOR:
            raise RejectedError("INVALID_VALIDITY", "validFor is at least 1 minute and at most 30 days.")
        deliveries = [Delivery(Recipient.ADMIN, ask.caller.email, settings.locale)]
        if wish.notify_user:
            if user is None or not is_plain_address(user.email):
                raise RejectedError("USER_HAS_NO_ADDRESS", "No e-mail address of the device's user is known.")
            deliveries.append(Delivery(Recipient.USER, user.email, user.locale or settings.locale))
        assert verdict.scope is not None, "an eligible device has a scope"
        return Action(
            name=ask.action_name,
            device_name=ask.device_name,
            device_display_name=record.display_name,
            device_facts=DeviceFacts(record.device.model, record.device.serial_number, wipe_after(record.device)),
            user=user,
            scope=verdict.scope.value,
            actor=ask.caller.email,
            admin_locale=settings.locale,
            reason=wish.reason,
            notify_user=wish.notify_user,
            lock_now=wish.lock_now,
            require_entry=wish.require_entry,
            mail_passcode=settings.delivery == DELIVER_PASSCODE,
            request_id=ask.request_id,
            retention_s=settings.retention_s,
            create_time=now,
            expire_time=now + valid_for,
            wake_at=now + REPUBLISH_MIN,
            deliveries=tuple(deliveries),
        )

    def _verdict(self, ask: _Ask, record: DeviceRecord, now: datetime) -> Verdict:
        """Judge the device; whether a reset runs is told by the lock, not by what lists show."""
        verdict = judge(replace(record, open_action=None), now=now)
        if not verdict.eligible:
            error = RejectedError(
                "DEVICE_NOT_ELIGIBLE",
                " ".join(finding.message for finding in verdict.blockers),
                {finding.code: finding.message for finding in verdict.blockers},
            )
            self._note_refusal(ask, error, now)
            raise error
        return verdict

    def _counted(self, ask: _Ask, settings: EnterpriseSettings, now: datetime) -> list[Write]:
        """Return the writes that count this reset; refused where one more would be too many."""
        rates = reset_rates(ask.enterprise, ask.caller.email, settings)
        try:
            return counted(self.book.store, rates, now)
        except RejectedError as error:
            self._note_refusal(ask, error, now)
            raise

    def _note_refusal(self, ask: _Ask, error: RejectedError, now: datetime) -> None:
        self.book.store.commit(
            [refusal_row(ask.enterprise, self.new_id(), ask.caller, error, resource=ask.device_name, now=now)]
        )

    def _writes(self, ask: _Ask, action: Action, record: DeviceRecord, documents: Documents) -> list[Write]:
        passcode = generate(rule_for(record.device))
        sealed = seal(self.encryptor, passcode, action.device_name, action.name)
        kept = action.expire_time + action.retention + LATE_LOOK_UNTIL + GRACE + CALL_LEASE
        stored = StoredPasscode(action.device_name, kept, sealed.blob, sealed.key_name)
        request = StoredRequest(action.name, ask.wish.body_hash(ask.device_name), action.create_time + REQUEST_KEPT)
        running = OpenAction(action.name, action.status.value)
        shown = replace(record, open_action=running, latest_action=action.name)
        return [
            Create(action.name, to_fields(action)),
            first_row(action, Author(ask.caller.email, ask.caller.address)),
            Create(names.passcode_name(action.name), to_fields(stored)),
            Create(ask.request, to_fields(request)),
            _lock_write(ask.lock, documents.get(ask.lock), action.name),
            update(documents[ask.device_name], record, shown),
        ]


def _rfc3339(moment: datetime) -> str:
    """Return a time as the API's JSON writes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _lock_write(name: str, document: Document | None, action_name: str) -> Write:
    if document is None:
        return Create(name, to_fields(DeviceLock().taken_by(action_name)))
    before = from_fields(DeviceLock, document.fields)
    return update(document, before, before.taken_by(action_name))
