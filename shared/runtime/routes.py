"""The routes of the HTTP API, as data and as handlers (runtime layer).

Each route decodes, calls one service and encodes. The table is what the OpenAPI document is generated from.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
from flask import Flask, Request, Response, request
from werkzeug.routing import BaseConverter

from shared.domain import mail_address
from shared.domain import resource_names as names
from shared.domain.action import MAX_REASON, Status
from shared.domain.device import MAX_USER_TEXT, DeviceUser
from shared.domain.errors import RejectedError
from shared.runtime import resources as wire
from shared.runtime.web import Identity, decode, json_answer
from shared.services.accept_reset import AcceptReset, ResetWish
from shared.services.access import Caller
from shared.services.assign_user import AssignUser
from shared.services.cancel_reset import CancelReset
from shared.services.ports import DEVICE_ORDERS, ActionFilter, PageRequest
from shared.services.read_console import ReadConsole, ShowActions
from shared.services.reveal_passcode import RevealPasscode

MIN_REVEAL_REASON = 3
"""Shortest reason that says something; the console asks for the same."""
DEFAULT_PAGE, MAX_PAGE = 50, 200
"""AIP-158: a larger page size is cut down, not refused."""
_SECONDS = re.compile(r"([0-9]{1,9})s")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class IdConverter(BaseConverter):
    """Lets only the ids of the allow-list into a route; all else is no such path."""

    regex = names.ID_PATTERN.pattern


@dataclass(frozen=True, slots=True)
class Route:
    """One route; ``parameters`` are those of the query."""

    method: str
    path: str
    operation_id: str
    summary: str
    answer: type[msgspec.Struct]
    handle: Callable[..., object]
    body: type[msgspec.Struct] | None = None
    parameters: tuple[str, ...] = ()


ENTERPRISE = "/v1/enterprises/<id:enterprise_id>"
DEVICE = f"{ENTERPRISE}/devices/<id:device_id>"
ACTION = f"{ENTERPRISE}/actions/<id:action_id>"
PAGING = ("pageSize", "pageToken")


def add_routes(app: Flask, identity: Identity, routes: Sequence[Route]) -> None:
    """Put routes into an app. Who calls is found out before anything of the request is looked at."""
    app.url_map.converters["id"] = IdConverter
    for route in routes:
        app.add_url_rule(route.path, route.operation_id, _view(identity, route), methods=[route.method])


def _view(identity: Identity, route: Route) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        caller = identity.caller(request)
        _check_parameters(request, route)
        return json_answer(route.handle(caller, request, **ids))

    return view


def _check_parameters(raw: Request, route: Route) -> None:
    unknown = sorted(set(raw.args) - set(route.parameters))
    if unknown:
        raise RejectedError("INVALID_PARAMETER", f"Unknown query parameter: {unknown[0][:60]}.")


def reset_routes(
    accept: AcceptReset, cancel: CancelReset, assign: AssignUser, show: ShowActions
) -> tuple[Route, ...]:
    """Return the writing routes of ``reset_passcode``."""
    reset, withdraw = partial(_reset, accept, show=show), partial(_withdraw, cancel, show=show)
    patch = partial(_assign, assign)
    return (
        Route(
            "POST",
            f"{DEVICE}:resetPasscode",
            "resetPasscode",
            "Reset the passcode of a device",
            wire.ActionResource,
            reset,
            wire.ResetBody,
        ),
        Route(
            "POST",
            f"{ACTION}:cancel",
            "cancelAction",
            "Ask for a reset to be withdrawn",
            wire.ActionResource,
            withdraw,
            wire.CancelBody,
        ),
        Route("PATCH", DEVICE, "updateDevice", "Assign a user", wire.DeviceResource, patch, wire.AssignBody),
    )


def _reset(
    accept: AcceptReset, caller: Caller, raw: Request, enterprise_id: str, device_id: str, *, show: ShowActions
) -> wire.ActionResource:
    body = decode(wire.ResetBody, raw)
    wish = ResetWish(
        notify_user=body.notify_user,
        reason=_line(body.reason, "reason", MAX_REASON),
        valid_for=_valid_for(body.valid_for),
        lock_now=body.lock_now,
        require_entry=body.require_entry,
    )
    device = names.device_name(enterprise_id, device_id)
    action = accept(caller, device, wish, _request_id(body.request_id))
    return wire.action_resource(*show([action]))


def _withdraw(
    cancel: CancelReset, caller: Caller, raw: Request, enterprise_id: str, action_id: str, *, show: ShowActions
) -> wire.ActionResource:
    decode(wire.CancelBody, raw)
    action = cancel(caller, names.action_name(enterprise_id, action_id))
    return wire.action_resource(*show([action]))


def _assign(
    assign: AssignUser, caller: Caller, raw: Request, enterprise_id: str, device_id: str
) -> wire.DeviceResource:
    user = decode(wire.AssignBody, raw).user
    asked = DeviceUser(
        _line(user.display_name, "user.displayName", MAX_USER_TEXT),
        _line(user.email, "user.email", mail_address.MAX_LENGTH),
        _line(user.locale, "user.locale", MAX_USER_TEXT),
    )
    return wire.device_resource(assign(caller, names.device_name(enterprise_id, device_id), asked))


def reveal_routes(reveal: RevealPasscode) -> tuple[Route, ...]:
    """Return the one route of ``reveal_passcode``."""
    path = f"{ENTERPRISE}/passcodes/<id:action_id>:reveal"
    summary = "Read the passcode of a reset; every reading is audited"
    show = partial(_reveal, reveal)
    return (Route("POST", path, "revealPasscode", summary, wire.RevealResource, show, wire.RevealBody),)


def _reveal(
    reveal: RevealPasscode, caller: Caller, raw: Request, enterprise_id: str, action_id: str
) -> wire.RevealResource:
    reason = _line(decode(wire.RevealBody, raw).reason, "reason", MAX_REASON).strip()
    if len(reason) < MIN_REVEAL_REASON:
        raise RejectedError("INVALID_FIELD", f"reason has at least {MIN_REVEAL_REASON} characters.")
    return wire.reveal_resource(reveal(caller, names.action_name(enterprise_id, action_id), reason))


def read_routes(reads: ReadConsole) -> tuple[Route, ...]:
    """Return the reading routes of ``console``."""
    judged = "Judge whether a reset would be accepted"
    listed = ("query", "orderBy", *PAGING)
    logged = ("device", "status", "actor", "from", "to", *PAGING)
    rows = (
        (f"{DEVICE}:checkReset", "checkReset", judged, wire.VerdictResource, _check, ()),
        (DEVICE, "getDevice", "Read a device", wire.DeviceResource, _device, ()),
        (f"{ENTERPRISE}/devices", "listDevices", "List or search devices", wire.DevicesPage, _devices, listed),
        (ACTION, "getAction", "Read a reset", wire.ActionResource, _action, ()),
        (f"{ENTERPRISE}/actions", "listActions", "List resets, newest first", wire.ActionsPage, _actions, logged),
        (f"{ACTION}/events", "listEvents", "List the history of a reset", wire.EventsPage, _events, PAGING),
    )
    return tuple(
        Route("GET", path, operation_id, summary, answer, partial(handle, reads), parameters=parameters)
        for path, operation_id, summary, answer, handle, parameters in rows
    )


def _check(
    reads: ReadConsole, caller: Caller, _raw: Request, enterprise_id: str, device_id: str
) -> wire.VerdictResource:
    return wire.verdict_resource(reads.check_reset(caller, names.device_name(enterprise_id, device_id)))


def _device(
    reads: ReadConsole, caller: Caller, _raw: Request, enterprise_id: str, device_id: str
) -> wire.DeviceResource:
    return wire.device_resource(reads.device(caller, names.device_name(enterprise_id, device_id)))


def _devices(reads: ReadConsole, caller: Caller, raw: Request, enterprise_id: str) -> wire.DevicesPage:
    order = raw.args.get("orderBy", DEVICE_ORDERS[0])
    if order not in DEVICE_ORDERS:
        raise RejectedError("INVALID_PARAMETER", f"orderBy is one of {', '.join(DEVICE_ORDERS)}.")
    query = _line(raw.args.get("query", ""), "query", MAX_USER_TEXT)
    found = reads.devices(caller, names.enterprise_name(enterprise_id), query, order, _page(raw))
    return wire.DevicesPage(tuple(wire.device_resource(row) for row in found.rows), found.next_page_token)


def _action(
    reads: ReadConsole, caller: Caller, _raw: Request, enterprise_id: str, action_id: str
) -> wire.ActionResource:
    return wire.action_resource(reads.action(caller, names.action_name(enterprise_id, action_id)))


def _actions(reads: ReadConsole, caller: Caller, raw: Request, enterprise_id: str) -> wire.ActionsPage:
    where = _action_filter(raw, enterprise_id)
    found = reads.actions(caller, names.enterprise_name(enterprise_id), where, _page(raw))
    return wire.ActionsPage(tuple(wire.action_resource(row) for row in found.rows), found.next_page_token)


def _events(
    reads: ReadConsole, caller: Caller, raw: Request, enterprise_id: str, action_id: str
) -> wire.EventsPage:
    found = reads.events(caller, names.action_name(enterprise_id, action_id), _page(raw))
    return wire.EventsPage(tuple(wire.event_resource(row) for row in found.rows), found.next_page_token)


def _request_id(value: str | None) -> str | None:
    if value is not None and not _REQUEST_ID.fullmatch(value):
        raise RejectedError("INVALID_FIELD", "requestId has 1 to 64 letters, digits and . _ : -; a UUID is best.")
    return value


def _valid_for(value: str | None) -> timedelta | None:
    if value is None:
        return None
    match = _SECONDS.fullmatch(value)
    if match is None:
        raise RejectedError("INVALID_FIELD", "validFor is whole seconds as text, such as 86400s.")
    return timedelta(seconds=int(match.group(1)))


def _line(text: str, field: str, most: int) -> str:
    """Return one line of text as it is; control characters would forge lines in logs and mails."""
    if len(text) > most or _CONTROL.search(text):
        raise RejectedError("INVALID_FIELD", f"{field} is one line of at most {most} characters.")
    return text


def _page(raw: Request) -> PageRequest:
    size = raw.args.get("pageSize", "0")
    if not size.isascii() or not size.isdigit():
        raise RejectedError("INVALID_PARAMETER", "pageSize is a whole number.")
    return PageRequest(min(int(size[:6]) or DEFAULT_PAGE, MAX_PAGE), raw.args.get("pageToken") or None)


def _action_filter(raw: Request, enterprise_id: str) -> ActionFilter:
    device, status = raw.args.get("device"), raw.args.get("status")
    if status and status not in Status.__members__:
        raise RejectedError("INVALID_PARAMETER", f"status is one of {', '.join(Status)}.")
    if device and not names.is_device(device):
        device = _device_of_id(enterprise_id, device)
    return ActionFilter(
        device_name=device or None,
        status=status or None,
        actor=raw.args.get("actor") or None,
        created_from=_time(raw, "from"),
        created_before=_time(raw, "to"),
    )


def _device_of_id(enterprise_id: str, device_id: str) -> str:
    try:
        return names.device_name(enterprise_id, device_id)
    except ValueError:
        raise RejectedError("INVALID_PARAMETER", "device is a device's name or id.") from None


def _time(raw: Request, name: str) -> datetime | None:
    text = raw.args.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the first and the last day of the calendar may not exist in UTC
        raise RejectedError("INVALID_PARAMETER", f"{name} is a date or an RFC 3339 time.") from None
