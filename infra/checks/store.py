"""Database, key and secrets: indexes as the code's queries need them, and nothing that is destroyed by accident."""

from collections.abc import Iterator
from typing import Any

from infra import facts
from infra.checks.evidence import Evidence, Resource, seconds
from infra.checks.findings import Check, Fault, check
from infra.checks.sources import prevented

DATABASE, KEY = "google_firestore_database", "google_kms_crypto_key"
DAY_S = 24 * 3600
MAX_ROTATION_S = 90 * DAY_S
MIN_DESTRUCTION_S = 30 * DAY_S
LASTING = (
    DATABASE,
    KEY,
    "google_secret_manager_secret",
    "google_pubsub_topic",
    "google_logging_project_bucket_config",
)
"""What holds something that nobody can make again, or whose loss is not noticed at once."""


def _index_text(collection: str, fields: list[tuple[str, str]]) -> str:
    return f"{collection}: " + ", ".join(f"{name} {kind}" for name, kind in fields)


@check("store.facts", "Run: python -m infra.facts. Terraform reads this file, so it must say what the code says.")
def facts_file(evidence: Evidence) -> Iterator[Fault]:
    """Compare facts.json with the code's tables."""
    path = evidence.terraform / "facts.json"
    if not path.is_file() or path.read_text(encoding="utf-8") != facts.text():
        yield "facts.json", "is not what the code says"


@check(
    "store.index",
    "Firestore answers FAILED_PRECONDITION in production alone; shared/adapters/firestore/queries.py.",
)
def indexes(evidence: Evidence) -> Iterator[Fault]:
    """Compare composite indexes with what the code's queries need."""
    wanted = {
        _index_text(each["collection"], [(part["field"], _kind(part)) for part in each["fields"]])
        for each in facts.firestore()["indexes"]
    }
    planned = {
        _index_text(_scoped(each), [(part["field_path"], _kind(part)) for part in each.get("fields") or ()])
        for each in evidence.of("google_firestore_index")
        if _ours(evidence, each)
    }
    yield from ((text, "is not planned") for text in sorted(wanted - planned))
    yield from ((text, "is planned and no query needs it") for text in sorted(planned - wanted))


def _scoped(index: Resource) -> str:
    """Return the collection; with the scope where it is another than all that the code asks for (B8)."""
    scope = "" if index.get("query_scope") == "COLLECTION" else f" ({index.get('query_scope')})"
    return f"{index.get('collection')}{scope}"


def _kind(part: dict[str, Any]) -> str:
    return str(part.get("order") or part.get("array_config"))


def _ours(evidence: Evidence, resource: Resource) -> bool:
    return resource.get("database") in {each.get("name") for each in evidence.of(DATABASE)}


@check("store.field", "One field's index over all enterprises is made here and nowhere else (B8); so is expiry.")
def fields(evidence: Evidence) -> Iterator[Fault]:
    """Compare single-field settings and expiry times with what the code needs."""
    wanted = {(each["collection"], each["field"]): _wanted(each) for each in facts.firestore()["fields"]}
    planned = {
        (str(each.get("collection")), str(each.get("field"))): _planned(each)
        for each in evidence.of("google_firestore_field")
        if _ours(evidence, each)
    }
    for key in sorted(set(wanted) | set(planned)):
        if wanted.get(key) != planned.get(key):
            yield ".".join(key), f"needs {wanted.get(key, 'nothing')}, is planned {planned.get(key, 'not at all')}"


def _wanted(each: dict[str, Any]) -> str:
    return _setting([(index["scope"], index["order"]) for index in each["indexes"]], each["ttl"])


def _planned(each: Resource) -> str:
    if not each.get("index_config"):
        return "with the automatic indexes"
    found = each.block("index_config").get("indexes") or []
    ordered = [(str(index.get("query_scope")), str(index.get("order"))) for index in found]
    return _setting(ordered, bool(each.get("ttl_config")))


def _setting(found: list[tuple[str, str]], expires: bool) -> str:
    texts = sorted(f"{order} {scope}" for scope, order in found)
    return f"[{', '.join(texts)}]" + (" with expiry" if expires else "")


@check("store.protection", "Three locks on the database: the API's, the provider's, and Terraform's.")
def protection(evidence: Evidence) -> Iterator[Fault]:
    """Find a database that the API would delete."""
    if not evidence.of(DATABASE):
        yield DATABASE, "there is none"
    for each in evidence.of(DATABASE):
        if each.get("delete_protection_state") != "DELETE_PROTECTION_ENABLED":
            yield each.address, "delete_protection_state is not DELETE_PROTECTION_ENABLED"


@check("store.past", "Point-in-time recovery is what undoes a bad deployment, to the minute, for seven days.")
def past(evidence: Evidence) -> Iterator[Fault]:
    """Find a database that cannot be read as it was."""
    for each in evidence.of(DATABASE):
        if each.get("point_in_time_recovery_enablement") != "POINT_IN_TIME_RECOVERY_ENABLED":
            yield each.address, "point_in_time_recovery_enablement is not POINT_IN_TIME_RECOVERY_ENABLED"


@check(
    "store.kind", "None of it can be changed later; the code speaks to Firestore's native mode, and seals by KMS."
)
def kind(evidence: Evidence) -> Iterator[Fault]:
    """Find a database or a key of another kind than the code was tried with."""
    for each in evidence.of(DATABASE):
        if (each.get("type"), each.get("database_edition")) != ("FIRESTORE_NATIVE", "STANDARD"):
            yield each.address, f"is {each.get('type')}, {each.get('database_edition')}"
    for each in evidence.of(KEY):
        if each.get("purpose") not in {None, "ENCRYPT_DECRYPT"}:
            yield each.address, f"is for {each.get('purpose')}"
        if each.get("import_only") or each.get("skip_initial_version_creation"):
            yield each.address, "has no version to seal with until somebody brings one"


@check("store.backup", "A daily backup outlives the database; docs/operations.md has the drill that restores one.")
def backups(evidence: Evidence) -> Iterator[Fault]:
    """Find a database without a daily backup, and schedules of another one."""
    schedules = [each for each in evidence.of("google_firestore_backup_schedule") if _ours(evidence, each)]
    if not any(each.get("daily_recurrence") for each in schedules):
        yield "google_firestore_backup_schedule", "there is no daily one"
    for each in evidence.of("google_firestore_backup_schedule"):
        if not _ours(evidence, each):
            yield each.address, f"is of the database {each.get('database') or '(default)'}"


@check("store.rotation", "A new version each 90 days at least; what old versions sealed stays readable.")
def rotation(evidence: Evidence) -> Iterator[Fault]:
    """Find keys that are not renewed."""
    for each in evidence.of(KEY):
        if seconds(each.get("rotation_period")) > MAX_ROTATION_S:
            yield each.address, f"rotation_period is {each.get('rotation_period') or 'missing'}"


@check("store.prevent", 'Write deletion_policy = "PREVENT": the provider then refuses, whoever confirms the plan.')
def prevent(evidence: Evidence) -> Iterator[Fault]:
    """Find what the provider would destroy when asked to."""
    for each in evidence.of(*LASTING):
        if each.get("deletion_policy") != "PREVENT":
            yield each.address, "deletion_policy is not PREVENT"


@check(
    "store.prevent-destroy", "Write lifecycle { prevent_destroy = true }: then no plan that destroys it is made."
)
def prevent_destroy(evidence: Evidence) -> Iterator[Fault]:
    """Find databases and keys that a plan may destroy."""
    kept = prevented(evidence.terraform)
    for each in evidence.configured():
        if each.type in {DATABASE, KEY} and (each.type, str(each.source["name"])) not in kept:
            yield each.path, "has no prevent_destroy"


@check("store.destroyed-key", "A version destroyed by mistake can be brought back for this long; never changeable.")
def destroyed_key(evidence: Evidence) -> Iterator[Fault]:
    """Find keys whose versions vanish at once."""
    for each in evidence.of(KEY):
        if seconds(each.get("destroy_scheduled_duration")) < MIN_DESTRUCTION_S:
            yield each.address, f"destroy_scheduled_duration is {each.get('destroy_scheduled_duration')}"


@check("store.write-only", "Use secret_data_wo: everything else stands in plan and state, in clear.")
def write_only(evidence: Evidence) -> Iterator[Fault]:
    """Find secrets whose value is kept in plan or state."""
    for each in evidence.configured():
        if each.type == "google_secret_manager_secret_version":
            given = set(each.source.get("expressions", {}))
            if "secret_data" in given or "secret_data_wo" not in given:
                yield each.path, "gives its value by secret_data, or not at all"
            if "secret_data_wo_version" not in given:
                yield each.path, "has no secret_data_wo_version, so a new value would never be written"


CHECKS: tuple[Check, ...] = (
    facts_file,
    indexes,
    fields,
    protection,
    past,
    kind,
    backups,
    rotation,
    prevent,
    prevent_destroy,
    destroyed_key,
    write_only,
)
