"""The OpenAPI document against what the functions answer: every operation, every answer."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.functions.api_routes import BODIES, ROUTES, path_of
from tests.functions.product import Product

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text(encoding="utf-8"))


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def json_schema(holder: dict[str, Any]) -> dict[str, Any]:
    return holder["content"]["application/json"]["schema"]


def operation(operation_id: str) -> tuple[str, str, dict[str, Any]]:
    return next(
        (path, method, found)
        for path, methods in DOCUMENT["paths"].items()
        for method, found in methods.items()
        if found["operationId"] == operation_id
    )


def loose_objects(schema: Any, value: Any) -> list[str]:
    """Return the fields of an answer that its schema does not name; JSON Schema itself would let them pass."""
    while isinstance(schema, dict) and "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        return [field for item in value for field in loose_objects(schema.get("items", {}), item)]
    if not isinstance(value, dict):
        return []
    if "anyOf" in schema:
        schema = next(each for each in schema["anyOf"] if each.get("type") != "null")
        return loose_objects(schema, value)
    if "properties" not in schema:
        return []
    unnamed = sorted(set(value) - set(schema["properties"]))
    inner = [loose_objects(schema["properties"].get(key, {}), item) for key, item in value.items()]
    return unnamed + [field for fields in inner for field in fields]


@pytest.fixture(scope="module")
def answered(shared_product: Product) -> dict[str, Any]:
    """Return one good answer of each operation, of a device with a user and a reset that is done and mailed."""
    device = shared_product.devices()[0]["name"]
    action = shared_product.reset(device, notifyUser=True)["name"]
    shared_product.until_status(action, "DONE")
    shared_product.settle(lambda: len(shared_product.inbox.letters()) == 2)
    ids = {"device_id": device.rpartition("/")[2], "action_id": action.rpartition("/")[2]}
    found = {}
    for function, route in ROUTES:
        path = path_of(route, enterprise_id="LC00demo", **ids)
        body = BODIES[route.operation_id] if route.body else None
        answer = shared_product.call(function, route.method, path, json=body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found[route.operation_id] = answer.json
    return found


def test_every_operation_is_served_under_its_documented_path() -> None:
    documented = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    served = {(route.method, re.sub(r"<id:(\w+)>", r"{\1}", route.path)) for _, route in ROUTES}
    assert documented == served


@pytest.mark.parametrize("operation_id", [route.operation_id for _, route in ROUTES])
def test_an_answer_is_what_the_document_says(answered: dict[str, Any], operation_id: str) -> None:
    _, _, documented = operation(operation_id)
    schema = json_schema(documented["responses"]["200"])
    validator(schema).validate(answered[operation_id])
    assert loose_objects(schema, answered[operation_id]) == []


@pytest.mark.parametrize("operation_id", BODIES)
def test_the_document_and_the_function_refuse_the_same_bodies(
    shared_product: Product, answered: dict[str, Any], operation_id: str
) -> None:
    function, route = next(each for each in ROUTES if each[1].operation_id == operation_id)
    device, action = answered["getDevice"]["name"], answered["getAction"]["name"]
    path = path_of(
        route, enterprise_id="LC00demo", device_id=device.rpartition("/")[2], action_id=action.rpartition("/")[2]
    )
    schema = validator(json_schema(operation(operation_id)[2]["requestBody"]))
    assert schema.is_valid(BODIES[operation_id])
    for body in ([], None, {"surprise": 1}, {**BODIES[operation_id], "reason": 5}, {"user": {"name": "x"}}):
        answer = shared_product.call(
            function, route.method, path, data=json.dumps(body), content_type="application/json"
        )
        assert not schema.is_valid(body), body
        assert answer.status_code == 400, body


@pytest.mark.parametrize("caller", ["viewer@example.com", "stranger@example.com", None])
def test_a_refusal_is_what_the_document_says(shared_product: Product, caller: str | None) -> None:
    schema = validator(json_schema(DOCUMENT["components"]["responses"]["Error"]))
    for function, route in ROUTES:
        path = path_of(route, enterprise_id="LC00nobody", device_id="1", action_id="1")
        answer = shared_product.call(function, route.method, path, caller=caller, json={} if route.body else None)
        assert answer.status_code in {400, 401, 404}
        schema.validate(answer.json)


def test_a_documented_id_is_one_that_a_route_takes() -> None:
    patterns = {
        parameter["schema"]["pattern"]
        for methods in DOCUMENT["paths"].values()
        for found in methods.values()
        for parameter in found["parameters"]
        if parameter["in"] == "path"
    }
    (pattern,) = patterns
    assert re.search(pattern, "01J9ABC-_x")
    for hostile in ("a/b", "..", "x:wipe", "__all__", "", "a" * 129, "a b"):
        assert not re.search(pattern, hostile), hostile
