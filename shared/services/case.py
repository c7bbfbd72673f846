"""One action with the documents around it: read together, committed together (service layer).

Every step is read, decide, commit on the versions read. ``Case`` is what was read; ``save`` commits what a
settlement makes of it, in one conditional commit, with the audit row.
"""

import logging
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from shared.domain import resource_names as names
from shared.domain.action import Action, DeliveryStatus
from shared.domain.device import DeviceRecord, OpenAction
from shared.domain.errors import ConflictError, TransientError
from shared.domain.history import Event, EventType, change_of, event_id
from shared.domain.lock import DeviceLock
from shared.domain.mailing import letters
from shared.domain.operation import Outcome
from shared.domain.settlement import Settlement, settle
from shared.domain.wakeup import Quiet
from shared.services.log_facts import device_facts, time_facts
from shared.services.ports import Clock, Create, Document, Store, Write
from shared.services.quiet import quiet_until, spread
from shared.services.records import from_fields, to_fields, update
from shared.services.stored import StoredPasscode

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_TURNS = 5
"""Turns of read, decide, commit before a step gives up; usually the second finds nothing to do."""

TURN_JITTER_S = (0.01, 0.1)
"""Pause after a lost commit: long enough for the winner's next read, short enough for a push deadline."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a commit, for its audit row."""

    who: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """An action and what surrounds it, as read at one time.

    Attributes:
        others: further documents that the step asked for, by name.
    """

    action: Action
    lock: DeviceLock
    device: DeviceRecord | None
    quiet_until: datetime | None
    now: datetime
    others: Mapping[str, Document]
    versions: Mapping[str, Document]

    @property
    def lock_name(self) -> str:
        """Name of the device's lock document."""
        return names.lock_name(self.action.device_name)


@dataclass(frozen=True, slots=True)
class CaseBook:
    """Reads and saves cases; holds what every step needs."""

    store: Store
    clock: Clock
    rng: random.Random

    def turns(self, most: int = MAX_TURNS) -> Iterator[int]:
        """Yield 1, 2, … ``most``, with a short pause in between: one turn of read, decide, commit each."""
        for turn in range(1, most + 1):
            if turn > 1:
                self.clock.sleep(self.rng.uniform(*TURN_JITTER_S))
            yield turn

    def until_landed(self, turn: Callable[[], T], lost: str, most: int = MAX_TURNS) -> T:
        """Read, decide and commit until the commit lands; returns what that turn returned.

        Args:
            turn: reads, decides and commits once.
            lost: what is said of the documents where no turn's commit lands.
            most: turns.

        Raises:
            ConflictError: it lost every turn (retry).
        """
        for _turn in self.turns(most):
            try:
                return turn()
            except ConflictError:
                continue
        raise ConflictError(lost)

    def open(self, action_name: str, also: Callable[[Action], Sequence[str]] = lambda _: ()) -> Case | None:
        """Read an action and the documents around it; None where there is no such action.

        Args:
            action_name: the action.
            also: names of further documents, which may depend on the action.

        Raises:
            TransientError: the store did not answer (retry).
        """
        head = self.store.get_many([action_name]).get(action_name)
        if head is None:
            return None
        action = from_fields(Action, head.fields)
        lock_name = names.lock_name(action.device_name)
        wanted = [lock_name, action.device_name, names.QUIET_NAME, *also(action)]
        around = self.store.get_many(wanted)
        device, quiet = around.get(action.device_name), around.get(names.QUIET_NAME)
        return Case(
            action,
            from_fields(DeviceLock, around[lock_name].fields),
            from_fields(DeviceRecord, device.fields) if device else None,
            quiet_until(quiet, names.enterprise_of(action_name)),
            self.clock.now(),
            around,
            {action_name: head} | around,
        )

    def save(
        self,
        case: Case,
        action: Action,
        author: Author,
        *,
        looked: bool = False,
        kept_quiet: bool = False,
        urgent: bool = False,
        also: Sequence[Write] = (),
    ) -> Action:
        """Settle the changed action and commit everything that follows, or nothing.

        Safe to repeat: where nothing changed, nothing is written.

        Args:
            case: what was read.
            action: its action with the facts of this step written in.
            author: for the audit row.
            looked: AMAPI has just answered about every unexplained attempt.
            kept_quiet: a look was due and not made, for AMAPI wants quiet.
            urgent: let the timer look at once.
            also: writes that belong to this step, such as a destroyed passcode.

        Returns:
            The action as committed.

        Raises:
            ConflictError: something moved: open the case again and decide again (retry).
            TransientError: the store did not answer (retry).
        """
        own_time = spread(self.rng)
        quiet = Quiet(case.quiet_until, own_time, kept_quiet) if case.quiet_until else None
        ran = _carried_out(case.action, action)
        done = settle(action, case.lock, case.now, looked=looked, quiet=quiet, ran=ran)
        after = replace(done.action, wake_at=case.now) if urgent else done.action
        if after == case.action and not also:
            return after
        after = replace(after, revision=case.action.revision + 1)
        changed = update(case.versions[after.name], case.action, after)
        writes: list[Write] = [changed, *self._around(case, done, after), *_row(case, after, author), *also]
        try:
            self.store.commit(writes)
        except ConflictError:
            if self._landed(after):  # the next turn finds nothing new, and would raise no alert
                _tell(case, done, after)
            raise
        _tell(case, done, after)
        return after

    def _landed(self, after: Action) -> bool:
        """Tell whether a commit that came back as a conflict is in the store, and only its answer was lost."""
        try:
            document = self.store.get_many([after.name]).get(after.name)
        except TransientError:
            return False
        return document is not None and from_fields(Action, document.fields) == after

    def _around(self, case: Case, done: Settlement, after: Action) -> list[Write]:
        writes: list[Write] = []
        if done.lock != case.lock:
            writes.append(update(case.versions[case.lock_name], case.lock, done.lock))
        if case.device:
            writes += _device_write(case, case.device, after)
        return writes + self._destroyed(done.superseded, after.name, case.now)

    def _destroyed(self, actions: Sequence[str], by: str, now: datetime) -> list[Write]:
        if not actions:
            return []
        documents = self.store.get_many([names.passcode_name(action) for action in actions])
        return [write for document in documents.values() for write in destroy(document, now, superseded_by=by)]


def _carried_out(before: Action, after: Action) -> str | None:
    """Return the operation that a step has found to have been carried out, None where it found none."""
    known = {attempt.id for attempt in before.attempts if attempt.result is Outcome.OK}
    new = (a.operation for a in after.attempts if a.result is Outcome.OK and a.id not in known)
    return next(new, None)


def destroy(document: Document, now: datetime, superseded_by: str | None = None) -> list[Write]:
    """Return the write that overwrites a ciphertext, none where that was done before."""
    before = from_fields(StoredPasscode, document.fields)
    if before.ciphertext is None:
        return []
    after = replace(before, ciphertext=None, destroyed_time=now, superseded_by=superseded_by)
    return [update(document, before, after)]


def _device_write(case: Case, before: DeviceRecord, action: Action) -> list[Write]:
    """Keep the open action that lists show in step with the lock."""
    shown = before.open_action
    if action.lock_held:
        shown = OpenAction(action.name, action.status.value)
    elif shown and shown.name == action.name:
        shown = None
    if shown == before.open_action:
        return []
    return [update(case.versions[action.device_name], before, replace(before, open_action=shown))]


def _row(case: Case, after: Action, author: Author) -> list[Write]:
    change = change_of(case.action, after)
    if change is None:
        return []
    kind, details = change
    event = Event(kind, case.now, author.who, after.status.value, author.address, details)
    return [Create(names.event_name(after.name, event_id(after.revision)), to_fields(event))]


def _tell(case: Case, done: Settlement, after: Action) -> None:
    facts = {"action": after.name, "device": after.device_name, "status": after.status.value, "scope": after.scope}
    if done.cause:
        code = after.status_reason.code if after.status_reason else ""
        figures = device_facts(case.device.device if case.device else None) | time_facts(case.action, after)
        log.info("status", extra=facts | figures | {"cause": done.cause.value, "code": code})
    for alert in done.alerts:
        log.error(alert.message, extra=facts | {"alert": alert.code})
    for old, new in zip(letters(case.action), letters(after), strict=False):
        if new.reason == "GAVE_UP" and old.status is DeliveryStatus.PENDING:
            told = {"alert": "MAIL_GAVE_UP", "recipient": new.recipient.value}
            log.error("a mail could not be delivered", extra=facts | told)


def first_row(action: Action, author: Author) -> Create:
    """Return the audit row of an accepted request."""
    details = {"reason": action.reason} if action.reason else {}
    event = Event(EventType.REQUESTED, action.create_time, author.who, action.status.value, author.address, details)
    return Create(names.event_name(action.name, event_id(action.revision)), to_fields(event))
