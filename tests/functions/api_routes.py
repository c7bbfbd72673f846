"""The routes of the API as data, for the tests that go through all of them."""

from typing import Any

from werkzeug.test import TestResponse

from shared.runtime.routes import Route, read_routes, reset_routes, reveal_routes

TABLES = {
    "reset_passcode": reset_routes(None, None, None, None),
    "reveal_passcode": reveal_routes(None),
    "console": read_routes(None),
}
ROUTES = [(function, route) for function, table in TABLES.items() for route in table]
ROUTE_IDS = [route.operation_id for _, route in ROUTES]
BODIES: dict[str, dict[str, Any]] = {
    "resetPasscode": {},
    "cancelAction": {},
    "updateDevice": {"user": {"displayName": "Ada", "email": "ada@example.com"}},
    "revealPasscode": {"reason": "a test"},
}
"""A body that each writing route takes."""


def path_of(route: Route, **ids: str) -> str:
    path = route.path
    for name, value in ids.items():
        path = path.replace(f"<id:{name}>", value)
    return path


def body_of(route: Route) -> Any:
    return BODIES[route.operation_id] if route.body else None


def reason_of(answer: TestResponse) -> str:
    """Return the stable reason of a refusal, which has the documented shape."""
    error = answer.json["error"]
    assert error["code"] == answer.status_code
    assert error["message"]
    (info,) = error["details"]
    assert (info["@type"], info["domain"]) == ("type.googleapis.com/google.rpc.ErrorInfo", "passcode-reset")
    return str(info["reason"])
