"""The load balancer: each request reaches the function that serves it, and nobody gets past IAP."""

from collections.abc import Iterator

from infra.checks.evidence import Evidence, Resource
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import grants
from infra.rights import EXPECTED, Invoker

BACKEND = "google_compute_backend_service"
STEPPED_UP = ("reset_passcode", "reveal_passcode")
"""What changes a phone or shows a passcode; lists and pages ask for no second sign-in."""
WEB = tuple(sorted(name for name, rights in EXPECTED.items() if rights.invoker is Invoker.IAP))


def backends(evidence: Evidence) -> dict[str, Resource]:
    """Return the backend services by the entry point that they lead to, told by their network endpoint group."""
    groups = {each.get("id"): each for each in evidence.of("google_compute_region_network_endpoint_group")}
    found = {}
    for each in evidence.of(BACKEND):
        group = groups.get(each.block("backend").get("group"))
        service = str(group.block("cloud_run").get("service")) if group else ""
        found[service.replace("-", "_")] = each
    return found


@check(
    "edge.backend", "Each web function has a backend of its own, called after it: IAP's settings are a backend's."
)
def own_backend(evidence: Evidence) -> Iterator[Fault]:
    """Compare backends with the web functions."""
    found = backends(evidence)
    for name in sorted(set(WEB) - set(found)):
        yield name, "has no backend"
    for name in sorted(set(found) - set(WEB)):
        yield found[name].address, f"leads to {name or 'no Cloud Run service'}"
    for name, each in found.items():
        if each.get("name") != name.replace("_", "-"):
            yield each.address, f"is called {each.get('name')} and leads to {name}"


@check("edge.iap", "A backend without IAP lets anybody through to the function, which then only refuses.")
def iap(evidence: Evidence) -> Iterator[Fault]:
    """Find backends without IAP, and settings of IAP that let requests or people past it."""
    for each in evidence.of(BACKEND):
        if each.block("iap").get("enabled") is not True:
            yield each.address, "IAP is not enabled"
    for each in evidence.of("google_iap_settings"):
        if each.block("access_settings", "cors_settings").get("allow_http_options"):
            yield each.address, "lets OPTIONS through without a sign-in"
        if each.block("access_settings", "gcip_settings"):
            yield each.address, "takes identities that are not Google's, whose e-mail nobody here has checked"


@check("edge.members", "Who is let in is let in at all three backends: a page is made of calls to each.")
def members(evidence: Evidence) -> Iterator[Fault]:
    """Compare who may pass IAP with console_members."""
    wanted = set(evidence.variables.get("console_members") or ())
    given = [each for each in grants(evidence) if each.kind == "iap_web_backend_service"]
    for each in evidence.of(BACKEND):
        own = {grant.member for grant in given if grant.target in {each.get("name"), each.get("id")}}
        for member in sorted(wanted - own):
            yield each.address, f"{member} is not let through"
    for grant in given:
        if grant.role != "roles/iap.httpsResourceAccessor" or grant.member not in wanted:
            yield grant.address, f"{grant.member} has {grant.role}"


@check("edge.step-up", "IAP's sign-in age is a setting of a backend, not of a path (B12): writes and reads apart.")
def step_up(evidence: Evidence) -> Iterator[Fault]:
    """Find backends that ask for a fresh sign-in where they must not, or not where they must."""
    wanted = evidence.variables.get("iap_reauthentication", {})
    if wanted is None:
        return
    settings = {str(each.get("name")).rpartition("/")[2]: each for each in evidence.of("google_iap_settings")}
    for name, backend in backends(evidence).items():
        own = settings.get(str(backend.get("name")))
        asks = bool(own and own.block("access_settings", "reauth_settings"))
        if asks != (name in STEPPED_UP):
            yield backend.address, "asks for a fresh sign-in" if asks else "does not ask for a fresh sign-in"
        elif asks and own:
            asked = own.block("access_settings", "reauth_settings")
            found = tuple(asked.get(word) for word in ("method", "max_age", "policy_type"))
            if found != (wanted.get("method"), f"{wanted.get('max_age_s')}s", "MINIMUM"):
                yield own.address, f"asks by {found}; MINIMUM lets a stricter setting of the organisation stand"


@check("edge.log", "The load balancer's log is the only trace of who was turned away at IAP.")
def log(evidence: Evidence) -> Iterator[Fault]:
    """Find backends that log nothing."""
    for each in evidence.of(BACKEND):
        config = each.block("log_config")
        if config.get("enable") is not True or config.get("sample_rate") not in {None, 1}:
            yield each.address, f"log_config is {config or 'missing'}"


@check(
    "edge.by-name", "Name the service by a word (B3): its environment holds the backend's id, so this is a cycle."
)
def by_name(evidence: Evidence) -> Iterator[Fault]:
    """Find arguments of the edge's module that depend on functions."""
    for path, call in evidence.module_calls():
        if "/edge" in call.get("source", ""):
            for argument, expression in call.get("expressions", {}).items():
                references = expression.get("references", ()) if isinstance(expression, dict) else ()
                if any(each.startswith("module.function") for each in references):
                    yield path, f"{argument} refers to module.function"


@check("edge.https", "TLS 1.2 at least, and port 80 does nothing but lead to 443.")
def https(evidence: Evidence) -> Iterator[Fault]:
    """Find ways in that are not encrypted."""
    plain = {each.get("id"): each for each in evidence.of("google_compute_target_http_proxy")}
    maps = {each.get("id"): each for each in evidence.of("google_compute_url_map")}
    for proxy in plain.values():
        target = maps.get(proxy.get("url_map"))
        if target is None or not target.get("default_url_redirect") or target.get("path_matcher"):
            yield proxy.address, "answers without TLS"
    policies = {each.get("id"): each for each in evidence.of("google_compute_ssl_policy")}
    for proxy in evidence.of("google_compute_target_https_proxy"):
        policy = policies.get(proxy.get("ssl_policy"))
        if policy is None or policy.get("min_tls_version") not in {"TLS_1_2", "TLS_1_3"}:
            yield proxy.address, "takes old versions of TLS"


CHECKS: tuple[Check, ...] = (own_backend, iap, members, step_up, log, by_name, https)
