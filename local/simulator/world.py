"""The simulated service: enterprises, policies, phones and the commands between them.

One lock guards it all; phones act on a timer thread. Nothing is kept on disk.
"""

import copy
import threading
import time
from collections.abc import Mapping
from typing import Any

from local.simulator.errors import ApiError
from local.simulator.faults import Faults
from local.simulator.fleet import Fleet
from local.simulator.notifications import Notifier, Publish
from local.simulator.operations import CANCELLED, DEADLINE_EXCEEDED, Operation, OperationBook, duration_s, rfc3339
from local.simulator.phone import Phone
from local.simulator.signup import SignUpBook
from local.simulator.timers import Timers

Json = dict[str, Any]

_PARAMS_TYPES = {
    "clearAppsDataParams": "CLEAR_APP_DATA",
    "startLostModeParams": "START_LOST_MODE",
    "stopLostModeParams": "STOP_LOST_MODE",
    "addEsimParams": "ADD_ESIM",
    "removeEsimParams": "REMOVE_ESIM",
    "requestDeviceInfoParams": "REQUEST_DEVICE_INFO",
    "wipeParams": "WIPE",
}
"""AMAPI infers the type from the parameters: ``{"wipeParams": {}}`` is a WIPE."""
FLEET_PROJECT = "demo-passcode-reset"
"""The project that owns the enterprise of the fleet; the laptop stack's."""
_SERVER_FIELDS = ("createTime", "userName", "errorCode")


class World:
    """State and behaviour behind the AMAPI paths; safe to use from several threads.

    Args:
        fleet: enterprises, policies and phones to begin with.
        publish: where notifications go; None = nowhere.
    """

    def __init__(self, fleet: Fleet, publish: Publish | None = None) -> None:
        self.lock = threading.RLock()
        self.enterprises: dict[str, Json] = {fleet.enterprise["name"]: fleet.enterprise}
        self.owners: dict[str, str] = {fleet.enterprise["name"]: FLEET_PROJECT}
        self.lists_customer_managed = True  # discovery only promises that EMM-managed ones are listed
        self.sign_ups = SignUpBook()
        self.policies: dict[str, Json] = {policy["name"]: policy for policy in fleet.policies}
        self.phones: dict[str, Phone] = {phone.device["name"]: phone for phone in fleet.phones}
        self.operations = OperationBook()
        self.faults = Faults()
        self.calls: list[Json] = []
        self.notifier = Notifier(publish)
        self.stopping = threading.Event()
        self._timers = Timers("simulator-phones")

    def stop(self) -> None:
        """Stop all threads and free the calls that hang."""
        self.stopping.set()
        self._timers.stop()
        self.notifier.stop()

    def phone(self, device_name: str) -> Phone:
        """Return a phone that AMAPI knows.

        Raises:
            ApiError: 404.
        """
        with self.lock:
            phone = self.phones.get(device_name)
            if phone is None or phone.deleted:
                raise ApiError(404)
            return phone

    def issue(self, device_name: str, command: Mapping[str, Any]) -> Json:
        """Accept a command and return its operation, which is not done yet.

        Raises:
            ApiError: 400 or 404, nothing was accepted.
        """
        body = _checked_command(command)
        with self.lock:
            phone = self.phone(device_name)
            operation = self.operations.open(device_name, body, phone.device.get("userName", ""))
            answer = operation.to_json(has_password=phone.echo != "off")
            is_early = self.notifier.mode == "early" and phone.is_reachable
            if not is_early:
                self._plan(phone, operation)
        if is_early:
            self._run(phone, operation, is_early=True)
        self._timers.after(operation.expires_at_s - time.time(), lambda: self._expire(phone, operation))
        return answer

    def cancel(self, name: str) -> None:
        """Cancel a command that has not run; one that has run stays as it is.

        Raises:
            ApiError: 404.
        """
        with self.lock:
            operation = self.operations.get(name)
            if operation is None:
                raise ApiError(404)
            if operation.done:
                return
            operation.give_up(CANCELLED)
            phone = self.phones[name.partition("/operations/")[0]]
        self.notify_command(phone, operation)

    def wake(self, phone: Phone) -> None:
        """Let a phone that became reachable report and run what has waited for it."""
        with self.lock:
            waiting = self.operations.waiting(phone.device["name"])
            for operation in waiting:
                self._plan(phone, operation)
        self.report(phone)

    def report(self, phone: Phone, notification_type: str = "STATUS_REPORT") -> None:
        """Publish the device as it is now."""
        with self.lock:
            phone.device["lastStatusReportTime"] = rfc3339(time.time())
            body = copy.deepcopy(phone.device)
            if phone.deleted:
                body["appliedState"] = "DELETED"
        self.notifier.send(notification_type, body)

    def notify_command(self, phone: Phone, operation: Operation) -> None:
        """Publish an operation that is done."""
        self.notifier.send("COMMAND", operation.to_json(has_password=phone.echo == "all"))

    def _plan(self, phone: Phone, operation: Operation) -> None:
        if phone.is_reachable:
            self._timers.after(phone.ack_delay_s, lambda: self._run(phone, operation))

    def _run(self, phone: Phone, operation: Operation, *, is_early: bool = False) -> None:
        with self.lock:
            if operation.done or not phone.is_reachable:
                return  # cancelled, expired, planned twice, or the phone went away meanwhile
            self._complete(phone, operation)
            was_deleted = phone.deleted
        if is_early:
            self.notifier.send_now("COMMAND", operation.to_json(has_password=phone.echo == "all"))
            return
        self.notify_command(phone, operation)
        if was_deleted or not operation.error_code:
            self.report(phone)

    def _complete(self, phone: Phone, operation: Operation) -> None:
        if phone.completion in {"cancelled", "expired"}:
            operation.give_up(CANCELLED if phone.completion == "cancelled" else DEADLINE_EXCEEDED)
            return
        error_code = phone.execute(operation.name, operation.command, rfc3339(time.time()))
        operation.finish(error_code, phone.completion)

    def _expire(self, phone: Phone, operation: Operation) -> None:
        with self.lock:
            if operation.done:
                return
            operation.give_up(DEADLINE_EXCEEDED)
        self.notify_command(phone, operation)


def _checked_command(command: Mapping[str, Any]) -> Json:
    """Return the command with its type, which AMAPI infers from parameters where it is missing."""
    given = [field for field in command if field in _SERVER_FIELDS or field.endswith("Status")]
    if given:
        raise ApiError(400, f"Output only field: {given[0]}")
    inferred = [kind for field, kind in _PARAMS_TYPES.items() if field in command]
    kind = command.get("type") or (inferred[0] if inferred else "COMMAND_TYPE_UNSPECIFIED")
    if kind == "COMMAND_TYPE_UNSPECIFIED" or any(kind != other for other in inferred):
        raise ApiError(400, "Command type is not allowed")
    if duration_s(command.get("duration", "600s")) <= 0:
        raise ApiError(400, "Command duration must be positive")
    return {**copy.deepcopy(dict(command)), "type": kind}
