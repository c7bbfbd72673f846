"""The environment of each planned function against what its code reads, name by name and value by value."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.checks.evidence import REPOSITORY, Evidence, Resource
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import functions
from infra.rights import EVENTS, EXPECTED, REQUESTS, Invoker
from shared.runtime.config import FUNCTIONS, LAPTOP_ONLY, ConfigError, Needs, load

OF_THE_FRAMEWORK = frozenset({"THREADS"})
"""Read by functions-framework itself. Source: its README, "Configure the Functions Framework"."""

SAMPLES = {"SENDGRID_API_KEY": "SG.sample"}
"""What stands for a secret's value, which no plan holds."""


def plain(function: Resource) -> dict[str, Any]:
    """Return the variables whose values the plan holds."""
    return dict(function.block("service_config").get("environment_variables") or {})


def secret(function: Resource) -> dict[str, dict[str, Any]]:
    """Return the variables that are read from secrets."""
    found = function.block("service_config").get("secret_environment_variables") or []
    return {str(each["key"]): each for each in found}


def _known(evidence: Evidence) -> Iterator[tuple[str, Resource, Needs]]:
    for name, function in functions(evidence).items():
        if name in FUNCTIONS:
            yield name, function, FUNCTIONS[name]


@check("environment.missing", "The function would not start; shared/runtime/config.py says what it needs.")
def missing(evidence: Evidence) -> Iterator[Fault]:
    """Find variables that a function needs and is not given; an empty one counts as none, as in the code.

    One that the code can do without is needed too where the deployment has a value for it: the code's default is
    another database, no second mail provider, a mail without a link.
    """
    for name, function, needs in _known(evidence):
        given = {name for name, value in plain(function).items() if value} | set(secret(function))
        for each in needs.required:
            if each not in given:
                yield name, f"{each} is missing"
        for each, wanted in sorted(expected_values(evidence, name).items()):
            if each in needs.optional and any(wanted) and each not in given:
                yield name, f"{each} is left to the code's default, not {' or '.join(wanted)}"
        for group in needs.one_of:
            if len(given & set(group)) != 1:
                yield name, f"exactly one of {', '.join(group)} is needed"


@check("environment.unknown", "A function is given what it reads and nothing else.")
def unknown(evidence: Evidence) -> Iterator[Fault]:
    """Find variables that a function does not read."""
    for name, function, needs in _known(evidence):
        for each in sorted({*plain(function), *secret(function)} - needs.all - OF_THE_FRAMEWORK):
            yield name, f"{each} is not read by it"


@check("environment.laptop", "These switch to a laptop's key, bus or identity; the function would refuse to start.")
def laptop(evidence: Evidence) -> Iterator[Fault]:
    """Find variables that are for a laptop only."""
    for name, function, _needs in _known(evidence):
        for each in sorted({*plain(function), *secret(function)} & set(LAPTOP_ONLY)):
            yield name, f"{each} is for a laptop only"


@check(
    "environment.secret", "A secret comes by secret_environment_variables with a fixed version, never as a value."
)
def secrets(evidence: Evidence) -> Iterator[Fault]:
    """Compare which variables are read from secrets with which are secrets."""
    made = {str(each.get("secret_id")) for each in evidence.of("google_secret_manager_secret")}
    for name, function, _needs in _known(evidence):
        allowed = set(EXPECTED[name].secrets) if name in EXPECTED else set()
        for each in sorted(set(plain(function)) & {key for rights in EXPECTED.values() for key in rights.secrets}):
            yield name, f"{each} is given in clear"
        for key, source in secret(function).items():
            if key not in allowed:
                yield name, f"{key} is read from a secret that it has no use for"
            if source.get("secret") not in made:
                yield name, f"{key} is read from {source.get('secret')}, which is not made here"
            if source.get("project_id") not in {None, function.get("project")}:
                yield name, f"{key} is read from the project {source.get('project_id')}"
            if not str(source.get("version", "")).isdecimal():
                yield name, f"{key} is read at version {source.get('version')}"
        if function.block("service_config").get("secret_volumes"):
            yield name, "is given a secret as a file, which it never reads"


@check("environment.value", "It must be the very resource that this function is meant to use.")
def values(evidence: Evidence) -> Iterator[Fault]:
    """Compare each value with what it must refer to."""
    for name, function, _needs in _known(evidence):
        wanted = expected_values(evidence, name)
        for key, value in sorted(plain(function).items()):
            if key in wanted and value not in wanted[key]:
                yield name, f"{key} is {value}, not {' or '.join(wanted[key]) or 'anything that is made here'}"


def expected_values(evidence: Evidence, function: str) -> dict[str, list[str]]:
    """Return by variable the values that are right for a function, where that can be said."""
    variables = evidence.variables
    backends = [
        f"/projects/{variables.get('project_number')}/global/backendServices/{each.get('generated_id')}"
        for each in evidence.of("google_compute_backend_service")
        if each.get("name") == function.replace("_", "-")
    ]
    hosts = [
        f"https://{host}"
        for each in evidence.of("google_compute_url_map")
        for rule in each.get("host_rule") or ()
        for host in rule["hosts"]
    ]
    ses: Mapping[str, str] = variables.get("ses") or {}
    return {
        "GOOGLE_CLOUD_PROJECT": [str(variables.get("project_id"))],
        "STORE": ["firestore"],
        "FIRESTORE_DATABASE": [str(each.get("name")) for each in evidence.of("google_firestore_database")],
        "REQUEST_TOPIC": _topic(evidence, REQUESTS),
        "EVENT_TOPIC": _topic(evidence, EVENTS),
        "KMS_KEY": [str(each.get("id")) for each in evidence.of("google_kms_crypto_key")],
        "IDENTITY_AUDIENCE": backends,
        "CONSOLE_URL": hosts,
        "EMAIL_FROM": [str(variables.get("email_from"))],
        "SES_REGION": [ses.get("region", "")],
        "SES_ROLE_ARN": [ses.get("role_arn", "")],
        "SES_AUDIENCE": [ses.get("audience", "")],
        "LOG_LEVEL": [str(variables.get("log_level"))],
    }


def _topic(evidence: Evidence, name: str) -> list[str]:
    topics = [each for each in evidence.of("google_pubsub_topic") if each.get("name") == name]
    return [form for each in topics for form in (name, str(each.get("id")))]


@check("environment.start", "The code's own reader of its environment (shared.runtime.config.load) refuses it.")
def start(evidence: Evidence) -> Iterator[Fault]:
    """Have the code read each environment as it would in the cloud."""
    for name, function, _needs in _known(evidence):
        values = {key: SAMPLES.get(key, "sample") for key in secret(function)} | plain(function)
        try:
            load(name, {**values, "K_SERVICE": name})
        except ConfigError as fault:
            yield name, str(fault)


@check(
    "environment.readme", "The table of variables in README.md says who reads what; the deployment does the same."
)
def readme(evidence: Evidence) -> Iterator[Fault]:
    """Compare what functions are given with README's table."""
    readers = documented(REPOSITORY / "README.md")
    for name, function, _needs in _known(evidence):
        for key in sorted({*plain(function), *secret(function)} - OF_THE_FRAMEWORK):
            if key not in readers:
                yield name, f"README.md does not tell of {key}"
            elif name not in readers[key]:
                yield name, f"README.md does not say that it reads {key}"


def documented(path: Path) -> dict[str, set[str]]:
    """Return variable → functions that read it, as README's table says."""
    rows = re.findall(r"^\| (`[A-Z].*?) \| .* \| (.*?) \|$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: _readers(said) for names, said in rows for name in re.findall(r"`([A-Z_]+)`", names)}


def _readers(said: str) -> set[str]:
    groups = {
        "all": set(FUNCTIONS),
        "who publishes": {name for name, rights in EXPECTED.items() if rights.publishes},
        "web functions": {name for name, rights in EXPECTED.items() if rights.invoker is Invoker.IAP},
    }
    found = set(re.findall(r"`([a-z_]+)`", said))
    for words, names in groups.items():
        if re.search(rf"\b{words}\b", said):
            found |= names
    return found


CHECKS: tuple[Check, ...] = (missing, unknown, laptop, secrets, values, start, readme)
