"""AMAPI's own paths: checks a call against the discovery document, serves it, checks the answer likewise."""

import base64
import binascii
import copy
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from local.simulator import faults, schemas
from local.simulator.errors import ApiError
from local.simulator.operations import Operation
from local.simulator.world import World

Json = dict[str, Any]

MAX_PAGE_SIZE = 100
"""AMAPI's largest page; larger wishes are brought down to it."""
_DEFAULT_PAGE_SIZE = 10
"""Of devices.list; the discovery document names it."""
_BASIC_FIELDS = ("name", "enterpriseDisplayName")
"""What enterprises.list tells of each."""
_DEVICE_FIELDS = ("state", "policyName", "disabledReason")
"""What devices.patch may change."""
_MAX_CALLS = 100_000
"""Calls kept for the control API; a load test would otherwise fill the memory."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and what becomes of it: ``send``, ``drop``, ``reset``, ``hang`` or ``truncate``."""

    status: int
    body: bytes = b"{}"
    fate: str = "send"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request under ``/v1``."""

    http_method: str
    path: str
    query: dict[str, list[str]]
    content: bytes
    ids: tuple[str, ...] = field(default=())

    def value(self, name: str) -> str:
        """Return a query parameter, "" where it is missing."""
        return self.query.get(name, [""])[-1]


def serve(world: World, http_method: str, path: str, query: str, content: bytes) -> Reply:
    """Answer one call under ``/v1`` and write it down; never raises."""
    found = schemas.find(http_method, path)
    call = Call(http_method, path, parse_qs(query, keep_blank_values=True), content, found[1] if found else ())
    entry = _written_down(world, call, found[0].id if found else "")
    reply = _with_fault(world, found[0], call) if found else json_reply(404, ApiError(404).body())
    entry["status"] = reply.status if reply.fate == "send" else 0
    return reply


def json_reply(status: int, body: object) -> Reply:
    """Return a JSON answer."""
    return Reply(status, json.dumps(body, ensure_ascii=False).encode())


def _written_down(world: World, call: Call, method_id: str) -> Json:
    entry: Json = {
        "method": method_id,
        "httpMethod": call.http_method,
        "path": call.path,
        "query": {name: values[-1] for name, values in call.query.items()},
        "body": _decoded(call.content),
        "time": time.time(),
        "status": None,
    }
    with world.lock:
        world.calls.append(entry)
        del world.calls[:-_MAX_CALLS]
    return entry


def _decoded(content: bytes) -> object:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode("utf-8", "replace")


def _with_fault(world: World, method: schemas.Method, call: Call) -> Reply:
    kind = world.faults.take(method.id)
    status = faults.status_of(kind)
    if status:
        return json_reply(status, ApiError(status).body())
    if kind in faults.BEFORE_ACCEPT:
        return _before_accept(kind, call)
    reply = _answer(world, method, call)
    return _after_accept(kind, reply) if kind else reply


def _before_accept(kind: str, call: Call) -> Reply:
    match kind:
        case "http_400_echo":
            body = _decoded(call.content)
            value = body.get("newPassword") if isinstance(body, dict) else body
            return json_reply(400, ApiError(400, f'Invalid value at "new_password": "{value}"').body())
        case "redirect":
            return Reply(307, b"", headers=(("Location", call.path),))
        case _:
            return Reply(0, fate="drop" if kind == "drop_before_accept" else "hang")


def _after_accept(kind: str, reply: Reply) -> Reply:
    match kind:
        case "malformed":
            return Reply(200, b"<html>upstream connect error</html>")
        case "wrong_name":
            foreign = {"name": "enterprises/LC00other/devices/0000000000000000/operations/1"}
            return json_reply(200, {**json.loads(reply.body), **foreign})
        case "http_503_after_accept":
            return json_reply(503, ApiError(503).body())
    fates = {"drop_after_accept": "drop", "reset_after_accept": "reset", "timeout": "hang", "truncated": "truncate"}
    return Reply(reply.status, reply.body, fate=fates[kind])


def _answer(world: World, method: schemas.Method, call: Call) -> Reply:
    try:
        answer = _HANDLERS.get(method.id, _unserved)(world, call, _checked_body(method, call))
    except ApiError as error:
        return json_reply(error.code, error.body())
    flaws = schemas.flaws(method.response, answer)
    if flaws:
        return json_reply(500, ApiError(500, f"the simulator broke {method.response}: {flaws}").body())
    return json_reply(200, answer)


def _checked_body(method: schemas.Method, call: Call) -> Json:
    flaws = schemas.query_flaws(method, call.query)
    if not method.request:
        flaws += ["body: must be empty"] if call.content else []
    elif not isinstance(body := _decoded(call.content), dict):
        flaws += ["body: not a JSON object"]
    else:
        flaws += schemas.flaws(method.request, body)
        if not flaws:
            return body
    if flaws:
        raise ApiError(400, f"Invalid JSON payload received. {'; '.join(flaws)}")
    return {}


def _unserved(_world: World, _call: Call, _body: Json) -> Json:
    raise ApiError(501, "The simulator does not serve this method")


def _create_signup_url(world: World, call: Call, _body: Json) -> Json:
    with world.lock:
        return dict(world.sign_ups.open(call.value("projectId"), call.value("callbackUrl")))


def _create_enterprise(world: World, call: Call, body: Json) -> Json:
    if body.get("name") or call.value("agreementAccepted"):
        raise ApiError(400)  # both belong to other ways of making an enterprise
    project = call.value("projectId")
    with world.lock:
        world.sign_ups.redeem(project, call.value("signupUrlName"), call.value("enterpriseToken"))
        name = f"enterprises/LC{secrets.token_hex(4)}"
        world.owners[name] = project
        world.enterprises[name] = {"name": name, **body}
        answer = copy.deepcopy(world.enterprises[name])
    if "pubsubTopic" in body:
        world.notifier.send("test", {})
    return answer


def _list_enterprises(world: World, call: Call, _body: Json) -> Json:
    project = call.value("projectId")
    if not project:
        raise ApiError(400, "projectId is needed")
    with world.lock:
        mine = [name for name, owner in sorted(world.owners.items()) if owner == project]
        listed = [world.enterprises[name] for name in mine if world.lists_customer_managed]
    basic = [{key: entry[key] for key in _BASIC_FIELDS if key in entry} for entry in listed]
    return _page(call, basic, "enterprises", _DEFAULT_PAGE_SIZE)


def _get_enterprise(world: World, call: Call, _body: Json) -> Json:
    return copy.deepcopy(_known(world, world.enterprises, f"enterprises/{call.ids[0]}"))


def _patch_enterprise(world: World, call: Call, body: Json) -> Json:
    with world.lock:
        enterprise = _known(world, world.enterprises, f"enterprises/{call.ids[0]}")
        _overlay(enterprise, body, call.value("updateMask"))
        answer = copy.deepcopy(enterprise)
    if "pubsubTopic" in body:
        world.notifier.send("test", {})  # AMAPI tries a topic when it is set
    return answer


def _get_policy(world: World, call: Call, _body: Json) -> Json:
    return copy.deepcopy(_known(world, world.policies, f"enterprises/{call.ids[0]}/policies/{call.ids[1]}"))


def _list_policies(world: World, call: Call, _body: Json) -> Json:
    parent = f"enterprises/{call.ids[0]}"
    _known(world, world.enterprises, parent)
    mine = [policy for name, policy in sorted(world.policies.items()) if name.startswith(f"{parent}/")]
    return _page(call, mine, "policies", _DEFAULT_PAGE_SIZE)


def _get_device(world: World, call: Call, _body: Json) -> Json:
    with world.lock:
        return copy.deepcopy(world.phone(_device_name(call)).device)


def _list_devices(world: World, call: Call, _body: Json) -> Json:
    parent = f"enterprises/{call.ids[0]}"
    with world.lock:
        _known(world, world.enterprises, parent)
        mine = [
            phone.device
            for name, phone in sorted(world.phones.items())
            if name.startswith(f"{parent}/") and not phone.deleted
        ]
        return copy.deepcopy(_page(call, mine, "devices", _DEFAULT_PAGE_SIZE))


def _patch_device(world: World, call: Call, body: Json) -> Json:
    if body.get("state", "ACTIVE") not in {"ACTIVE", "DISABLED"}:
        raise ApiError(400, "Device state can only be set to ACTIVE or DISABLED")
    with world.lock:
        phone = world.phone(_device_name(call))
        allowed = {key: value for key, value in body.items() if key in _DEVICE_FIELDS}
        _overlay(phone.device, allowed, call.value("updateMask"))
        phone.device["appliedState"] = phone.device["state"]
        answer = copy.deepcopy(phone.device)
    world.report(phone)
    return answer


def _issue_command(world: World, call: Call, body: Json) -> Json:
    return world.issue(_device_name(call), body)


def _get_operation(world: World, call: Call, _body: Json) -> Json:
    with world.lock:
        return _operation_json(world, _known_operation(world, call))


def _list_operations(world: World, call: Call, _body: Json) -> Json:
    if call.value("returnPartialSuccess") == "true":
        raise ApiError(501, "returnPartialSuccess is not supported")
    with world.lock:
        device_name = world.phone(_device_name(call)).device["name"]
        mine = [_operation_json(world, operation) for operation in world.operations.of_device(device_name)]
    return _page(call, mine, "operations", MAX_PAGE_SIZE)


def _cancel_operation(world: World, call: Call, _body: Json) -> Json:
    with world.lock:
        _known_operation(world, call)
    world.cancel(f"{_device_name(call)}/operations/{call.ids[2]}")
    return {}


def _known_operation(world: World, call: Call) -> Operation:
    operation = world.operations.get(f"{_device_name(call)}/operations/{call.ids[2]}")
    if operation is None:
        raise ApiError(404)
    world.phone(_device_name(call))  # the operations of a deleted device are gone with it
    return operation


def _operation_json(world: World, operation: Operation) -> Json:
    phone = world.phone(operation.name.partition("/operations/")[0])
    return operation.to_json(has_password=phone.echo != "off")


def _device_name(call: Call) -> str:
    return f"enterprises/{call.ids[0]}/devices/{call.ids[1]}"


def _known(world: World, table: dict[str, Json], name: str) -> Json:
    with world.lock:
        if name not in table:
            raise ApiError(404)
        return table[name]


def _overlay(target: Json, body: Json, mask: str) -> None:
    """Set the masked fields; without a mask those that are given."""
    for key in mask.split(",") if mask else body:
        if key in body and key != "name":
            target[key] = body[key]
        elif mask:
            target.pop(key, None)


def _page(call: Call, entries: Sequence[Json], key: str, default_size: int) -> Json:
    wanted = int(call.value("pageSize") or 0)
    if wanted < 0:
        raise ApiError(400, "pageSize is negative")
    size = min(wanted or default_size, MAX_PAGE_SIZE)
    start = _start(call)
    page: Json = {key: list(entries[start : start + size])} if entries[start:] else {}
    if start + size < len(entries):
        page["nextPageToken"] = base64.urlsafe_b64encode(f"{call.path}#{start + size}".encode()).decode()
    return page


def _start(call: Call) -> int:
    """Return where the page of a token begins; a token of another list is refused."""
    token = call.value("pageToken")
    if not token:
        return 0
    try:
        path, _, start = base64.urlsafe_b64decode(token).decode().rpartition("#")
        place = int(start)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        path, place = "", 0
    if path != call.path:
        raise ApiError(400, "Page token is invalid")
    return place


_HANDLERS: dict[str, Callable[[World, Call, Json], Json]] = {
    "signupUrls.create": _create_signup_url,
    "enterprises.create": _create_enterprise,
    "enterprises.list": _list_enterprises,
    "enterprises.get": _get_enterprise,
    "enterprises.patch": _patch_enterprise,
    "enterprises.policies.get": _get_policy,
    "enterprises.policies.list": _list_policies,
    "enterprises.devices.get": _get_device,
    "enterprises.devices.list": _list_devices,
    "enterprises.devices.patch": _patch_device,
    "enterprises.devices.issueCommand": _issue_command,
    "enterprises.devices.operations.get": _get_operation,
    "enterprises.devices.operations.list": _list_operations,
    "enterprises.devices.operations.cancel": _cancel_operation,
}
