"""What the pages around one reset show: before it, while it runs, after it (service layer). Reads only."""

from dataclasses import dataclass, replace

from shared.domain.action import Action, Status
from shared.domain.device import DeviceRecord
from shared.domain.eligibility import Verdict, judge
from shared.domain.history import Event
from shared.domain.lock import DeviceLock
from shared.domain.mailing import letters
from shared.domain.resource_names import enterprise_of, lock_name
from shared.domain.roles import Right
from shared.services.access import Caller, not_found, read_as, rights_in
from shared.services.ports import Clock, PageRequest, Store
from shared.services.records import from_document, from_fields
from shared.services.request_keys import request_document
from shared.services.stored import StoredRequest

MAX_EVENTS = 200
"""Audit rows that an action's page shows; a reset has about ten, and each reading of its passcode adds one."""


@dataclass(frozen=True, slots=True)
class BeforeReset:
    """What a person should know before a reset.

    Attributes:
        verdict: with the lock, not the list's copy of it, telling whether a reset runs.
        running: the action that holds the device's lock, None where it is free.
    """

    record: DeviceRecord
    verdict: Verdict
    running: Action | None


@dataclass(frozen=True, slots=True)
class WatchedReset:
    """An action with its device and its history.

    Attributes:
        record: None where the device is no longer mirrored.
        events: oldest first.
        settled: nothing more will happen to it, so nobody needs to watch.
    """

    action: Action
    record: DeviceRecord | None
    events: tuple[Event, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class ReadReset:
    """Every read names its caller; strangers and unknown names are answered alike.

    All methods raise:
        RejectedError: ``NOT_FOUND`` (ack).
        TransientError: the store did not answer (retry).
    """

    store: Store
    clock: Clock

    def earlier(self, caller: Caller, device_name: str, request_id: str) -> str | None:
        """Return the action that this request id of the caller has led to, None where it was not used."""
        enterprise = enterprise_of(device_name)
        request = request_document(enterprise, caller.email, request_id)
        documents = read_as(caller, self.store, enterprise, Right.READ, request)
        return from_fields(StoredRequest, documents[request].fields).action if request in documents else None

    def before(self, caller: Caller, device_name: str) -> BeforeReset:
        """Return the device, the judgement on it and the reset that runs on it."""
        enterprise, lock = enterprise_of(device_name), lock_name(device_name)
        documents = read_as(caller, self.store, enterprise, Right.READ, device_name, lock)
        if device_name not in documents:
            raise not_found()
        record = from_fields(DeviceRecord, documents[device_name].fields)
        holder = from_document(DeviceLock, documents.get(lock)).holder
        running = self.store.get_many([holder]).get(holder) if holder else None
        verdict = judge(
            record if holder else replace(record, open_action=None),
            now=self.clock.now(),
            may_reset=Right.RESET in rights_in(documents, caller.member_name(enterprise)),
        )
        return BeforeReset(record, verdict, from_fields(Action, running.fields) if running else None)

    def watched(self, caller: Caller, action_name: str) -> WatchedReset:
        """Return an action with what its page shows beside it."""
        documents = read_as(caller, self.store, enterprise_of(action_name), Right.READ, action_name)
        if action_name not in documents:
            raise not_found()
        action = from_fields(Action, documents[action_name].fields)
        device = self.store.get_many([action.device_name]).get(action.device_name)
        rows = self.store.events(action_name, PageRequest(MAX_EVENTS)).documents
        return WatchedReset(
            action,
            from_fields(DeviceRecord, device.fields) if device else None,
            tuple(from_fields(Event, row.fields) for row in rows),
            is_settled(action),
        )


def is_settled(action: Action) -> bool:
    """Tell whether an action needs no more watching: it has ended for certain and no mail waits."""
    waits = any(
        letter.pending for letter in letters(action) if action.status is Status.DONE or letter is action.notice
    )
    return action.ended and action.status is not Status.UNKNOWN and not action.lock_held and not waits
