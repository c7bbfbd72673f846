"""Whose passcode a device's page is about, and what is known of it (service layer). Reads no plaintext."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.action import NOTHING_RAN, Action, Status
from shared.domain.device import DeviceRecord
from shared.domain.lock import DeviceLock
from shared.domain.resource_names import enterprise_of, lock_name, passcode_name
from shared.domain.retention import may_be_on_phone
from shared.domain.roles import Right
from shared.services.access import Caller, not_found, read_as
from shared.services.ports import Clock, Store
from shared.services.records import from_document, from_fields
from shared.services.stored import StoredPasscode

FIRST_LOOK = 4
"""Resets read at first, newest first: the one that counts is nearly always among them."""


class PasscodeState(StrEnum):
    """What can be said of a passcode without reading it."""

    NONE = "NONE"
    """No reset has brought a passcode on this phone."""
    KEPT = "KEPT"
    """It may be shown."""
    NEVER = "NEVER"
    """Its reset ended, or has not come far enough, without the passcode reaching the phone."""
    SUPERSEDED = "SUPERSEDED"
    DESTROYED = "DESTROYED"


@dataclass(frozen=True, slots=True)
class KnownPasscode:
    """The passcode that a page is about, with the resets that put it in question.

    Attributes:
        action: its reset; None only in the state ``NONE``.
        latest: whether it is the one that a page shows unless told otherwise.
        destroy_time: when it was, or will be, destroyed for its age; None while that is not settled.
        newer: the reset that replaced it.
        running: a newer reset whose command may still change the lock.
        doubtful: another reset that may have changed the lock; its outcome is not known.
        confirmed: where this reset's own outcome is not known, the last one before it that is.
    """

    state: PasscodeState
    action: Action | None = None
    latest: bool = True
    destroy_time: datetime | None = None
    newer: Action | None = None
    running: Action | None = None
    doubtful: Action | None = None
    confirmed: Action | None = None


@dataclass(frozen=True, slots=True)
class ReadPasscode:
    """Finds the reset whose passcode is on the phone, as far as anyone can know."""

    store: Store
    clock: Clock

    def __call__(self, caller: Caller, device_name: str, wanted: str | None = None) -> KnownPasscode:
        """Return what is known of a device's passcode.

        Args:
            caller: who asks; any member may know that there is one.
            device_name: the device.
            wanted: name of the action whose passcode it is about; None = the latest that counts.

        Raises:
            RejectedError: ``NOT_FOUND``, also for an action of another device (ack).
            TransientError: the store did not answer (retry).
        """
        enterprise, lock_document = enterprise_of(device_name), lock_name(device_name)
        documents = read_as(caller, self.store, enterprise, Right.READ, device_name, lock_document)
        if device_name not in documents:
            raise not_found()
        record = from_fields(DeviceRecord, documents[device_name].fields)
        lock = from_document(DeviceLock, documents.get(lock_document))
        actions = self._actions(lock, record, wanted)
        if wanted and (wanted not in actions or actions[wanted].device_name != device_name):
            raise not_found()
        return self._known(lock, actions, wanted)

    def _actions(self, lock: DeviceLock, record: DeviceRecord, wanted: str | None) -> dict[str, Action]:
        """Return the device's resets by name, newest first; older ones only where the newest do not settle it."""
        newest = list(
            dict.fromkeys([*reversed(lock.actions), *([record.latest_action] if record.latest_action else [])])
        )
        extra = [name for name in (wanted, lock.uncertain.action if lock.uncertain else None) if name]
        found = self._read([*newest[:FIRST_LOOK], *extra])
        if not any(action.status is Status.DONE for name, action in found.items() if name in newest):
            found |= self._read(newest[FIRST_LOOK:])
        return dict(sorted(found.items(), key=lambda item: item[1].create_time, reverse=True))

    def _read(self, names: Sequence[str]) -> dict[str, Action]:
        documents = self.store.get_many(list(dict.fromkeys(names))) if names else {}
        return {name: from_fields(Action, document.fields) for name, document in documents.items()}

    def _known(self, lock: DeviceLock, actions: Mapping[str, Action], wanted: str | None) -> KnownPasscode:
        latest = _latest(actions)
        action = actions[wanted] if wanted else latest
        running = next((a for a in actions.values() if not a.ended and a is not action), None)
        if action is None:
            return KnownPasscode(PasscodeState.NONE, running=running)
        document = self.store.get_many([passcode_name(action.name)]).get(passcode_name(action.name))
        stored = from_fields(StoredPasscode, document.fields) if document else None
        state, newer = self._state(action, stored, actions)
        unsure = action.status is Status.UNKNOWN
        return KnownPasscode(
            state,
            action,
            latest=action is latest,
            destroy_time=action.purge_time or action.purge_at or _forecast(action),
            newer=newer,
            running=running if running and running.create_time > action.create_time else None,
            doubtful=_doubtful(action, lock, actions),
            confirmed=_done_before(action, actions) if unsure else None,
        )

    def _state(
        self, action: Action, stored: StoredPasscode | None, actions: Mapping[str, Action]
    ) -> tuple[PasscodeState, Action | None]:
        now = self.clock.now()
        if action.status in NOTHING_RAN or not action.attempts:
            return PasscodeState.NEVER, None
        if stored and stored.superseded_by:
            return PasscodeState.SUPERSEDED, actions.get(stored.superseded_by) or self._one(stored.superseded_by)
        if stored and stored.ciphertext and may_be_on_phone(action, now):
            return PasscodeState.KEPT, None
        later = next((a for a in actions.values() if a.status is Status.DONE and _after(a, action)), None)
        return (PasscodeState.SUPERSEDED, later) if later else (PasscodeState.DESTROYED, None)

    def _one(self, name: str) -> Action | None:
        return self._read([name]).get(name)


def _latest(actions: Mapping[str, Action]) -> Action | None:
    """Return the newest confirmed reset, else the newest whose outcome is not known."""
    for status in (Status.DONE, Status.UNKNOWN):
        found = next((action for action in actions.values() if action.status is status), None)
        if found:
            return found
    return None


def _after(one: Action, other: Action) -> bool:
    return one.create_time > other.create_time


def _doubtful(action: Action, lock: DeviceLock, actions: Mapping[str, Action]) -> Action | None:
    """Return the reset, other than this one, that may have changed the lock after it."""
    if lock.uncertain and lock.uncertain.action != action.name:
        return actions.get(lock.uncertain.action)
    return next((a for a in actions.values() if a.status is Status.UNKNOWN and _after(a, action)), None)


def _done_before(action: Action, actions: Mapping[str, Action]) -> Action | None:
    return next((a for a in actions.values() if a.status is Status.DONE and _after(action, a)), None)


def _forecast(action: Action) -> datetime | None:
    return action.complete_time + action.retention if action.complete_time else None
