"""What stands before the backends: name, address, both ports and the certificate, each led to the next."""

from collections.abc import Iterator

from infra.checks.evidence import Evidence, Resource
from infra.checks.findings import Check, Fault, check

RULE, SCHEME = "google_compute_global_forwarding_rule", "EXTERNAL_MANAGED"
PLAIN, SECURE = "google_compute_target_http_proxy", "google_compute_target_https_proxy"
PORTS = {"80": PLAIN, "443": SECURE}
MAP = "google_certificate_manager_certificate_map"


@check(
    "front.port", "Nobody reaches the console but by these two ports of its one address; the other leads to TLS."
)
def ports(evidence: Evidence) -> Iterator[Fault]:
    """Compare which port leads to which proxy, and whether both are at the address that the name points to."""
    addresses = {each.get("id") for each in evidence.of("google_compute_global_address")}
    found = {}
    for each in evidence.of(RULE):
        found[str(each.get("port_range"))] = each.get("target")
        if each.get("ip_address") not in addresses:
            yield each.address, f"is at {each.get('ip_address') or 'an address that changes'}"
        if (each.get("load_balancing_scheme"), each.get("ip_protocol")) != (SCHEME, "TCP"):
            yield each.address, f"is {each.get('load_balancing_scheme')}, and routing rules need {SCHEME}"
    for port, kind in PORTS.items():
        if found.get(port) not in {each.get("id") for each in evidence.of(kind)}:
            yield f"port {port}", f"leads to {found.get(port, 'nothing')}, not to a {kind}"
    for each in evidence.of("google_compute_backend_service"):
        if each.get("load_balancing_scheme") != SCHEME:
            yield each.address, f"is {each.get('load_balancing_scheme')}, and routing rules need {SCHEME}"


@check("front.proxy", "What is decrypted there is routed by the one map that has the rules, in the console's name.")
def proxies(evidence: Evidence) -> Iterator[Fault]:
    """Find a proxy that leads elsewhere, or has no certificate of the console's."""
    routing = {each.get("id") for each in evidence.of("google_compute_url_map") if each.get("path_matcher")}
    maps = {str(each.get("id")): each for each in evidence.of(MAP)}
    domain = evidence.variables.get("console_domain")
    for each in evidence.of(SECURE):
        if each.get("url_map") not in routing:
            yield each.address, f"leads to {each.get('url_map')}"
        used = maps.get(str(each.get("certificate_map")).removeprefix("//certificatemanager.googleapis.com/"))
        if used is None:
            yield each.address, f"its certificate map is {each.get('certificate_map') or 'missing'}"
        elif not _certified(evidence, used, str(domain)):
            yield used.address, f"has no certificate for {domain} that DNS authorises"


def _certified(evidence: Evidence, used: Resource, domain: str) -> bool:
    proofs = {
        each.get("id")
        for each in evidence.of("google_certificate_manager_dns_authorization")
        if each.get("domain") == domain
    }
    good = {
        each.get("id")
        for each in evidence.of("google_certificate_manager_certificate")
        if domain in (each.block("managed").get("domains") or ())
        and proofs & set(each.block("managed").get("dns_authorizations") or ())
    }
    return any(
        each.get("map") == used.get("name")
        and each.get("hostname") == domain
        and good & set(each.get("certificates") or ())
        for each in evidence.of("google_certificate_manager_certificate_map_entry")
    )


@check(
    "front.name", "Where the zone is ours, name and certificate wait for two records, and nobody else makes them."
)
def records(evidence: Evidence) -> Iterator[Fault]:
    """Find a zone without the record of the address, or without the certificate's proof."""
    if evidence.variables.get("dns_zone") is None:
        return
    made = {
        (each.get("type"), value)
        for each in evidence.of("google_dns_record_set")
        for value in each.get("rrdatas") or ()
    }
    for each in evidence.of("google_compute_global_address"):
        if ("A", each.get("address")) not in made:
            yield each.address, "no A record points to it"
    for each in evidence.of("google_certificate_manager_dns_authorization"):
        wanted = each.block("dns_resource_record")
        if (wanted.get("type"), wanted.get("data")) not in made:
            yield each.address, "its record is not made"


CHECKS: tuple[Check, ...] = (ports, proxies, records)
