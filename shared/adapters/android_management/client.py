"""The port ``DeviceManagement`` on AMAPI's generated client (adapter layer).

Every name is checked against the allow-list of ids before a URL is built from it: the generated client lets
``D:wipe``, ``..`` and ``%2F`` through, and AMAPI's one permission includes WIPE.
"""

import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

from shared.adapters.android_management.answers import CallFailedError, Failure, issue_error, read_error
from shared.adapters.android_management.devices import device_from_json
from shared.adapters.android_management.fields import parts, text
from shared.adapters.android_management.operations import RESET_COMMAND, operation_from_json
from shared.domain.device import Device
from shared.domain.errors import TransientError
from shared.domain.operation import Operation
from shared.domain.resource_names import is_device, is_enterprise, is_operation
from shared.domain.secret import Secret

if TYPE_CHECKING:
    from shared.adapters.android_management.transport import Transport

GOOGLE_ENDPOINT = "https://androidmanagement.googleapis.com"
ANSWER_TIMEOUT_S = 25.0
"""Most seconds to wait for an answer; with token (15) and connecting (5) it stays within 45 s a call."""
PAGE_SIZE = 100
"""AMAPI's largest page."""
MAX_OPERATION_PAGES = 20
"""2,000 commands of one device; a server that never ends its pages must not hold the caller for ever."""
LEAKING_LOGGERS = (
    "googleapiclient.model",
    "googleapiclient.http",
    "googleapiclient.discovery",
    "google.auth.transport.requests",
    "google.auth",
    "urllib3.connectionpool",
    "requests",
    "http.client",
    "httplib2",
)
"""Loggers that write bodies, headers or URLs at DEBUG or INFO; whoever sets up logging pins them to WARNING."""
PAGES_WITHIN = 0.5
"""Share of the time-out for an answer in which further pages of operations are asked for: a list is one call to its
caller, and one that hangs at its second page still ends within a run of the timer."""
_NOT_FOUND = 404
_NOT_IMPLEMENTED = 501


class AndroidManagement:
    """AMAPI over one ``Transport``; safe to use from several threads, and cheap until the first call.

    Args:
        endpoint: ``https://host``, or ``http://`` on a loopback address for a simulator; None = Google's.
        credentials: google-auth credentials; None = the environment's own, or none at all on plain loopback.
        timeout_s: seconds to wait for an answer, at most ``ANSWER_TIMEOUT_S``.
    """

    def __init__(
        self, endpoint: str | None = None, credentials: Any = None, timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        if not 0 < timeout_s <= ANSWER_TIMEOUT_S:
            raise ValueError(f"timeout_s must be above 0 and at most {ANSWER_TIMEOUT_S}")
        self._endpoint = endpoint or GOOGLE_ENDPOINT
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._build_lock = threading.Lock()
        self._transport: Transport | None = None
        self._built: Any = None

    def issue_reset(
        self, device_name: str, passcode: Secret, *, duration_s: int, lock_now: bool, require_entry: bool
    ) -> Operation:
        """Send one RESET_PASSWORD command, by exactly one POST.

        Not safe to repeat blindly: AMAPI has no request id, so a second call is a second command. It is harmless
        only because each attempt of an action carries the same passcode. ``DO_NOT_ASK_CREDENTIALS_ON_BOOT`` is
        never sent: a device owner cannot undo it without a factory reset.

        Args:
            device_name: ``enterprises/{e}/devices/{d}``.
            passcode: the new passcode.
            duration_s: seconds for which the command stays valid, above 0.
            lock_now: lock the device after the reset.
            require_entry: no other admin may change the passcode until the user has entered it.

        Raises:
            PermanentError: 400 or 404, refused for good; ``reason`` is the RPC status word (ack).
            ThrottledError: 429; ``retry_after_s`` is at least 60 (retry).
            UnauthorisedError: 401, 403, or no credentials (retry).
            NotSentError: no byte of the request left this process (retry).
            AmbiguousOutcomeError: anything else: the command may have been accepted.
            ValueError: not a device name, or a duration that is not above 0.
        """
        _require(is_device(device_name), "device name")
        _require(duration_s > 0, "duration")
        body = _reset_body(passcode, duration_s, lock_now=lock_now, require_entry=require_entry)
        answer, failure = _call(self._devices().issueCommand(name=device_name, body=body))
        if failure is None:
            operation = operation_from_json(answer)
            if operation is not None and operation.device_name == device_name:
                return operation
            failure = _UNREADABLE
        raise issue_error(failure.without(passcode.reveal()))

    def get_operation(self, name: str) -> Operation | None:
        """Read an operation; None where AMAPI answers 404. Safe to repeat.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
            ValueError: not an operation name.
        """
        _require(is_operation(name), "operation name")
        answer = self._read(self._operations().get(name=name))
        if answer is None:
            return None
        operation = operation_from_json(answer)
        if operation is None or operation.name != name:
            raise read_error(_UNREADABLE)
        return operation

    def list_operations(self, device_name: str) -> list[Operation]:
        """Read the operations of a device that AMAPI still knows, in no promised order; [] on 404.

        Safe to repeat. At most ``MAX_OPERATION_PAGES`` pages are read, so absence from the list proves nothing.
        Pages that come too slowly are no answer.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
            ValueError: not a device name.
        """
        _require(is_device(device_name), "device name")
        found: list[Operation] = []
        page_token = ""
        until = monotonic() + self._timeout_s * PAGES_WITHIN
        for _ in range(MAX_OPERATION_PAGES):
            if page_token and monotonic() > until:
                raise read_error(_SLOW_PAGES)
            page = self._operation_page(device_name, page_token)
            read = [operation_from_json(raw) for raw in parts(page, "operations")]
            found += [operation for operation in read if operation and operation.device_name == device_name]
            page_token = text(page, "nextPageToken")
            if not page_token:
                break
        return found

    def cancel_operation(self, name: str) -> None:
        """Ask for cancellation; it proves nothing, so refusals (4xx, 501) are swallowed. Safe to repeat.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
            ValueError: not an operation name.
        """
        _require(is_operation(name), "operation name")
        _, failure = _call(self._operations().cancel(name=name))
        if failure is None:
            return
        error = read_error(failure)
        is_refused = type(error) is TransientError and 400 <= failure.status < 500  # noqa: PLR2004  # 4xx
        if not is_refused and failure.status != _NOT_IMPLEMENTED:
            raise error

    def get_device(self, device_name: str) -> Device | None:
        """Read a device; None where AMAPI answers 404. Safe to repeat.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
            ValueError: not a device name.
        """
        _require(is_device(device_name), "device name")
        answer = self._read(self._devices().get(name=device_name))
        if answer is None:
            return None
        device = device_from_json(answer)
        if device is None or device.name != device_name:
            raise read_error(_UNREADABLE)
        return device

    def list_devices(self, enterprise: str, page_token: str) -> tuple[list[Device], str]:
        """Read one page of up to 100 devices and the next page's token ("" = last page). Safe to repeat.

        Entries that are no device of this enterprise are left out. A token that AMAPI does not know any more is a
        ``TransientError`` with ``reason`` ``INVALID_ARGUMENT``: start the pass again.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
            ValueError: not an enterprise name.
        """
        _require(is_enterprise(enterprise), "enterprise name")
        token = {"pageToken": page_token} if page_token else {}
        page = self._read(self._devices().list(parent=enterprise, pageSize=PAGE_SIZE, **token))
        if page is None:
            raise read_error(Failure(sent=True, status=_NOT_FOUND, word="NOT_FOUND"))
        read = [device_from_json(raw) for raw in parts(page, "devices")]
        mine = [device for device in read if device and device.name.startswith(f"{enterprise}/")]
        return mine, text(page, "nextPageToken")

    def close(self) -> None:
        """Close all connections."""
        with self._build_lock:
            if self._transport is not None:
                self._transport.close()

    def _operation_page(self, device_name: str, page_token: str) -> dict[str, Any]:
        token = {"pageToken": page_token} if page_token else {}
        request = self._operations().list(name=f"{device_name}/operations", pageSize=PAGE_SIZE, **token)
        return self._read(request) or {}

    def _read(self, request: Any) -> dict[str, Any] | None:
        answer, failure = _call(request)
        if failure is None:
            return answer
        if failure.status == _NOT_FOUND:
            return None
        raise read_error(failure)

    def _devices(self) -> Any:
        if self._built is None:
            with self._build_lock:
                self._built = self._built or self._build().enterprises().devices()
        return self._built

    def _operations(self) -> Any:
        return self._devices().operations()

    def _build(self) -> Any:
        # The SDKs cost 200 ms: only functions that call AMAPI pay, and only when they do.
        from googleapiclient.discovery import build  # noqa: PLC0415  # see above

        from shared.adapters.android_management.transport import Transport  # noqa: PLC0415  # see above

        self._transport = Transport(self._endpoint, self._credentials, self._timeout_s)
        return build(
            "androidmanagement",
            "v1",
            http=self._transport,
            static_discovery=True,  # the document in the package: no network
            cache_discovery=False,
            client_options={"api_endpoint": self._endpoint},
        )


_SLOW_PAGES = Failure(sent=True, word="SLOW_PAGES")
_UNREADABLE = Failure(sent=True, status=200, word="UNREADABLE_ANSWER")


def _call(request: Any) -> tuple[dict[str, Any], Failure | None]:
    """Execute once; the caller raises, outside of any ``except``, so that no error drags the SDK's along."""
    try:
        answer = request.execute(num_retries=0)
    except CallFailedError as error:
        return {}, error.failure
    except (ValueError, RecursionError):
        return {}, _UNREADABLE  # neither text nor JSON that can be read
    return (answer, None) if isinstance(answer, dict) else ({}, _UNREADABLE)


def _reset_body(passcode: Secret, duration_s: int, *, lock_now: bool, require_entry: bool) -> dict[str, Any]:
    """Return the ``Command``. Source: schema Command of AMAPI's discovery document."""
    wanted = {"LOCK_NOW": lock_now, "REQUIRE_ENTRY": require_entry}
    return {
        "type": RESET_COMMAND,
        "newPassword": passcode.reveal(),
        "duration": f"{duration_s}s",
        "resetPasswordFlags": [flag for flag, is_wanted in wanted.items() if is_wanted],
    }


def _require(is_fine: bool, what: str) -> None:
    if not is_fine:
        raise ValueError(f"not a {what}")
