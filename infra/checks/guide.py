"""The names that docs/operations.md gives to gcloud, against the plan: at night nobody looks up another one."""

import re
from collections.abc import Iterator, Mapping

from infra.checks.evidence import REPOSITORY, Evidence
from infra.checks.findings import Check, Fault, check

GUIDE = REPOSITORY / "docs" / "operations.md"
NAMED: Mapping[str, str] = {
    r"gcloud scheduler jobs [a-z]+ ([a-z-]+)": "google_cloud_scheduler_job",
    r"gcloud pubsub subscriptions [a-z-]+ ([a-z-]+)": "google_pubsub_subscription",
    r"gcloud pubsub topics [a-z]+ ([a-z-]+)": "google_pubsub_topic",
    r"--keyring=([a-z-]+)": "google_kms_key_ring",
    r"--key=([a-z-]+)": "google_kms_crypto_key",
}
"""Where a command names a resource → its type. A database is named by a variable, or is the one of a restore."""


def told(text: str) -> set[tuple[str, str]]:
    """Return (type, name) of every resource that the commands of a guide name."""
    return {(kind, name) for pattern, kind in NAMED.items() for name in re.findall(pattern, text)}


@check("guide.name", "Whoever is woken types what docs/operations.md says: rename it there too.")
def names(evidence: Evidence) -> Iterator[Fault]:
    """Find names of the guide's commands that nothing here has."""
    found = told(GUIDE.read_text(encoding="utf-8"))
    for kind in sorted(set(NAMED.values()) - {kind for kind, _ in found}):
        yield kind, "no command names one"
    planned = {(each.type, str(each.get("name"))) for each in evidence.resources}
    for kind, name in sorted(found - planned):
        yield name, f"there is no such {kind}"


CHECKS: tuple[Check, ...] = (names,)
