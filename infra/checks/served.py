"""Every route that the web functions serve, asked of the functions' own Flask apps."""

import functools
import importlib
import re
import sys
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from infra.checks.evidence import REPOSITORY
from shared.runtime.routes import add_routes, read_routes, reset_routes, reveal_routes
from shared.runtime.session_page import RESET, REVEAL, add_session_page
from shared.runtime.web import api_app

CONSOLE = REPOSITORY / "functions" / "console"
SAMPLES = {"enterprise_id": "LC0123", "device_id": "3f1a", "action_id": "01H0", "name": "console.js"}


@dataclass(frozen=True, slots=True, order=True)
class Served:
    """One route: a path that it answers, and the function that serves it."""

    function: str
    method: str
    path: str


@functools.cache
def apps() -> dict[str, Flask]:
    """Return the web functions' apps by entry point; no handler of theirs is ever called here."""
    nothing = cast("Any", None)
    routes = {
        "reset_passcode": reset_routes(nothing, nothing, nothing, nothing),
        "reveal_passcode": reveal_routes(nothing),
        "console": read_routes(nothing),
    }
    made = {name: api_app(name, "") for name in routes}
    for name, found in routes.items():
        add_routes(made[name], nothing, found)
    add_session_page(made["reset_passcode"], nothing, RESET)
    add_session_page(made["reveal_passcode"], nothing, REVEAL)
    if str(CONSOLE) not in sys.path:
        sys.path.insert(0, str(CONSOLE))  # as in the bundle, where the console's pages lie beside its main.py
    importlib.import_module("console_pages.site").add_pages(made["console"], nothing, nothing)
    return made


def served() -> list[Served]:
    """Return every route that a caller can reach through the load balancer.

    ``/health`` is each function's own, but by that path only the console's can be reached.
    """
    found = [
        Served(name, method, _path(str(rule)))
        for name, app in apps().items()
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if str(rule) != "/health" or name == "console"
    ]
    return sorted(found)


def rule_of(function: str, method: str, path: str) -> str | None:
    """Return the function's own rule for a path; None where it serves no such path by this method."""
    try:
        rule, _ = apps()[function].url_map.bind("localhost").match(path, method=method, return_rule=True)
    except (KeyError, NotFound, MethodNotAllowed):
        return None
    return str(rule)


def serves(function: str, method: str, path: str) -> bool:
    """Return whether a function knows the path; a method that it refuses there counts as known."""
    if function not in apps():
        return False
    try:
        apps()[function].url_map.bind("localhost").match(path, method=method)
    except NotFound:
        return False
    except MethodNotAllowed:
        return True
    return True


def _path(rule: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: SAMPLES.get(found[1], "x1"), rule)
