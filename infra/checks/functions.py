"""Each planned function against its entry in the code: which there are, and how each runs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from infra.checks.bus import ACK_S
from infra.checks.evidence import REPOSITORY, Evidence, Resource, seconds
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import entry_point, functions
from infra.rights import EXPECTED, Invoker
from shared.domain.timing import CALL_LEASE, GRACE
from shared.runtime.config import FUNCTIONS

TYPE = "google_cloudfunctions2_function"
MAX_INSTANCES = 20
"""Far above what a fleet of 100,000 asks for; a flood beyond it is answered 429."""
INGRESS = {Invoker.IAP: "ALLOW_INTERNAL_AND_GCLB"}
CLOSED = "ALLOW_INTERNAL_ONLY"


@check("functions.set", "One function for each entry of shared.runtime.config.FUNCTIONS, and for no other.")
def set_of_functions(evidence: Evidence) -> Iterator[Fault]:
    """Compare which functions there are."""
    planned = [entry_point(each) for each in evidence.of(TYPE)]
    for name in sorted(set(FUNCTIONS) - set(planned)):
        yield name, "is not deployed"
    for each in evidence.of(TYPE):
        if entry_point(each) not in FUNCTIONS:
            yield each.address, f"entry point {entry_point(each)} is not in the code"
        if planned.count(entry_point(each)) > 1:
            yield each.address, f"entry point {entry_point(each)} is deployed more than once"


@check(
    "functions.entry-point", "The framework calls the function of this name in main.py at the top of the bundle."
)
def entry_points(evidence: Evidence) -> Iterator[Fault]:
    """Find entry points that their main.py does not define."""
    for each in evidence.of(TYPE):
        name = entry_point(each)
        if name not in defined(REPOSITORY / "functions" / name / "main.py"):
            yield each.address, f"functions/{name}/main.py defines no {name}"


def defined(path: Path) -> set[str]:
    """Return the functions that a module defines at its top; none where there is no file."""
    if not path.is_file():
        return set()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


@check(
    "functions.name", "Cloud Run gives the service a name with hyphens: then function, service and group are alike."
)
def names(evidence: Evidence) -> Iterator[Fault]:
    """Find functions that are not called after their entry point."""
    for each in evidence.of(TYPE):
        if each.get("name") != entry_point(each).replace("_", "-"):
            yield each.address, f"is called {each.get('name')}"


@check(
    "functions.threads", "gunicorn takes THREADS requests at a time; what Cloud Run sends beyond that waits unseen."
)
def threads(evidence: Evidence) -> Iterator[Fault]:
    """Compare concurrency and the number of threads."""
    for each in evidence.of(TYPE):
        service = each.block("service_config")
        concurrency = service.get("max_instance_request_concurrency")
        given = (service.get("environment_variables") or {}).get("THREADS")
        if given != str(concurrency):
            yield each.address, f"THREADS is {given}, concurrency {concurrency}"


@check("functions.cpu", "More than one request at a time needs a whole CPU, and Cloud Run refuses less.")
def cpu(evidence: Evidence) -> Iterator[Fault]:
    """Find concurrency without a CPU."""
    for each in evidence.of(TYPE):
        service = each.block("service_config")
        if (service.get("max_instance_request_concurrency") or 1) > 1 and _cpus(service.get("available_cpu")) < 1:
            yield each.address, f"concurrency > 1 with CPU {service.get('available_cpu') or 'by memory, under 1'}"


def _cpus(text: object) -> float:
    found = re.fullmatch(r"([0-9.]+)(m?)", str(text))
    return float(found[1]) / (1000 if found[2] else 1) if found else 0


@check("functions.timeout", "See the comment over the table in functions.tf, and shared/domain/timing.py.")
def timeouts(evidence: Evidence) -> Iterator[Fault]:
    """Find time-outs that let a function outlive what waits for it, or end in the middle of a call."""
    for name, each in functions(evidence).items():
        timeout = each.block("service_config").get("timeout_seconds") or 0
        invoker = EXPECTED[name].invoker if name in EXPECTED else None
        if invoker is Invoker.PUSH and not CALL_LEASE.total_seconds() < timeout < ACK_S:
            yield each.address, f"{timeout} s is not between a call's lease and the ack deadline"
        if timeout >= GRACE.total_seconds():
            yield each.address, f"{timeout} s reaches the grace after which its calls count as over"
        if invoker is Invoker.TIMER and timeout > (deadline := _attempt_deadline(evidence, each)):
            yield each.address, f"{timeout} s is more than the {deadline} s that Scheduler waits"


def _attempt_deadline(evidence: Evidence, function: Resource) -> float:
    uri = function.block("service_config").get("uri")
    for job in evidence.of("google_cloud_scheduler_job"):
        if job.block("http_target").get("uri") == uri:
            return seconds(job.get("attempt_deadline"))
    return 0


@check("functions.instances", "Without a cap a flood runs up the bill; a timer runs once at a time.")
def instances(evidence: Evidence) -> Iterator[Fault]:
    """Find functions without a cap, and timers that could run beside themselves."""
    for name, each in functions(evidence).items():
        service = each.block("service_config")
        most, at_once = service.get("max_instance_count"), service.get("max_instance_request_concurrency")
        if not 0 < (most or 0) <= MAX_INSTANCES:
            yield each.address, f"max_instance_count is missing, or above {MAX_INSTANCES}"
        if name in EXPECTED and EXPECTED[name].invoker is Invoker.TIMER and (most, at_once) != (1, 1):
            yield each.address, f"is a timer with {most} instances and concurrency {at_once}"


@check("functions.ingress", "Web functions are reached through the load balancer, all others from inside alone.")
def ingress(evidence: Evidence) -> Iterator[Fault]:
    """Compare from where each function can be reached."""
    for name, each in functions(evidence).items():
        wanted = INGRESS.get(EXPECTED[name].invoker, CLOSED) if name in EXPECTED else CLOSED
        found = each.block("service_config").get("ingress_settings")
        if found != wanted:
            yield each.address, f"ingress is {found or 'open to all'}, not {wanted}"


@check("functions.bundle", "Each function is built from the zip that infra.bundles made for it, named by its hash.")
def bundles(evidence: Evidence) -> Iterator[Fault]:
    """Find functions that are built from another one's zip."""
    objects = {(each.get("bucket"), each.get("name")) for each in evidence.of("google_storage_bucket_object")}
    for name, each in functions(evidence).items():
        source = each.block("build_config", "source", "storage_source")
        found = source.get("bucket"), source.get("object")
        if found not in objects:
            yield each.address, f"is built from {found[1]}, which is not put into the bucket"
        if not str(found[1]).startswith(f"{name.replace('_', '-')}-"):
            yield each.address, f"is built from {found[1]}"


@check(
    "functions.builder", "The default account of Cloud Build can edit the whole project, and new ones have none."
)
def builder(evidence: Evidence) -> Iterator[Fault]:
    """Find functions that are not built by the account made for it."""
    made = {str(each.get("name")) for each in evidence.of("google_service_account")}
    made |= {str(each.get("id")) for each in evidence.of("google_service_account")}
    for each in evidence.of(TYPE):
        if each.block("build_config").get("service_account") not in made:
            yield each.address, "is not built by an account of ours"


@check(
    "functions.trigger", "An event trigger hides its subscription: no dead letter, no account of its own, expiry."
)
def trigger(evidence: Evidence) -> Iterator[Fault]:
    """Find functions with an event trigger."""
    for each in evidence.of(TYPE):
        if each.get("event_trigger"):
            yield each.address, "has an event_trigger"


CHECKS: tuple[Check, ...] = (
    set_of_functions,
    entry_points,
    names,
    threads,
    cpu,
    timeouts,
    instances,
    ingress,
    bundles,
    builder,
    trigger,
)
