"""The operations of the API that this client calls, one method each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from passcodectl.answers import Json
from passcodectl.errors import not_the_api
from passcodectl.transport import Transport

_IN = "/v1/enterprises/{enterprise_id}"

OPERATIONS: dict[str, tuple[str, str]] = {
    "listDevices": ("GET", f"{_IN}/devices"),
    "getDevice": ("GET", f"{_IN}/devices/{{device_id}}"),
    "checkReset": ("GET", f"{_IN}/devices/{{device_id}}:checkReset"),
    "resetPasscode": ("POST", f"{_IN}/devices/{{device_id}}:resetPasscode"),
    "listActions": ("GET", f"{_IN}/actions"),
    "getAction": ("GET", f"{_IN}/actions/{{action_id}}"),
    "listEvents": ("GET", f"{_IN}/actions/{{action_id}}/events"),
    "cancelAction": ("POST", f"{_IN}/actions/{{action_id}}:cancel"),
    "revealPasscode": ("POST", f"{_IN}/passcodes/{{action_id}}:reveal"),
}
"""operationId → method and path, as in ``docs/openapi.yaml``; a test compares them."""

DOORS = {"reset": "/_session/reset", "reveal": "/_session/reveal"}
"""What stands behind a backend of its own, where IAP judges a sign-in anew → a page there that does nothing."""

MAX_PAGE = 200
"""The API gives no more rows at once."""


@dataclass(frozen=True, slots=True)
class ResetWish:
    """The body of ``:resetPasscode``; ``valid_for_s`` None takes the enterprise's default."""

    request_id: str
    reason: str = ""
    notify_user: bool = False
    valid_for_s: int | None = None
    lock_now: bool = True
    require_entry: bool = False

    def body(self) -> Json:
        """Return the JSON; what is left to the API's defaults is not named."""
        body: Json = {"requestId": self.request_id, "lockNow": self.lock_now}
        if self.reason:
            body["reason"] = self.reason
        if self.notify_user:
            body["notifyUser"] = True
        if self.require_entry:
            body["requireEntry"] = True
        if self.valid_for_s is not None:
            body["validFor"] = f"{self.valid_for_s}s"
        return body


class Api:
    """One enterprise of one API. Ids are bare; answers are the JSON of ``docs/openapi.yaml``.

    All methods raise ``CtlError``.
    """

    def __init__(self, transport: Transport, enterprise: str) -> None:
        self.enterprise = enterprise
        self._transport = transport

    def devices(self, query: str = "", order: str = "user", page_size: int = MAX_PAGE) -> Iterator[Json]:
        """Yield devices, page by page as they are wanted."""
        return self._pages("listDevices", "devices", {"query": query, "orderBy": order}, page_size)

    def device(self, device_id: str) -> Json:
        """Return a device."""
        return self._call("getDevice", device_id=device_id)

    def check_reset(self, device_id: str) -> Json:
        """Return whether a reset would be accepted, with all blockers and warnings."""
        return self._call("checkReset", device_id=device_id)

    def reset(self, device_id: str, wish: ResetWish) -> Json:
        """Ask for a reset and return the action; a lost answer is asked again under the same request id."""
        return self._call("resetPasscode", body=wish.body(), device_id=device_id)

    def actions(self, filters: Mapping[str, str], page_size: int = MAX_PAGE) -> Iterator[Json]:
        """Yield resets, newest first. Filters: device, status, actor, from, to."""
        return self._pages("listActions", "actions", filters, page_size)

    def action(self, action_id: str, patience_s: float | None = None) -> Json:
        """Return a reset; ``patience_s`` as in ``Transport.call``."""
        return self._call("getAction", patience_s=patience_s, action_id=action_id)

    def events(self, action_id: str, patience_s: float | None = None) -> Iterator[Json]:
        """Yield the history of a reset, oldest first; ``patience_s`` of each page as in ``Transport.call``."""
        return self._pages("listEvents", "events", {}, patience_s=patience_s, action_id=action_id)

    def cancel(self, action_id: str) -> Json:
        """Ask for a reset to be withdrawn; safe to repeat."""
        return self._call("cancelAction", body={}, action_id=action_id)

    def reveal(self, action_id: str, reason: str) -> Json:
        """Read a passcode.

        Each reading is audited and counts for the limit before anything is opened, also where the answer is lost or
        503: so none that may have arrived is asked for again by itself.
        """
        return self._call("revealPasscode", body={"reason": reason}, each_counts=True, action_id=action_id)

    def come_through(self, door: str) -> None:
        """Show that this caller gets as far as the function behind a door of ``DOORS``; nothing is done there."""
        self._transport.visit(DOORS[door])

    def _pages(
        self,
        operation: str,
        rows: str,
        filters: Mapping[str, str],
        page_size: int = MAX_PAGE,
        *,
        patience_s: float | None = None,
        **ids: str,
    ) -> Iterator[Json]:
        query = {name: value for name, value in filters.items() if value}
        query["pageSize"] = str(max(1, min(page_size, MAX_PAGE)))
        while True:
            page = self._call(operation, query=query, patience_s=patience_s, **ids)
            yield from page.get(rows, [])
            # A page may be short, even empty, and still have a next one.
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]

    def _call(self, operation: str, *, query: Mapping[str, str] | None = None, **more: Any) -> Json:
        method, template = OPERATIONS[operation]
        sending = {name: more.pop(name) for name in ("body", "each_counts", "patience_s") if name in more}
        ids = {name: quote(value, safe="") for name, value in {"enterprise_id": self.enterprise, **more}.items()}
        answer = self._transport.call(method, template.format(**ids), query=query, **sending)
        missing = [name for name in ANSWERS[operation] if name not in answer]
        if missing:
            raise not_the_api(
                f"The answer to {operation} lacks {', '.join(missing)}: is this the address of the API?"
            )
        return answer


ANSWERS: dict[str, tuple[str, ...]] = {
    "listDevices": ("devices", "nextPageToken"),
    "getDevice": ("name", "displayName", "serialNumber", "user"),
    "checkReset": ("eligible", "blockers", "warnings", "scopeSentence"),
    "resetPasscode": ("name", "status", "device", "createTime", "expireTime"),
    "listActions": ("actions", "nextPageToken"),
    "getAction": ("name", "status", "device", "createTime", "expireTime"),
    "listEvents": ("events", "nextPageToken"),
    "cancelAction": ("name", "status", "device", "createTime", "expireTime"),
    "revealPasscode": ("passcode", "supersededBy", "uncertain", "expireTime"),
}
"""operationId → what this client relies on in the answer; all of it is required by ``docs/openapi.yaml``."""
