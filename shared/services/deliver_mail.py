"""``notify``: sends the mails of an action that has ended (service layer)."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain import resource_names as names
from shared.domain.action import Action, Delivery, Recipient
from shared.domain.device import DeviceUser
from shared.domain.errors import (
    AmbiguousOutcomeError,
    ConflictError,
    PermanentError,
    RejectedError,
    TransientError,
)
from shared.domain.history import SERVICE
from shared.domain.mail import Mail, MailFacts, MailKind
from shared.domain.mailing import (
    claimed,
    given_back,
    holder_of,
    is_due,
    letters,
    may_leave,
    postponed,
    rejected,
    sent,
    unanswered,
    with_letter,
)
from shared.domain.roles import Right
from shared.domain.secret import Secret
from shared.domain.timing import CALL_LEASE
from shared.services.access import rights_in
from shared.services.case import Author, Case, CaseBook
from shared.services.log_facts import seconds_between
from shared.services.passcodes import unseal
from shared.services.ports import Decryptor, MailProvider, MailRenderer

log = logging.getLogger(__name__)

_SERVICE = Author(SERVICE)


NOT_AUTHORISED = "ACTOR_NOT_AUTHORISED"
"""Reason of a mail that was withheld; the same word as of a command that was."""

USER_CHANGED = "USER_CHANGED"
"""Reason of a mail that was withheld: the device is somebody else's by now."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A mail call that is written down: the letter, and the boot clock's last moment to send it.

    ``ended`` is when the reset ended, which the letter tells of.
    """

    call_id: str
    recipient: str
    mail: Mail
    ended: datetime
    call_by_boot_s: float


@dataclass(frozen=True, slots=True)
class DeliverMail:
    """Claims, sends and records one mail after the other.

    Attributes:
        providers: in order of preference; the next one is asked where one took nothing.
        console_url: public address of the console without a slash at its end; "" for mails without a link.
    """

    book: CaseBook
    decryptor: Decryptor
    renderer: MailRenderer
    providers: Sequence[MailProvider]
    new_id: Callable[[], str]
    console_url: str = ""

    def __call__(self, action_name: str) -> None:
        """Send what is due; safe to repeat, for a mail is sent only under a call that was committed.

        Raises:
            ConflictError: a record lost in every turn (retry; the call is dropped when its time is over).
            TransientError: store or key service did not answer (retry).
        """
        case = self.book.open(action_name)
        if case is None:
            log.warning("unknown action", extra={"action": action_name})
            return
        for index, _ in enumerate(letters(case.action)):
            self._deliver(action_name, index)

    def _deliver(self, action_name: str, index: int) -> None:
        for place, provider in enumerate(self.providers):
            claim = self._claim(action_name, index, provider.name)
            if claim is None:
                return
            last = place == len(self.providers) - 1
            if not self._send(action_name, claim, provider, last=last):
                return

    def _claim(self, action_name: str, index: int, provider: str) -> _Claim | None:
        call_id, boot_s = self.new_id(), self.book.clock.boot_s()
        for _turn in self.book.turns():
            case = self.book.open(action_name, _beside)
            letter = _letter(case.action, index) if case else None
            if case is None or letter is None:
                return None
            landed = any(call.id == call_id for call in letter.calls)
            if not (may_leave(case.action, letter) if landed else is_due(case.action, letter, case.now)):
                return None
            try:
                _check_reader(case, letter)
                mail = self.renderer.render(self._facts(case, letter))
                if not landed:
                    written = claimed(letter, call_id, provider, case.now)
                    self.book.save(case, with_letter(case.action, letter, written), _SERVICE)
            except ConflictError:
                continue
            except PermanentError as error:
                self._end(case, letter, error)
                return None
            ended = case.action.complete_time or case.now
            return _Claim(call_id, letter.recipient.value, mail, ended, boot_s + CALL_LEASE.total_seconds())
        return None  # whoever moved the action has set wake_at

    def _end(self, case: Case, letter: Delivery, error: PermanentError) -> None:
        """The passcode cannot be read any more, or not by this reader: the mail ends."""
        facts = {"action": case.action.name, "reason": error.reason, "recipient": letter.recipient.value}
        if error.reason in {NOT_AUTHORISED, USER_CHANGED}:
            log.warning("mail withheld", extra=facts)
        else:
            log.error("mail without passcode", extra=facts | {"alert": "PASSCODE_UNREADABLE"})
        self.book.save(case, with_letter(case.action, letter, letter.failed(error.reason)), _SERVICE)

    def _send(self, action_name: str, claim: _Claim, provider: MailProvider, *, last: bool) -> bool:
        """Send one letter under its claim; True where the next provider is to be asked at once."""
        start_s = self.book.clock.boot_s()
        if start_s >= claim.call_by_boot_s:
            self._record(action_name, claim, lambda d, now: postponed(d, claim.call_id, now))
            return False
        facts = {"action": action_name, "provider": provider.name, "recipient": claim.recipient}
        try:
            provider.send(claim.mail)
        except RejectedError as error:
            log.warning("mail address refused", extra=facts | {"reason": error.reason})
            self._record(action_name, claim, lambda d, _now: rejected(d, claim.call_id))
        except TransientError as error:
            log.warning("mail provider failed", extra=facts | {"reason": error.reason})
            change = postponed if last else lambda d, call_id, _now: given_back(d, call_id)
            self._record(action_name, claim, lambda d, now: change(d, claim.call_id, now))
            return not last
        except (AmbiguousOutcomeError, PermanentError) as error:
            log.warning("mail without an answer", extra=facts | {"reason": error.reason})
            self._record(action_name, claim, lambda d, now: unanswered(d, claim.call_id, now))
        else:
            call_s = round(self.book.clock.boot_s() - start_s, 3)
            mail_s = seconds_between(claim.ended, self.book.clock.now())
            log.info("mailed", extra=facts | {"call_s": call_s, "mail_s": mail_s})
            self._record(action_name, claim, lambda d, now: sent(d, claim.call_id, provider.name, now))
        return False

    def _record(self, action_name: str, claim: _Claim, change: Callable[..., Delivery]) -> None:
        for _turn in self.book.turns():
            case = self.book.open(action_name)
            letter = holder_of(case.action, claim.call_id) if case else None
            if case is None or letter is None:
                return
            try:
                self.book.save(case, with_letter(case.action, letter, change(letter, case.now)), _SERVICE)
            except ConflictError:
                continue
            return
        raise ConflictError("a provider's answer could not be recorded; the call is dropped when its time is over")

    def _facts(self, case: Case, letter: Delivery) -> MailFacts:
        action = case.action
        notice = letter is action.notice
        passcode: Secret | None = None
        if not notice:
            document = case.others.get(names.passcode_name(action.name))
            # Opened for a mail with a link too: what nobody can open is not announced.
            opened = unseal(self.decryptor, document, action)
            passcode = opened if action.mail_passcode else None
        return MailFacts(
            kind=_kind(action, letter),
            to=letter.email,
            locale=letter.locale,
            device_model=action.device_facts.model,
            serial_tail=action.device_facts.serial_number[-4:],
            user_display_name=action.user.display_name if action.user else "",
            user_email=action.user.email if action.user else "",
            scope=action.scope,
            requested_by=action.actor,
            request_reason=action.reason,
            request_time=action.create_time,
            reference=action.name,
            link=self._link(action, letter),
            passcode=passcode,
            confirmed_time=None if notice else action.complete_time,
            wipe_after=action.device_facts.wipe_after,
            cause_code=action.status_reason.code if action.status_reason else "",
        )

    def _link(self, action: Action, letter: Delivery) -> str:
        if not self.console_url or (letter.recipient is Recipient.USER and action.mail_passcode):
            return ""
        if letter is action.notice:
            return f"{self.console_url}/{action.name}"
        return f"{self.console_url}/{action.device_name}?passcode={names.id_of(action.name)}"


def _beside(action: Action) -> list[str]:
    return [names.passcode_name(action.name), names.member_name(names.enterprise_of(action.name), action.actor)]


def _check_reader(case: Case, letter: Delivery) -> None:
    """Make sure that a letter's reader may still have the passcode: a phone may take it weeks later.

    A notice holds none. Whoever asked must still be allowed to; the user must still be the device's.

    Raises:
        PermanentError: ``NOT_AUTHORISED``: that person's right was taken away meanwhile; ``USER_CHANGED``: the
            device was given to somebody else, or to nobody (ack).
    """
    if letter is case.action.notice:
        return
    if letter.recipient is Recipient.USER:
        if case.device is not None and not _is_of(letter.email, case.device.user):
            raise PermanentError(USER_CHANGED, "The device has another user by now.")
        return
    member = names.member_name(names.enterprise_of(case.action.name), case.action.actor)
    if Right.RESET not in rights_in(case.others, member):
        raise PermanentError(NOT_AUTHORISED, "Who asked for this reset no longer may.")


def _is_of(email: str, user: DeviceUser | None) -> bool:
    return user is not None and user.email.casefold() == email.casefold()


def _letter(action: Action, index: int) -> Delivery | None:
    known = letters(action)
    return known[index] if index < len(known) else None


def _kind(action: Action, letter: Delivery) -> MailKind:
    if letter is action.notice:
        return MailKind(action.status.value)
    return MailKind.DONE_USER if letter.recipient is Recipient.USER else MailKind.DONE_ADMIN
