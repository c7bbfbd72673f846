"""A small real HTTP server that keeps devices and resets as the API does, and can lose answers on the way."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ENTERPRISE = "LC01"
NAME = f"enterprises/{ENTERPRISE}"
TOKEN = "a.good.token"
PASSCODE = "K7q4Tz"

Answer = tuple[int, dict[str, str], bytes]
Fault = Callable[["FakeApi", Callable[[], Answer]], Answer | None]
"""Gets the server and the way to carry the request out; None ends the connection without an answer."""


def lost_answer(_api: "FakeApi", carry_out: Callable[[], Answer]) -> None:
    """The request is carried out and nobody hears of it."""
    carry_out()


def answering(status: int, body: bytes = b"", **headers: str) -> Fault:
    """Something before the API answers; the API never sees the request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _api, _carry_out: (status, named, body)


def refusal(status: int, reason: str, message: str = "No.", /, **metadata: str) -> Answer:
    info = {"@type": "ErrorInfo", "reason": reason, "domain": "passcode-reset", "metadata": metadata}
    error = {"code": status, "status": "X", "message": message, "details": [info]}
    return status, {"Content-Type": "application/json"}, json.dumps({"error": error}).encode()


def refusing(status: int, reason: str, message: str = "No.", /, **metadata: str) -> Fault:
    """The API itself refuses."""
    return lambda _api, _carry_out: refusal(status, reason, message, **metadata)


def device(device_id: str, **facts: Any) -> dict[str, Any]:
    serial = facts.pop("serialNumber", f"S{device_id.upper()}")
    return {
        "name": f"{NAME}/devices/{device_id}",
        "displayName": f"Pixel 9 · {serial}",
        "model": "Pixel 9",
        "serialNumber": serial,
        "androidVersion": "16",
        "apiLevel": 36,
        "managementMode": "DEVICE_OWNER",
        "ownership": "COMPANY_OWNED",
        "state": "ACTIVE",
        "scope": "DEVICE",
        "user": {"displayName": "Ada Okonkwo", "email": f"{device_id}@example.com", "locale": "en"},
        "screenLock": "SET",
        "lastSeen": "2026-11-23T21:00:00Z",
        "openAction": None,
        "latestAction": None,
        "mirrorTime": "2026-11-23T21:00:00Z",
        "goneTime": None,
        **facts,
    }


VERDICT = {
    "eligible": True,
    "scope": "DEVICE",
    "scopeSentence": "The screen lock of the whole device changes.",
    "blockers": [],
    "warnings": [],
    "passcodeRule": "6 letters and digits",
}


class FakeApi:
    """State of the server; tests set it between requests.

    Attributes:
        course: statuses that a reset goes through, one each time it is looked at; the last one stays.
        faults: what goes wrong with the next requests; None lets one through.
        seen: method, path and body of every request that arrived, faulty or not.
    """

    def __init__(self) -> None:
        self.url = ""
        self.devices: dict[str, dict[str, Any]] = {}
        self.actions: dict[str, dict[str, Any]] = {}
        self.history: dict[str, list[dict[str, Any]]] = {}
        self.verdict: dict[str, Any] = dict(VERDICT)
        self.course: list[str] = ["PENDING", "ISSUED", "DONE"]
        self.end_reason: dict[str, str] | None = None
        self.faults: list[Fault | None] = []
        self.seen: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.page_size = 200
        self._steps: dict[str, int] = {}

    def add(self, *devices: dict[str, Any]) -> None:
        self.devices |= {each["name"].rpartition("/")[2]: each for each in devices}

    def posts(self) -> list[Any]:
        return [body for method, path, body in self.seen if method == "POST" and path.endswith(":resetPasscode")]

    def answer(self, method: str, target: str, body: Any, headers: dict[str, str]) -> Answer | None:
        path = urlsplit(target).path
        self.seen.append((method, path, body))
        self.headers.append(headers)
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}

        def carry_out() -> Answer:
            if headers.get("authorization") != f"Bearer {TOKEN}":
                return refusal(401, "UNAUTHENTICATED", "This needs a signed-in caller.")
            return self._route(method, unquote(path), query, body)

        fault = self.faults.pop(0) if self.faults else None
        return fault(self, carry_out) if fault else carry_out()

    def _route(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        if method == "GET" and path in {"/_session/reset", "/_session/reveal"}:
            return 303, {"Location": "/"}, b""
        for verb, pattern, handle in ROUTES:
            match = re.fullmatch(rf"/v1/enterprises/{ENTERPRISE}/{pattern}", path)
            if verb == method and match:
                return handle(self, *match.groups(), query=query, body=body)
        return refusal(404, "NOT_FOUND", "There is no such resource, or it belongs to another enterprise.")

    def list_devices(self, *, query: dict[str, str], **_: Any) -> Answer:
        wanted = query.get("query", "").casefold()

        def fits(each: dict[str, Any]) -> bool:
            user = each["user"] or {}
            words = (each["name"].rpartition("/")[2], each["serialNumber"], each["model"], *user.values())
            return any(word.casefold().startswith(wanted) for word in words)

        return self._page("devices", [each for each in self.devices.values() if fits(each)], query)

    def get_device(self, device_id: str, **_: Any) -> Answer:
        return good(self.devices[device_id]) if device_id in self.devices else refusal(404, "NOT_FOUND")

    def check(self, device_id: str, **_: Any) -> Answer:
        return good(self.verdict) if device_id in self.devices else refusal(404, "NOT_FOUND")

    def reset(self, device_id: str, *, body: Any, **_: Any) -> Answer:
        for action in self.actions.values():
            if action["requestId"] == body["requestId"]:
                return good(action)
        action_id = f"01M{len(self.actions):023d}"
        self.actions[action_id] = {
            "name": f"{NAME}/actions/{action_id}",
            "type": "RESET_PASSCODE",
            "device": f"{NAME}/devices/{device_id}",
            "deviceDisplayName": self.devices[device_id]["displayName"],
            "user": self.devices[device_id]["user"],
            "scope": "DEVICE",
            "status": self.course[0],
            "statusReason": None,
            "actor": "script@example.iam.gserviceaccount.com",
            "reason": body.get("reason", ""),
            "notifyUser": body.get("notifyUser", False),
            "requestId": body["requestId"],
            "deliveries": [],
            "notice": None,
            "passcodeAvailable": False,
            "cancelRequested": False,
            "createTime": "2026-11-23T21:40:00Z",
            "issueTime": None,
            "completeTime": None,
            "expireTime": "2026-11-24T21:40:00Z",
        }
        self.history[action_id] = [event("REQUESTED", "script@example.com")]
        return good(self.actions[action_id])

    def get_action(self, action_id: str, **_: Any) -> Answer:
        if action_id not in self.actions:
            return refusal(404, "NOT_FOUND")
        action = self.actions[action_id]
        step = min(self._steps.get(action_id, 0), len(self.course) - 1)
        self._steps[action_id] = step + 1
        if self.course[step] != action["status"]:
            action["status"] = self.course[step]
            self.history[action_id].append(event(self.course[step], "DEVICE"))
        if action["status"] not in {"PENDING", "ISSUED"}:
            action |= {"statusReason": self.end_reason, "completeTime": "2026-11-23T21:40:09Z"}
        return good(action)

    def list_actions(self, *, query: dict[str, str], **_: Any) -> Answer:
        wanted = [each for each in self.actions.values() if each["status"] == query.get("status", each["status"])]
        return self._page("actions", wanted[::-1], query)

    def list_events(self, action_id: str, *, query: dict[str, str], **_: Any) -> Answer:
        return self._page("events", self.history.get(action_id, []), query)

    def cancel(self, action_id: str, **_: Any) -> Answer:
        self.actions[action_id]["cancelRequested"] = True
        return good(self.actions[action_id])

    def reveal(self, action_id: str, **_: Any) -> Answer:
        return good({"passcode": PASSCODE, "supersededBy": None, "uncertain": None, "expireTime": None})

    def _page(self, name: str, rows: list[Any], query: dict[str, str]) -> Answer:
        start = int(query.get("pageToken", "0"))
        end = start + min(int(query["pageSize"]), self.page_size)
        return good({name: rows[start:end], "nextPageToken": str(end) if end < len(rows) else ""})


def good(content: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def event(kind: str, who: str) -> dict[str, Any]:
    return {
        "type": kind, "time": "2026-11-23T21:40:01Z", "who": who, "address": "", "status": kind, "details": {}
    }  # fmt: skip


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "devices", FakeApi.list_devices),
    ("GET", "devices/([^/:]+)", FakeApi.get_device),
    ("GET", "devices/([^/:]+):checkReset", FakeApi.check),
    ("POST", "devices/([^/:]+):resetPasscode", FakeApi.reset),
    ("GET", "actions", FakeApi.list_actions),
    ("GET", "actions/([^/:]+)", FakeApi.get_action),
    ("GET", "actions/([^/:]+)/events", FakeApi.list_events),
    ("POST", "actions/([^/:]+):cancel", FakeApi.cancel),
    ("POST", "passcodes/([^/:]+):reveal", FakeApi.reveal),
)


@contextmanager
def serving(api: FakeApi) -> Iterator[FakeApi]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.casefold(): value for name, value in self.headers.items()}
            answer = api.answer(self.command, self.path, json.loads(content) if content else None, headers)
            self.close_connection = True
            if answer is None:
                return
            status, more, body = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **more, "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = handle_any  # noqa: N815  # http.server prescribes these names

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
