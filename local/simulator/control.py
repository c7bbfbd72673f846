"""The control API under ``/_sim``: look at phones, set their knobs, order faults, read the calls.

| call | does |
|---|---|
| ``GET /_sim/devices``, ``GET /_sim/devices/{d}`` | ``{name, passcode, locked, online, executed, …}`` |
| ``PATCH /_sim/devices/{d}`` | sets knobs; ``d`` is the device's id or its whole name |
| ``POST /_sim/devices/{d}:unlock`` | the user enters the passcode |
| ``POST /_sim/faults`` | ``{method, kind, count}``, see ``faults`` |
| ``POST /_sim/notifications`` | ``{mode, delay?}``, see ``notifications`` |
| ``POST /_sim/notify`` | ``{type, device?}``: publish one notification now |
| ``POST /_sim/signup`` | ``{name}``: a person completes a sign-up URL; returns ``{callbackUrl}`` with the token |
| ``GET /_sim/calls`` | every AMAPI call in order, passcodes included: this is the phones' side |
"""

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from local.simulator.amapi import Reply, json_reply
from local.simulator.errors import ApiError
from local.simulator.notifications import MODES, TYPES
from local.simulator.phone import COMPLETIONS, ECHOES, OUTCOMES, Phone
from local.simulator.world import World

Json = dict[str, Any]

_Handler = Callable[[World, re.Match[str], Json], object]

_SECONDS = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)s")
_LATE_S = "5s"
"""Delay of ``late`` where none is given: longer than any answer takes."""


class ControlError(Exception):
    """A control call that cannot be served, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def serve(world: World, http_method: str, path: str, content: bytes) -> Reply:
    """Answer one call under ``/_sim``; never raises."""
    try:
        handler, match = _route(http_method, path)
        return json_reply(200, handler(world, match, _body(content)))
    except ControlError as error:
        return json_reply(error.status, {"error": {"code": error.status, "message": str(error)}})


def _route(http_method: str, path: str) -> tuple[_Handler, re.Match[str]]:
    for route_method, pattern, handler in _ROUTES:
        match = pattern.fullmatch(path)
        if match and route_method == http_method:
            return handler, match
    raise ControlError(404, f"no such control call: {http_method} {path}")


def _body(content: bytes) -> Json:
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ControlError(400, "the body is no JSON object")
    return body


def _devices(world: World, _match: re.Match[str], _body: Json) -> object:
    with world.lock:
        return [copy.deepcopy(phone.view()) for _, phone in sorted(world.phones.items())]


def _device(world: World, match: re.Match[str], _body: Json) -> object:
    with world.lock:
        return copy.deepcopy(_phone(world, match).view())


def _patch_device(world: World, match: re.Match[str], body: Json) -> object:
    with world.lock:
        phone = _phone(world, match)
        was_reachable, was_deleted = phone.is_reachable, phone.deleted
        for field, value in _settings(body).items():
            setattr(phone, field, value)
        is_reachable, is_deleted = phone.is_reachable, phone.deleted
    if is_deleted and not was_deleted:
        world.report(phone)
    elif was_deleted and not is_deleted:
        world.report(phone, "ENROLLMENT")
    if is_reachable and not was_reachable:
        world.wake(phone)
    return _device(world, match, {})


def _unlock(world: World, match: re.Match[str], _body: Json) -> object:
    with world.lock:
        phone = _phone(world, match)
        phone.unlock()
        phone.device.pop("nonComplianceDetails", None)
    world.report(phone)
    return _device(world, match, {})


def _faults(world: World, _match: re.Match[str], body: Json) -> object:
    method, kind, count = body.get("method"), body.get("kind"), body.get("count", 1)
    if not isinstance(method, str) or not isinstance(kind, str) or not isinstance(count, int) or count < 0:
        raise ControlError(400, "wanted: method, kind, count")
    try:
        world.faults.add(method, kind, count)
    except ValueError as error:
        raise ControlError(400, str(error)) from error
    return {}


def _notifications(world: World, _match: re.Match[str], body: Json) -> object:
    mode = _choice(MODES)(body.get("mode"))
    world.notifier.set_mode(str(mode), _seconds(body.get("delay", _LATE_S)))
    return {"mode": mode}


def _notify(world: World, _match: re.Match[str], body: Json) -> object:
    kind = str(_choice(TYPES)(body.get("type")))
    device = body.get("device")
    with world.lock:
        if kind in {"ENROLLMENT", "STATUS_REPORT"} and not isinstance(device, str):
            raise ControlError(400, "wanted: device")
        resource = copy.deepcopy(_find(world, device).device) if isinstance(device, str) else {}
    world.notifier.send_now(kind, resource)
    return {}


def _signup(world: World, _match: re.Match[str], body: Json) -> object:
    try:
        with world.lock:
            return {"callbackUrl": world.sign_ups.complete(str(body.get("name")))}
    except ApiError as error:
        raise ControlError(error.code, "no such sign-up URL") from error


def _calls(world: World, _match: re.Match[str], _body: Json) -> object:
    with world.lock:
        return copy.deepcopy(world.calls)


def _phone(world: World, match: re.Match[str]) -> Phone:
    return _find(world, match.group("device"))


def _find(world: World, device: str) -> Phone:
    for name, phone in world.phones.items():
        if device in {name, phone.id}:
            return phone
    raise ControlError(404, "no such device")


def _settings(body: Mapping[str, Any]) -> Json:
    """Return the fields of ``Phone`` to set; all of the body is checked before any is."""
    unknown = [key for key in body if key not in _KNOBS]
    if unknown:
        raise ControlError(400, f"no such knob: {', '.join(unknown)}")
    return {_KNOBS[key][0]: _KNOBS[key][1](value) for key, value in body.items()}


def _boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise ControlError(400, "wanted: true or false")
    return value


def _seconds(value: object) -> float:
    match = _SECONDS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ControlError(400, 'wanted: seconds such as "3s"')
    return float(match.group(1))


def _choice(words: tuple[str, ...]) -> Callable[[object], object]:
    def checked(value: object) -> object:
        if value not in words:
            raise ControlError(400, f"wanted: one of {', '.join(words)}")
        return value

    return checked


_KNOBS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "online": ("online", _boolean),
    "ackDelay": ("ack_delay_s", _seconds),
    "outcome": ("outcome", _choice(OUTCOMES)),
    "completion": ("completion", _choice(COMPLETIONS)),
    "echo": ("echo", _choice(ECHOES)),
    "tokenActive": ("token_active", _boolean),
    "unlockedSinceBoot": ("unlocked_since_boot", _boolean),
    "paused": ("paused", _boolean),
    "entryRequired": ("entry_required", _boolean),
    "deleted": ("deleted", _boolean),
}
"""Knob of the control API, its field of ``Phone``, its check."""

_ROUTES: tuple[tuple[str, re.Pattern[str], _Handler], ...] = (
    ("GET", re.compile(r"/_sim/devices"), _devices),
    ("GET", re.compile(r"/_sim/devices/(?P<device>[^:]+)"), _device),
    ("PATCH", re.compile(r"/_sim/devices/(?P<device>[^:]+)"), _patch_device),
    ("POST", re.compile(r"/_sim/devices/(?P<device>[^:]+):unlock"), _unlock),
    ("POST", re.compile(r"/_sim/faults"), _faults),
    ("POST", re.compile(r"/_sim/notifications"), _notifications),
    ("POST", re.compile(r"/_sim/notify"), _notify),
    ("POST", re.compile(r"/_sim/signup"), _signup),
    ("GET", re.compile(r"/_sim/calls"), _calls),
)
