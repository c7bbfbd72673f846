"""Evaluates the part of the Logging query language and of its extractors that our metrics are written in.

Anything else is refused, so that no filter passes because nobody understood it.

Source: https://cloud.google.com/logging/docs/view/logging-query-language and
https://cloud.google.com/logging/docs/logs-based-metrics/labels#extract-label-values
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

Entry = Mapping[str, Any]
"""A log entry: ``{"severity", "resource": {"type"}, "jsonPayload": {…}, …}``."""

_PATH = r"[A-Za-z_]+(?:\.[A-Za-z_]+)*"
_TEXT = r'"[^"\\]*"'
_PRESENT = re.compile(rf"({_PATH}):\*")
_EQUAL = re.compile(rf"({_PATH})=({_TEXT})")
_ONE_OF = re.compile(rf"({_PATH})=\(({_TEXT}(?: OR {_TEXT})*)\)")
_AT_LEAST = re.compile(r"severity>=([A-Z]+)")
_SINCE = re.compile(rf"timestamp>=({_TEXT})")
_EXTRACT = re.compile(rf"EXTRACT\(({_PATH})\)")
_REGEXP_EXTRACT = re.compile(rf'REGEXP_EXTRACT\(({_PATH}), "([^"]*)"\)')

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
"""In Cloud Logging's order."""

LIFTED = ("severity", "time")
"""Fields of a line that Cloud Run's logging agent takes out of the payload.

Source: https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
"""


def entry_of(line: Mapping[str, Any]) -> Entry:
    """Return the log entry that Cloud Logging makes of a line of ours."""
    payload = {
        name: value for name, value in line.items() if name not in LIFTED and not name.startswith("logging.google")
    }
    resource = {"type": "cloud_run_revision", "labels": {"service_name": line["function"].replace("_", "-")}}
    return {
        "severity": line["severity"],
        "timestamp": line["time"],
        "trace": line.get("logging.googleapis.com/trace"),
        "resource": resource,
        "jsonPayload": payload,
    }


def matches(query: str, entry: Entry) -> bool:
    """Tell whether a filter takes an entry.

    Raises:
        ValueError: the filter holds something else than ``path="…"``, ``path=("…" OR "…")``, ``path:*``,
            ``severity>=LEVEL``, ``timestamp>="…"`` and AND.
    """
    verdicts = [_term(term, entry) for term in query.split(" AND ")]  # each one, so that none is misread unseen
    return all(verdicts)


def _term(term: str, entry: Entry) -> bool:
    if match := _PRESENT.fullmatch(term):
        return _value(entry, match[1]) is not None
    if match := _EQUAL.fullmatch(term):
        return bool(_value(entry, match[1]) == match[2][1:-1])
    if match := _ONE_OF.fullmatch(term):
        return _value(entry, match[1]) in [text[1:-1] for text in match[2].split(" OR ")]
    if match := _AT_LEAST.fullmatch(term):
        return SEVERITIES.index(entry["severity"]) >= SEVERITIES.index(match[1])
    if match := _SINCE.fullmatch(term):
        return datetime.fromisoformat(entry["timestamp"]) >= datetime.fromisoformat(match[1][1:-1])
    raise ValueError(f"not understood: {term}")


def extracted(extractor: str, entry: Entry) -> str | None:
    """Return what an extractor finds in an entry, as text; None where the field is not there or does not fit.

    Raises:
        ValueError: it is neither ``EXTRACT(path)`` nor ``REGEXP_EXTRACT(path, "one (group)")``.
    """
    if match := _EXTRACT.fullmatch(extractor):
        found = _value(entry, match[1])
        return None if found is None else str(found)
    if (match := _REGEXP_EXTRACT.fullmatch(extractor)) and re.compile(match[2]).groups == 1:
        inner = re.search(match[2], str(_value(entry, match[1]) or ""))
        return inner[1] if inner else None
    raise ValueError(f"not understood: {extractor}")


def _value(entry: Entry, path: str) -> Any:
    found: Any = entry
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
