"""Every route of the API against every role and every foreign name: what is not granted is refused."""

import itertools
from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from local.function_environment import HTTP_FUNCTIONS
from shared.domain.roles import ROLE_RIGHTS, Right
from shared.runtime.routes import Route
from tests.functions.api_routes import ROUTE_IDS, ROUTES, TABLES, body_of, path_of, reason_of
from tests.functions.product import ADMIN, ENTERPRISE, OTHER_ADMIN, OTHER_ENTERPRISE, Product

NEEDS = {
    "resetPasscode": Right.RESET,
    "cancelAction": Right.RESET,
    "updateDevice": Right.MANAGE,
    "revealPasscode": Right.REVEAL,
    "checkReset": Right.READ,
    "getDevice": Right.READ,
    "listDevices": Right.READ,
    "getAction": Right.READ,
    "listActions": Right.READ,
    "listEvents": Right.READ,
}
"""What each route needs, written down a second time: a route that is not here must not exist."""
GRANTED = {"resetPasscode": (409, "RESET_IN_PROGRESS"), "revealPasscode": (400, "PASSCODE_NOT_AVAILABLE")}
"""What a caller with the right is told in the scene below; all other routes answer 200."""
PERSONAS = {f"{role}@example.com": rights for role, rights in ROLE_RIGHTS.items()}


@dataclass
class Scene:
    """A product with one reset that waits for the worker, and one on another device that was cancelled.

    So every route can be called again and again, for none of them changes anything that another test looks at.
    """

    product: Product
    device_id: str
    waiting_id: str
    cancelled_id: str

    def call(self, function: str, route: Route, caller: str | None, **ids: str) -> TestResponse:
        path = path_of(route, **{"enterprise_id": "LC00demo", **self.ids(route), **ids})
        return self.product.call(function, route.method, path, caller=caller, json=body_of(route))

    def ids(self, route: Route) -> dict[str, str]:
        is_cancel = route.operation_id == "cancelAction"
        return {"device_id": self.device_id, "action_id": self.cancelled_id if is_cancel else self.waiting_id}


@pytest.fixture(scope="module")
def scene(shared_product: Product) -> Scene:
    first, second = (row["name"] for row in shared_product.devices()[:2])
    waiting, cancelled = shared_product.reset(first)["name"], shared_product.reset(second)["name"]
    assert shared_product.call("reset_passcode", "POST", f"/v1/{cancelled}:cancel").json["status"] == "CANCELLED"
    return Scene(shared_product, *(name.rpartition("/")[2] for name in (first, waiting, cancelled)))


def test_the_table_of_rights_names_every_route_and_no_other() -> None:
    assert set(NEEDS) == set(ROUTE_IDS)


@pytest.mark.parametrize(("function", "route"), ROUTES, ids=ROUTE_IDS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_a_member_may_do_what_the_role_carries_and_nothing_else(
    scene: Scene, function: str, route: Route, persona: str
) -> None:
    answer = scene.call(function, route, persona)
    if NEEDS[route.operation_id] not in PERSONAS[persona]:
        assert (answer.status_code, reason_of(answer)) == (403, "ROLE_REQUIRED")
    elif route.operation_id in GRANTED:
        assert (answer.status_code, reason_of(answer)) == GRANTED[route.operation_id]
    else:
        assert answer.status_code == 200, answer.get_data(as_text=True)


@pytest.mark.parametrize(("function", "route"), ROUTES, ids=ROUTE_IDS)
def test_without_a_sign_in_every_route_is_closed(scene: Scene, function: str, route: Route) -> None:
    answer = scene.call(function, route, None)
    assert (answer.status_code, reason_of(answer)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(("function", "route"), ROUTES, ids=ROUTE_IDS)
def test_strangers_foreigners_and_unknown_names_get_the_same_answer(
    scene: Scene, function: str, route: Route
) -> None:
    foreign_device = next(
        row["name"].rpartition("/")[2]
        for row in scene.product.get(f"/v1/{OTHER_ENTERPRISE}/devices", caller=OTHER_ADMIN)["devices"]
    )
    answers = [
        scene.call(function, route, "stranger@example.com"),
        scene.call(function, route, OTHER_ADMIN),
        scene.call(function, route, ADMIN, enterprise_id="LC00other"),
        scene.call(function, route, ADMIN, enterprise_id="LC00other", device_id=foreign_device),
        scene.call(function, route, ADMIN, enterprise_id="LC00nobody"),
    ]
    if "device_id" in route.path:
        answers += [scene.call(function, route, ADMIN, device_id=each) for each in ("0" * 16, foreign_device)]
    if "action_id" in route.path:
        answers += [scene.call(function, route, ADMIN, action_id="01J0000000000000000000000")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert reason_of(answers[0]) == "NOT_FOUND"


HOSTILE_IDS = (
    "..",
    "%2e%2e",
    "%2e%2e%2fLC00other",
    "a%2Fb",
    "x:wipe",
    "x%3Awipe",
    "%00",
    "a%20b",
    "%C3%A9",
    "%EF%BC%8E",
    "__all__",
    "__",
    "*",
    "'%20or%201=1",
    "a" * 129,
)


@pytest.mark.parametrize("hostile", HOSTILE_IDS)
def test_an_id_that_is_none_is_an_unknown_path(scene: Scene, hostile: str) -> None:
    for (function, route), slot in itertools.product(ROUTES, ("enterprise_id", "device_id", "action_id")):
        if slot in route.path:
            answer = scene.call(function, route, ADMIN, **{slot: hostile})
            assert answer.status_code in {404, 405}, (route.operation_id, slot, answer.get_data(as_text=True))
    assert not [call for call in scene.product.sim("GET", "/calls") if call["httpMethod"] != "GET"]


UNKNOWN_METHODS = ("TRACE", "OPTIONS", "PUT", "DELETE", "CONNECT", "PROPFIND", "GET2")


@pytest.mark.parametrize("method", UNKNOWN_METHODS)
def test_a_method_that_no_route_takes_is_refused_everywhere(scene: Scene, method: str) -> None:
    for function, route in ROUTES:
        path = path_of(route, enterprise_id="LC00demo", **scene.ids(route))
        answer = scene.product.call(function, method, path)
        assert answer.status_code == 405, (method, path)
        assert route.method in answer.headers["Allow"]
        assert method not in answer.headers["Allow"]


def test_reading_methods_never_reach_a_writing_route(scene: Scene) -> None:
    before = scene.product.get(f"/v1/{ENTERPRISE}/actions/{scene.waiting_id}/events")
    for function, route in ROUTES:
        if route.method == "POST":
            path = path_of(route, enterprise_id="LC00demo", **scene.ids(route))
            for method in ("GET", "HEAD"):
                assert scene.product.call(function, method, path).status_code == 405
    assert scene.product.get(f"/v1/{ENTERPRISE}/actions/{scene.waiting_id}/events") == before


def test_head_answers_a_read_without_a_body(scene: Scene) -> None:
    answer = scene.product.call("console", "HEAD", f"/v1/{ENTERPRISE}/devices/{scene.device_id}")
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("function", HTTP_FUNCTIONS)
def test_health_needs_no_sign_in_and_tells_nothing(scene: Scene, function: str) -> None:
    answer = scene.product.call(function, "GET", "/health", caller=None)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert scene.product.call(function, "OPTIONS", "/health", caller=None).status_code == 405


@pytest.mark.parametrize("function", ["poll_status", "sync_devices"])
def test_the_timers_functions_have_one_path_and_one_method(scene: Scene, function: str) -> None:
    for method, path, status in (("GET", "/", 405), ("OPTIONS", "/", 405), ("POST", "/run", 404)):
        assert scene.product.call(function, method, path, caller=None).status_code == status


def test_a_function_serves_its_own_routes_only(scene: Scene) -> None:
    for (home, route), function in itertools.product(ROUTES, TABLES):
        if function != home:
            answer = scene.call(function, route, ADMIN)
            assert answer.status_code in {404, 405}, (function, route.operation_id)


def test_a_refused_wish_is_written_down(product: Product) -> None:
    device = product.devices()[0]["name"]
    answer = product.call(
        "reset_passcode", "POST", f"/v1/{device}:resetPasscode", caller="viewer@example.com", json={}
    )
    assert answer.status_code == 403
    (row,) = product.rows_of(f"{ENTERPRISE}/audit/")
    assert (row["type"], row["who"]) == ("REFUSED", "viewer@example.com")
    assert row["details"]["reason"] == "ROLE_REQUIRED"
    assert row["details"]["resource"] == device
