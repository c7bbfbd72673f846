"""What Terraform has to know from the code, as one JSON file beside the root module (deployment tooling).

The code's own tables are the source: Terraform reads the file, a test and ``make check`` keep it true. Run
``python -m infra.facts`` after a change of a table; ``--check`` only compares.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.metrics import METRICS
from shared.adapters.firestore.queries import CompositeIndex, FieldOverride, composite_indexes, field_overrides
from shared.domain.alerts import ALERTS

FACTS = Path(__file__).parent / "terraform" / "facts.json"


def facts() -> dict[str, Any]:
    """Return everything the file holds, by section."""
    return {"firestore": firestore(), "alerts": alerts(), "metrics": metrics()}


def firestore() -> dict[str, list[dict[str, Any]]]:
    """Return indexes and single-field settings in the words of Terraform's google_firestore_{index,field}."""
    return {
        "indexes": [_index(index) for index in composite_indexes()],
        "fields": [_field(override) for override in field_overrides()],
    }


def alerts() -> dict[str, dict[str, str]]:
    """Return by code what each alert says, its severity in Cloud Monitoring's words, and its runbook's anchor."""
    return {
        code: {"summary": kind.summary, "severity": kind.severity.value, "runbook": kind.runbook}
        for code, kind in sorted(ALERTS.items())
    }


def metrics() -> list[dict[str, Any]]:
    """Return every log-based metric in the words of Terraform's google_logging_metric."""
    return [asdict(metric) for metric in METRICS]


def _index(index: CompositeIndex) -> dict[str, Any]:
    return {"collection": index.collection, "fields": [_indexed(field, kind) for field, kind in index.fields]}


def _indexed(field: str, kind: str) -> dict[str, str]:
    return {"field": field, "array_config" if kind == "CONTAINS" else "order": kind}


def _field(override: FieldOverride) -> dict[str, Any]:
    indexes = [{"scope": scope, "order": order} for scope, order in override.indexes]
    return {"collection": override.collection, "field": override.field, "indexes": indexes, "ttl": override.ttl}


def text() -> str:
    """Return the file's content; the same on every machine."""
    return json.dumps(facts(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or with ``--check`` return 1 where it is not what the code says."""
    parser = argparse.ArgumentParser(prog="python -m infra.facts", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    if not parser.parse_args(arguments).check:
        FACTS.write_text(text(), encoding="utf-8")
        return 0
    if FACTS.is_file() and FACTS.read_text(encoding="utf-8") == text():
        return 0
    sys.stderr.write("infra/terraform/facts.json is not what the code says; run: python -m infra.facts\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
