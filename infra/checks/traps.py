"""The twelve known ways to build this wrong (B1 to B12), and the check that sees each come back.

B1   ``/healthz`` never reaches a service            B7   idle subscriptions are deleted after 31 days
B2   AMAPI has one permission, which wipes phones    B8   one field over all enterprises needs an index of its own
B3   environment, backend and function as a cycle    B9   a policy on a metric made in the same apply is refused
B4   ``build_config`` of a service builds nothing    B10  a fast pass over all devices eats AMAPI's quota
B5   IAP at a function is not an argument of it      B11  a notification may hold the passcode in clear
B6   resource types that are gone since 8.0          B12  the age of a sign-in is set by backend, not by path
"""

import re
from collections.abc import Iterator, Mapping

from infra.checks.evidence import Evidence
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import uri_of
from infra.checks.served import apps
from infra.rights import TIMERS
from shared.services.sync_devices import MAX_PAGES

MAX_CALLS_A_MINUTE = 60
"""AMAPI allows 1,000 calls in 100 s; the pass over the devices leaves nine tenths to resets.

Source: https://developers.google.com/android/management/quotas
"""
GONE = frozenset({"google_iap_brand", "google_iap_client"})
_EVERY = re.compile(r"\*/(\d+) \* \* \* \*")


@check("traps.healthz", "Google's front end answers /healthz itself, with 404: name it /health (B1).")
def healthz(evidence: Evidence) -> Iterator[Fault]:
    """Find the path in routes of the code and in rows, rules and uptime checks of the plan."""
    for name, app in apps().items():
        for rule in app.url_map.iter_rules():
            if "healthz" in str(rule):
                yield name, f"serves {rule}"
    for each in evidence.of("google_compute_url_map"):
        if "/healthz" in repr(each.values):
            yield each.address, "has a rule or a row for /healthz"
    for each in evidence.of("google_monitoring_uptime_check_config"):
        if "healthz" in str(each.block("http_check").get("path")):
            yield each.address, "asks for /healthz"


@check(
    "traps.build",
    "Only google_cloudfunctions2_function builds from a zip; build_config of a service does not (B4).",
)
def build(evidence: Evidence) -> Iterator[Fault]:
    """Find services that are meant to be built from source."""
    for each in evidence.of("google_cloud_run_v2_service"):
        yield each.address, "is a google_cloud_run_v2_service"


@check(
    "traps.direct-iap", "IAP stands at the load balancer; both layers at once fail, and functions have none (B5)."
)
def direct_iap(evidence: Evidence) -> Iterator[Fault]:
    """Find IAP at a service."""
    for each in evidence.resources:
        if each.get("iap_enabled") or each.type.startswith("google_iap_web_cloud_run_service_"):
            yield each.address, "puts IAP at the service"


@check("traps.gone", "Google closed that API in March 2026; an OAuth client of one's own is made by hand (B6).")
def gone(evidence: Evidence) -> Iterator[Fault]:
    """Find resource types that no provider has any more."""
    for each in evidence.configured():
        if each.type in GONE:
            yield each.path, f"is a {each.type}"


@check("traps.quota", "100,000 devices are 1,000 pages, AMAPI's whole quota of 100 s: spread the pass (B10).")
def quota(evidence: Evidence) -> Iterator[Fault]:
    """Find a pass over the devices that takes more than its share of AMAPI's calls."""
    uri = uri_of(evidence, "sync_devices")
    jobs = [
        each for each in evidence.of("google_cloud_scheduler_job") if each.block("http_target").get("uri") == uri
    ]
    for schedule in [str(each.get("schedule")) for each in jobs] or [TIMERS["sync_devices"]]:
        found = _EVERY.fullmatch(schedule)
        minutes = int(found[1]) if found else 1
        if MAX_PAGES / minutes > MAX_CALLS_A_MINUTE:
            yield "sync_devices", f"{MAX_PAGES} pages at {schedule} are too many calls"


TRAPS: Mapping[str, str] = {
    "B1": "traps.healthz",
    "B2": "rights.amapi",
    "B3": "edge.by-name",
    "B4": "traps.build",
    "B5": "traps.direct-iap",
    "B6": "traps.gone",
    "B7": "bus.expiry",
    "B8": "store.field",
    "B9": "watch.new-metric",
    "B10": "traps.quota",
    "B11": "bus.hint",
    "B12": "edge.step-up",
}
"""Trap → the check that sees it."""

CHECKS: tuple[Check, ...] = (healthz, build, direct_iap, gone, quota)
