"""Plays a planned URL map: which backend a request would reach.

Source: https://cloud.google.com/load-balancing/docs/url-map-concepts (route rules by priority, first match wins; of
the match rules of one route any, of the conditions of one match rule all), and
https://cloud.google.com/load-balancing/docs/url-map-concepts#wildcards-regx-dynamic (``*`` one segment, ``**`` the
rest of the path).
"""

import re
from dataclasses import dataclass

from infra.checks.evidence import Json, Resource

REDIRECT = "(redirect)"
NOWHERE = "(nowhere)"
PATHS = ("full_path_match", "prefix_match", "path_template_match", "regex_match")


@dataclass(frozen=True, slots=True)
class UrlMap:
    """One planned ``google_compute_url_map``."""

    resource: Resource

    def service(self, method: str, host: str, path: str) -> str:
        """Return the backend service's id, or ``(redirect)``, or ``(nowhere)``."""
        matcher = self._matcher(host)
        if matcher is None:
            return _target(self.resource.values, "default_service", "default_url_redirect")
        if matcher.get("path_rule"):
            return NOWHERE
        for rule in sorted(matcher.get("route_rules") or (), key=lambda each: int(each["priority"])):
            if any(_matches(match, method, path) for match in rule.get("match_rules") or ()):
                return _target(rule, "service", "url_redirect")
        return _target(matcher, "default_service", "default_url_redirect")

    def _matcher(self, host: str) -> Json | None:
        for rule in self.resource.get("host_rule") or ():
            if host in rule["hosts"] or "*" in rule["hosts"]:
                named = [each for each in self.resource.get("path_matcher") if each["name"] == rule["path_matcher"]]
                return dict(named[0]) if named else None
        return None


def _target(rule: Json, service: str, redirect: str) -> str:
    return REDIRECT if rule.get(redirect) else str(rule.get(service) or NOWHERE)


def _matches(match: Json, method: str, path: str) -> bool:
    return all(_path(kind, match[kind], path) for kind in PATHS if match.get(kind)) and all(
        _header(header, method) for header in match.get("header_matches") or ()
    )


def _path(kind: str, wanted: str, path: str) -> bool:
    if kind == "full_path_match":
        return path == wanted
    if kind == "prefix_match":
        return path.startswith(wanted)
    pattern = template(wanted) if kind == "path_template_match" else re.compile(wanted)
    return pattern.fullmatch(path) is not None


def _header(wanted: Json, method: str) -> bool:
    if wanted.get("header_name") != ":method":
        return False  # no route here asks for another one
    found = wanted.get("exact_match") == method
    return found != bool(wanted.get("invert_match"))


def template(text: str) -> re.Pattern[str]:
    """Return the expression that a path template stands for."""
    parts = re.split(r"(\{\w+=[^}]*\}|\{\w+\}|\*\*|\*)", text)
    return re.compile("".join(_part(part) for part in parts))


def _part(part: str) -> str:
    if part.startswith("{"):
        return _part(part[1:-1].partition("=")[2] or "*")
    return {"**": ".*", "*": "[^/]+"}.get(part, re.escape(part))
