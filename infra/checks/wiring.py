"""The wires between operator, modules and providers: one that is cut changes nothing that a plan shows."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from infra.checks.evidence import Evidence
from infra.checks.findings import Check, Fault, check
from infra.checks.sources import providers, versions
from infra.offline.schemas import load
from infra.terraform_version import MINIMUM

PROVIDERS = frozenset({"google", "google-beta"})
GIVEN = {
    "project": "${var.project_id}",
    "region": "${var.region}",
    "default_labels": "${local.labels}",
    "billing_project": "${var.project_id}",
    "user_project_override": True,
}
"""What both providers are told: where resources go that do not say so, whose they are, and who is billed."""
ROOTS = {".": PROVIDERS | {"time"}, "aws_ses": frozenset({"aws"})}
"""Root module → the providers that it uses. A deployment takes the newest version that each is said to take."""
_VARIABLE = re.compile(r'^variable "(\w+)" \{.*?^\}', re.MULTILINE | re.DOTALL)
_LOCALS = re.compile(r"^locals \{(.*?)^\}", re.MULTILINE | re.DOTALL)
_LOCAL = re.compile(r"^  (\w+) *=", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)


@check("wiring.read", "What an operator or a module is given and nobody reads changes nothing, without a word.")
def read(evidence: Evidence) -> Iterator[Fault]:
    """Find variables and locals of a module that nothing of it reads, and outputs that its caller does not."""
    for folder in sorted({path.parent for path in evidence.terraform.rglob("*.tf")}):
        where = folder.relative_to(evidence.terraform).as_posix()
        for name in unread(folder):
            yield f"{where}: {name}", "is read by nothing"
    caller = "\n".join(_texts(evidence.terraform))
    for path, call in evidence.module_calls():
        of_each = re.findall(rf"\bfor (?:\w+, )?(\w+) in {re.escape(path)}\b(?!\.)", caller)
        read_as = "|".join([rf"{re.escape(path)}(?:\[[^\]]*\])?", *of_each])
        for name in call["module"].get("outputs", {}):
            if not re.search(rf"\b(?:{read_as})\.{name}\b", caller):
                yield f"{path}: output.{name}", "is read by nothing"


def unread(folder: Path) -> list[str]:
    """Return ``var.…`` and ``local.…`` that the files of a folder declare and do not read.

    That a variable's own validation, or another's, names it does not count as reading.
    """
    texts = _texts(folder)
    declared = [name for text in texts for name in _declared(text)]
    read = {name for text in texts for name in re.findall(r"\b(?:var|local)\.\w+", _VARIABLE.sub("", text))}
    return [name for name in declared if name not in read]


def _texts(folder: Path) -> list[str]:
    return [_COMMENT.sub("", path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.tf"))]


@functools.lru_cache(maxsize=256)
def _declared(text: str) -> tuple[str, ...]:
    found = [f"var.{name}" for name in _VARIABLE.findall(text)]
    return (*found, *(f"local.{name}" for body in _LOCALS.findall(text) for name in _LOCAL.findall(body)))


@check("wiring.passed", "Left out, the module's own default counts, and nobody sees that the operator's does not.")
def passed(evidence: Evidence) -> Iterator[Fault]:
    """Find variables of modules that have a default and are given nothing."""
    for path, call in evidence.module_calls():
        left_out = set(call["module"].get("variables", {})) - set(call.get("expressions", {}))
        for name in sorted(left_out):
            yield path, f"is not given {name}"


@check(
    "wiring.provider", "Labels tell whose cost it is; without a project of its own a person's call has no quota."
)
def provider(evidence: Evidence) -> Iterator[Fault]:
    """Find providers that are not told project, region, labels or who is billed."""
    written = providers(evidence.terraform)
    for name in sorted(PROVIDERS):
        for argument, value in GIVEN.items():
            if (found := written.get(name, {}).get(argument)) != value:
                yield name, f"{argument} is {found or 'missing'}"


@check(
    "wiring.version",
    "What is checked here must be what runs: the schemas' providers, and a Terraform as new as ours.",
)
def version(evidence: Evidence) -> Iterator[Fault]:
    """Compare the versions that root modules ask for with those of the schemas and of the offline runs."""
    for where, names in ROOTS.items():
        folder = evidence.terraform / where
        if not folder.is_dir():
            continue
        asked = versions(folder)
        terraform = ">= " + ".".join(map(str, MINIMUM))
        if asked.pop("terraform", {}).get("version") != terraform:
            yield f"{where}/versions.tf", f"does not ask for Terraform {terraform}"
        for name in sorted(names | set(asked)):
            given, origin = asked.get(name, {}), load(name)["origin"]
            if not origin["source"].endswith(f"/{given.get('source')}"):
                yield f"{where}/versions.tf", f"takes {name} from {given.get('source', 'anywhere')}"
            if not _takes(given.get("version", ""), origin["provider_version"]):
                yield f"{where}/versions.tf", f"{name} {origin['provider_version']} is not {given.get('version')}"


def _takes(constraint: str, version: str) -> bool:
    """Return whether ``~> 8.7`` takes a version: 8.7 or newer, and no 9."""
    found = re.fullmatch(r"~> (\d+)\.(\d+)", constraint)
    major, minor = (int(part) for part in version.split(".")[:2])
    return found is not None and int(found[1]) == major and int(found[2]) <= minor


CHECKS: tuple[Check, ...] = (read, passed, provider, version)
