"""The URL map against every route of the code, the rows that Google tests, and the laptop's gateway."""

from collections.abc import Iterator

from infra.checks.edge import backends
from infra.checks.evidence import Evidence, Json
from infra.checks.findings import Check, Fault, check
from infra.checks.served import rule_of, served, serves
from infra.checks.url_map import REDIRECT, UrlMap
from local.gateway.routes import function_for

ODD = (
    ("POST", "/v1/enterprises/LC0123/passcodes/01H0", "reveal_passcode"),
    ("GET", "/v1/enterprises/LC0123/passcodes/01H0:reveal", "reveal_passcode"),
    ("POST", "/v1/enterprises/LC0123/passcodes", "reset_passcode"),
    ("POST", "/v1/enterprises/LC0123/passcodes/a/b", "reset_passcode"),
    ("DELETE", "/v1/enterprises/LC0123/devices/3f1a", "reset_passcode"),
    ("HEAD", "/v1/enterprises/LC0123/devices", "reset_passcode"),
    ("GET", "/v1/enterprises/LC0123/devices/3f1a%2Flog", "console"),
    ("POST", "/enterprises/LC0123/passcodes/01H0", "console"),
    ("GET", "/v1", "console"),
    ("GET", "/v12/enterprises/LC0123/passcodes/01H0", "console"),
    ("GET", "/", "console"),
)
"""Requests at the edges of the rules. None may reach the function that decrypts unless its path is a passcode's."""


def _main(evidence: Evidence) -> list[UrlMap]:
    return [UrlMap(each) for each in evidence.of("google_compute_url_map") if each.get("path_matcher")]


def _hosts(url_map: UrlMap) -> list[str]:
    return [host for rule in url_map.resource.get("host_rule") or () for host in rule["hosts"]]


def _wrong(evidence: Evidence, method: str, path: str, function: str) -> str | None:
    """Return where a request goes instead of to a function; None where it goes right."""
    names = {each.get("id"): name for name, each in backends(evidence).items()}
    for url_map in _main(evidence):
        for host in _hosts(url_map):
            found = url_map.service(method, host, path)
            if names.get(found, found) != function:
                return names.get(found, found)
    return None if _main(evidence) else "nowhere"


@check("routing.routes", "The load balancer must lead each route of the code to the function that serves it.")
def routes(evidence: Evidence) -> Iterator[Fault]:
    """Send every route of the code, and requests at the rules' edges, through the planned rules."""
    real = [(each.method, each.path, each.function) for each in served()]
    for method, path, function in (*real, *ODD):
        found = _wrong(evidence, method, path, function)
        if found is not None:
            yield f"{method} {path}", f"goes to {found}, not to {function}"


@check(
    "routing.rows", "Compute Engine runs these rows before it takes a change: a route without a row is not held."
)
def rows(evidence: Evidence) -> Iterator[Fault]:
    """Find routes of the code that no test row of the URL map holds."""
    names = {each.get("id"): name for name, each in backends(evidence).items()}
    held = {(names.get(row.get("service"), ""), _method(row), _path(row)) for row in _rows(evidence)}
    rules = {(function, method, rule_of(function, method, path)) for function, method, path in held}
    for each in served():
        if (each.function, each.method, rule_of(each.function, each.method, each.path)) not in rules:
            yield f"{each.method} {each.path}", f"no test row holds it to {each.function}"


@check("routing.row", "A row that the rules do not keep makes Compute Engine refuse the whole URL map.")
def row_kept(evidence: Evidence) -> Iterator[Fault]:
    """Find test rows that the planned rules break, and rows of paths that nobody serves."""
    names = {each.get("id"): name for name, each in backends(evidence).items()}
    for url_map in _main(evidence):
        for row in url_map.resource.get("test") or ():
            method, path, wanted = _method(row), _path(row), names.get(row.get("service"), "")
            found = url_map.service(method, str(row["host"]), path)
            if found != row.get("service"):
                yield f"{method} {path}", f"goes to {names.get(found, found)}, its row says {wanted}"
            if not serves(wanted, method, path):
                yield f"{method} {path}", f"{wanted or 'nobody'} serves no such path"


@check("routing.gateway", "local/gateway/routes.py plays the load balancer for every test on a laptop.")
def gateway(evidence: Evidence) -> Iterator[Fault]:
    """Compare the laptop's gateway with the planned rules."""
    real = [(each.method, each.path) for each in served()]
    asked = [(_method(row), _path(row)) for row in _rows(evidence)]
    for method, path in sorted({*real, *asked, *((method, path) for method, path, _ in ODD)}):
        found = _wrong(evidence, method, path, function_for(method, path))
        if found is not None:
            yield f"{method} {path}", f"goes to {found}; on a laptop to {function_for(method, path)}"


@check("routing.host", "Cookies and the check of a request's origin belong to one origin: lead other names to it.")
def host(evidence: Evidence) -> Iterator[Fault]:
    """Find host names other than the console's that are served."""
    for url_map in _main(evidence):
        if _hosts(url_map) != [evidence.variables.get("console_domain")]:
            yield url_map.resource.address, f"serves {_hosts(url_map)}"
        if url_map.service("GET", "other.example", "/") != REDIRECT:
            yield url_map.resource.address, "serves other host names"
        led = url_map.resource.block("default_url_redirect")
        if (led.get("host_redirect"), led.get("https_redirect")) != (
            evidence.variables.get("console_domain"),
            True,
        ):
            yield url_map.resource.address, f"leads other names to {led.get('host_redirect') or 'themselves'}"


def _rows(evidence: Evidence) -> list[Json]:
    return [row for url_map in _main(evidence) for row in url_map.resource.get("test") or ()]


def _method(row: Json) -> str:
    headers = {each["name"]: each["value"] for each in row.get("headers") or ()}
    return str(headers.get(":method", "GET"))


def _path(row: Json) -> str:
    return str(row["path"]).partition("?")[0]


CHECKS: tuple[Check, ...] = (routes, rows, row_kept, gateway, host)
