"""AMAPI's notifications: hints that make things happen sooner (service layer).

Nothing ends because a notification says so: a command's end is read from ``operations.get``. A notification that is
lost costs time, never truth.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.action import Action
from shared.domain.device import Device
from shared.domain.errors import TransientError
from shared.domain.lock import DeviceLock
from shared.domain.looking import explains
from shared.domain.resource_names import device_of_operation, enterprise_of, lock_name
from shared.services.advance import Advance
from shared.services.case import CaseBook
from shared.services.mirror import Mirror
from shared.services.ports import DeviceManagement
from shared.services.quiet import is_quiet, keep_quiet
from shared.services.records import from_fields

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandleNotification:
    """Sorts notifications: commands wake their action, devices update the mirror, all else is acknowledged.

    Attributes:
        operation_name: reads the operation's name out of a ``COMMAND`` body, None where there is none.
        device_of: reads the device out of an ``ENROLLMENT`` or ``STATUS_REPORT`` body.
    """

    book: CaseBook
    amapi: DeviceManagement
    advance: Advance
    mirror: Mirror
    operation_name: Callable[[Mapping[str, Any]], str | None]
    device_of: Callable[[Mapping[str, Any]], Device | None]

    def __call__(self, kind: str, body: Mapping[str, Any]) -> None:
        """Handle one notification; safe to repeat and in any order.

        Args:
            kind: the attribute ``notificationType``; unknown ones are acknowledged.
            body: the decoded JSON; may hold a passcode, so it is neither kept nor logged.

        Raises:
            TransientError: the store did not answer (retry).
        """
        if kind == "COMMAND":
            self._command(self.operation_name(body))
        elif kind in {"ENROLLMENT", "STATUS_REPORT"}:
            self._device(self.device_of(body))
        else:
            log.info("notification ignored", extra={"kind": kind[:40]})

    def _device(self, device: Device | None) -> None:
        if device and self._is_ours(device.name):
            self.mirror.put_one(device, self.book.clock.now())

    def _is_ours(self, name: str) -> bool:
        enterprise = enterprise_of(name)
        if enterprise in self.book.store.get_many([enterprise]):
            return True
        log.warning("notification of another enterprise", extra={"enterprise": enterprise})
        return False

    def _command(self, operation_name: str | None) -> None:
        if operation_name is None or not self._is_ours(operation_name):
            return
        actions = self._actions_of(device_of_operation(operation_name))
        owner = next((a for a in actions if any(t.operation == operation_name for t in a.attempts)), None)
        if owner:
            self.advance(owner.name)
            return
        if any(attempt.operation is None for action in actions for attempt in action.open_attempts):
            self._stray(operation_name, actions)

    def _actions_of(self, device_name: str) -> list[Action]:
        """Return the actions that may have sent it: the lock's holder, then the others from the newest."""
        name = lock_name(device_name)
        document = self.book.store.get_many([name]).get(name)
        if document is None:
            return []
        lock = from_fields(DeviceLock, document.fields)
        found = self.book.store.get_many(lock.claimants) if lock.claimants else {}
        return [from_fields(Action, found[name].fields) for name in lock.claimants if name in found]

    def _stray(self, operation_name: str, actions: list[Action]) -> None:
        """Find the attempt whose answer was lost, or is still on its way to the store.

        An operation that matches none is acknowledged: it is another command, or the timer's look will find it.
        """
        now = self.book.clock.now()
        enterprise = enterprise_of(operation_name)
        if is_quiet(self.book.store, now, enterprise):
            return  # the timer looks by itself
        try:
            operation = self.amapi.get_operation(operation_name)
        except TransientError as error:
            keep_quiet(self.book.store, error, now, enterprise)
            return
        owner = next((action for action in actions if operation and explains(operation, action)), None)
        if owner and operation:
            self.advance(owner.name, seen=[operation])
