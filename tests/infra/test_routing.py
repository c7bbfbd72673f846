"""The load balancer's routes against the code's: nothing the product serves may arrive at the wrong function."""

import re
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule

from console_pages.site import MODULES
from infra.offline.roots import TERRAFORM, example_values
from infra.offline.terraform import Offline
from local.gateway.routes import function_for
from shared.runtime.routes import IdConverter, read_routes, reset_routes, reveal_routes

TABLES = {
    "console": read_routes(None),
    "reset_passcode": reset_routes(None, None, None, None),
    "reveal_passcode": reveal_routes(None),
}
ODD = [
    ("GET", "/v1/enterprises/LC0/passcodes/a/b", "console"),
    ("POST", "/v1/enterprises/LC0/passcodes/a/b", "reset_passcode"),
    ("POST", "/v1/enterprises/a/b/passcodes/c", "reset_passcode"),
    ("DELETE", "/v1/x", "reset_passcode"),
    ("GET", "/v1", "console"),
    ("GET", "/v10/enterprises/LC0/passcodes/x", "console"),
    ("POST", "/_session/resetter", "console"),
    ("POST", "/enterprises/LC0/devices", "console"),
]
"""Requests that the product does not serve; they arrive somewhere all the same."""


@pytest.fixture(scope="module")
def resources(terraform_there: None) -> dict[str, Any]:
    """What is planned for the edge, by address."""
    with Offline(TERRAFORM, named=True) as offline:
        plan = offline.plan(example_values(TERRAFORM))
    modules = plan["planned_values"]["root_module"]["child_modules"]
    (edge,) = (module for module in modules if module["address"] == "module.edge")
    return {resource["address"]: resource["values"] for resource in edge["resources"]}


@pytest.fixture(scope="module")
def url_map(resources: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resources["module.edge.google_compute_url_map.console"]
    return found


@pytest.fixture(scope="module")
def arrives(url_map: dict[str, Any]) -> Callable[[str, str], str]:
    """Tells at which function a request arrives, as the load balancer would."""
    (matcher,) = url_map["path_matcher"]
    rules = sorted(matcher["route_rules"], key=lambda rule: rule["priority"])

    def at(method: str, path: str) -> str:
        chosen = next(
            (rule["service"] for rule in rules if _matches(rule, method, path)), matcher["default_service"]
        )
        return _function(chosen)

    return at


def _function(backend: str) -> str:
    (service,) = set(re.findall(r"console|reset-passcode|reveal-passcode", backend))
    return str(service).replace("-", "_")


def _matches(rule: dict[str, Any], method: str, path: str) -> bool:
    """One match of several is enough; within a match everything must hold."""
    return any(_match(match, method, path) for match in rule["match_rules"])


def _match(match: dict[str, Any], method: str, path: str) -> bool:
    template = match.get("path_template_match")
    segments = re.compile("[^/]+".join(map(re.escape, template.split("*")))) if template else None
    return (
        (segments is None or segments.fullmatch(path) is not None)
        and path.startswith(match.get("prefix_match") or "")
        and path == (match.get("full_path_match") or path)
        and all(header == {":method": method} for header in map(_header, match.get("header_matches") or []))
    )


def _header(header: dict[str, Any]) -> dict[str, str]:
    return {header["header_name"]: header["exact_match"]}


def _filled(path: str) -> str:
    return re.sub(r"<[^>]+>", "x1", path)


def _api() -> Iterable[tuple[str, str, str]]:
    for function, table in TABLES.items():
        for route in table:
            yield route.method, _filled(route.path), function


def _page_rules() -> Iterable[Rule]:
    app, pages = Flask(__name__), Blueprint("pages", __name__)
    app.url_map.converters["id"] = IdConverter
    for add in MODULES:
        add(pages, None)  # type: ignore[arg-type]  # only the addresses are wanted
    app.register_blueprint(pages)
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages."))


def _pages() -> Iterable[tuple[str, str, str]]:
    fixed = ["/", "/health", "/assets/console.js"]
    return (("GET", path, "console") for path in chain(fixed, (_filled(rule.rule) for rule in _page_rules())))


SESSIONS = [("GET", "/_session/reset", "reset_passcode"), ("GET", "/_session/reveal", "reveal_passcode")]
SERVED = [*_api(), *_pages(), *SESSIONS]


def _shape(path: str) -> str:
    """A path without its ids: what stands between a collection and the next slash or colon."""
    return re.sub(r"(enterprises|devices|actions|passcodes)/[^/:]+", r"\1/*", path)


@pytest.mark.parametrize(("method", "path", "function"), [*SERVED, *ODD])
def test_every_request_arrives_at_the_function_that_serves_it(
    arrives: Callable[[str, str], str], method: str, path: str, function: str
) -> None:
    assert arrives(method, path) == function


@pytest.mark.parametrize(("method", "path", "function"), [*SERVED, *ODD])
def test_the_laptops_gateway_routes_alike(method: str, path: str, function: str) -> None:
    assert function_for(method, path) == function


def test_google_is_given_a_test_row_for_everything_that_is_served(url_map: dict[str, Any]) -> None:
    rows = {(row["headers"][0]["value"], _shape(row["path"]), _function(row["service"])) for row in url_map["test"]}
    assert {(method, _shape(path), function) for method, path, function in SERVED} <= rows


def test_every_test_row_is_true(url_map: dict[str, Any], arrives: Callable[[str, str], str]) -> None:
    for row in url_map["test"]:
        method = row["headers"][0]["value"]
        assert arrives(method, row["path"]) == _function(row["service"]), (method, row["path"])


def test_no_rule_and_no_check_uses_the_path_that_google_keeps_for_itself(url_map: dict[str, Any]) -> None:
    assert "healthz" not in str(url_map)
