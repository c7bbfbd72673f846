"""What holds for every route alike: bodies that are none, foreign sites, a store that is down, own faults."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from werkzeug.test import TestResponse

from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import AmbiguousOutcomeError, PermanentError, RejectedError, TransientError
from shared.runtime import resources
from shared.runtime.routes import Route
from tests.functions.api_routes import ROUTE_IDS, ROUTES, body_of, path_of, reason_of
from tests.functions.product import CONSOLE_URL, ENTERPRISE, Product

WRITING = [(function, route) for function, route in ROUTES if route.body]
WRITING_IDS = [route.operation_id for _, route in WRITING]
LISTS = [route for _, route in ROUTES if "pageToken" in route.parameters]


@dataclass
class Scene:
    """A product with two resets that are done, each on a device of its own."""

    product: Product
    device_id: str
    actions: list[str]

    def call(self, function: str, route: Route, **more: Any) -> TestResponse:
        path = path_of(
            route,
            enterprise_id="LC00demo",
            device_id=self.device_id,
            action_id=self.actions[0].rpartition("/")[2],
        )
        return self.product.call(function, route.method, path + more.pop("query", ""), **more)

    def state(self) -> tuple[Any, ...]:
        """Everything that a refused request must not have changed."""
        product = self.product
        rows = [product.get(f"/v1/{action}/events") for action in self.actions]
        return product.get(f"/v1/{ENTERPRISE}/actions"), product.get(f"/v1/{ENTERPRISE}/devices"), rows


@pytest.fixture(scope="module")
def scene(shared_product: Product) -> Scene:
    devices = [row["name"] for row in shared_product.devices()[:2]]
    actions = [shared_product.reset(device)["name"] for device in devices]
    for action in actions:
        shared_product.until_status(action, "DONE")
    shared_product.settle(lambda: len(shared_product.inbox.letters()) == 2)
    return Scene(shared_product, devices[0].rpartition("/")[2], actions)


BAD_BODIES: dict[str, tuple[bytes, str, int, set[str]]] = {
    "cut": (b"{", "application/json", 400, {"MALFORMED_BODY"}),
    "text": (b"reason=x", "application/json", 400, {"MALFORMED_BODY"}),
    "not UTF-8": (b'{"reason": "\xff"}', "application/json", 400, {"MALFORMED_BODY", "UNKNOWN_FIELD"}),
    "lone surrogate": (b'{"\\ud800": 1}', "application/json", 400, {"MALFORMED_BODY", "UNKNOWN_FIELD"}),
    "two values": (b"{}{}", "application/json", 400, {"MALFORMED_BODY", "INVALID_FIELD"}),
    "list": (b"[]", "application/json", 400, {"INVALID_FIELD"}),
    "null": (b"null", "application/json", 400, {"INVALID_FIELD"}),
    "unknown field": (b'{"surprise": 1}', "application/json", 400, {"UNKNOWN_FIELD"}),
    "form": (b"reason=x", "application/x-www-form-urlencoded", 415, {"UNSUPPORTED_MEDIA_TYPE"}),
    "simple request": (b'{"reason": "x"}', "text/plain", 415, {"UNSUPPORTED_MEDIA_TYPE"}),
    "no type": (b'{"reason": "x"}', "", 415, {"UNSUPPORTED_MEDIA_TYPE"}),
    "10 MB": (b" " * 10_000_000, "application/json", 413, {"BODY_TOO_LARGE"}),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_no_writing_route_takes_a_body_that_is_none(scene: Scene, name: str) -> None:
    content, content_type, code, reasons = BAD_BODIES[name]
    before = scene.state()
    for function, route in WRITING:
        answer = scene.call(function, route, data=content, content_type=content_type)
        assert answer.status_code == code, (route.operation_id, answer.get_data(as_text=True))
        assert reason_of(answer) in reasons
    assert scene.state() == before


def server_owned(route: Route) -> set[str]:
    """Return the fields that answers show and requests may not say."""
    shown = {resources.ActionResource, resources.DeviceResource, resources.RevealResource, route.answer}
    theirs = {field.encode_name for kind in shown for field in msgspec.structs.fields(kind)}
    return theirs - {field.encode_name for field in msgspec.structs.fields(route.body)}


@pytest.mark.parametrize(("function", "route"), WRITING, ids=WRITING_IDS)
def test_a_field_that_the_server_owns_is_refused(scene: Scene, function: str, route: Route) -> None:
    fields = server_owned(route)
    before = scene.state()
    assert {"name", "status", "actor", "passcode", "deliveries", "device"} <= fields
    for field in sorted(fields | {"tenant", "enterprise", "recipients", "newPassword", "__proto__"}):
        answer = scene.call(function, route, json={**body_of(route), field: "x"})
        assert (answer.status_code, reason_of(answer)) == (400, "UNKNOWN_FIELD"), field
    assert scene.state() == before


@pytest.mark.parametrize(("function", "route"), WRITING, ids=WRITING_IDS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{CONSOLE_URL}.evil.example", "http://["])
def test_a_page_of_another_site_writes_nothing(scene: Scene, function: str, route: Route, origin: str) -> None:
    before = scene.state()
    answer = scene.call(function, route, json=body_of(route), headers={"Origin": origin})
    assert (answer.status_code, reason_of(answer)) == (403, "CROSS_ORIGIN")
    assert scene.state() == before


@pytest.mark.parametrize(("function", "route"), ROUTES, ids=ROUTE_IDS)
def test_an_unknown_parameter_is_refused(scene: Scene, function: str, route: Route) -> None:
    answer = scene.call(function, route, json=body_of(route), query="?force=true")
    assert (answer.status_code, reason_of(answer)) == (400, "INVALID_PARAMETER")


@pytest.mark.parametrize(("function", "route"), ROUTES, ids=ROUTE_IDS)
def test_a_store_that_is_down_is_told_as_such(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, function: str, route: Route
) -> None:
    def down(*_: object) -> None:
        raise TransientError("STORE_UNAVAILABLE", "a name of a machine")

    monkeypatch.setattr(SqliteStore, "get_many", down)
    answer = scene.call(function, route, json=body_of(route))
    assert (answer.status_code, reason_of(answer)) == (503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) >= 1
    assert b"machine" not in answer.data


@pytest.mark.parametrize(("function", "route"), ROUTES, ids=ROUTE_IDS)
@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("hunter2 at /srv/secret.py"),
        PermanentError("RuntimeError", "hunter2 at /srv/secret.py"),
        AmbiguousOutcomeError("RuntimeError", "hunter2 at /srv/secret.py"),
        RejectedError("A_REASON_THAT_IS_NOT_LISTED", "hunter2 at /srv/secret.py"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_of_our_own_tells_nothing_of_itself(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, function: str, route: Route, fault: Exception
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr(SqliteStore, "get_many", broken)
    answer = scene.call(function, route, json=body_of(route))
    assert (answer.status_code, reason_of(answer)) == (500, "INTERNAL")
    assert answer.headers["Cache-Control"] == "no-store"
    for told in (b"hunter2", b"secret.py", b"RuntimeError", b"NOT_LISTED", b"Traceback"):
        assert told not in answer.data


def test_a_page_token_opens_its_own_list_alone(scene: Scene) -> None:
    tokens = {}
    for route in LISTS:
        page = scene.call("console", route, query="?pageSize=1").json
        tokens[route.operation_id] = page["nextPageToken"]
        assert page["nextPageToken"], f"{route.operation_id} has a second page here"
    for route in LISTS:
        own = tokens[route.operation_id]
        strange = [token for name, token in tokens.items() if name != route.operation_id]
        strange += [own[:-1], own + "A", own[1:], "A", "%00", "a" * 5000]
        for token in strange:
            answer = scene.call("console", route, query=f"?pageSize=1&pageToken={token}")
            assert (answer.status_code, reason_of(answer)) == (400, "INVALID_PAGE_TOKEN"), (route, token)
        assert scene.call("console", route, query=f"?pageSize=1&pageToken={own}").status_code == 200


@pytest.mark.parametrize("filter_", ["actor=admin%40example.com", "status=DONE", "from=2020-01-01"])
def test_a_page_token_is_of_one_filter(scene: Scene, filter_: str) -> None:
    token = scene.product.get(f"/v1/{ENTERPRISE}/actions?pageSize=1")["nextPageToken"]
    answer = scene.product.call(
        "console", "GET", f"/v1/{ENTERPRISE}/actions?{filter_}&pageSize=1&pageToken={token}"
    )
    assert (answer.status_code, reason_of(answer)) == (400, "INVALID_PAGE_TOKEN")


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00",
        "status=LOST",
        "device=a/b",
        "device=__x__",
        "pageSize=1.5",
        "pageSize=%D9%A3",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(scene: Scene, query: str) -> None:
    answer = scene.product.call("console", "GET", f"/v1/{ENTERPRISE}/actions?{query}")
    assert (answer.status_code, reason_of(answer)) == (400, "INVALID_PARAMETER")


def test_without_a_public_address_another_host_is_another_site(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(product.overrides, "CONSOLE_URL", "")
    product.clients.clear()
    path = f"/v1/{product.devices()[0]['name']}:resetPasscode"
    foreign = product.call("reset_passcode", "POST", path, json={}, headers={"Origin": "https://evil.example"})
    own = product.call("reset_passcode", "POST", path, json={}, headers={"Origin": "https://localhost"})
    assert (foreign.status_code, reason_of(foreign)) == (403, "CROSS_ORIGIN")
    assert own.status_code == 200
