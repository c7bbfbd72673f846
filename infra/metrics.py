"""The metrics that Cloud Logging makes of the functions' log lines (deployment tooling).

Each is a filter over the lines, and what of a line is counted or measured. ``tests/functions/test_metrics.py`` runs
resets and evaluates every filter and extractor on the lines that were really written, so a renamed field is found.
Labels of a metric are fixed once it is made: another label needs another name.

Source: https://cloud.google.com/logging/docs/logs-based-metrics/labels (EXTRACT, REGEXP_EXTRACT) and
https://cloud.google.com/logging/docs/view/logging-query-language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

OURS = 'resource.type="cloud_run_revision"'
"""Cloud functions of the second generation are Cloud Run services."""

CALL_BUCKETS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0, 90.0)
"""Seconds. A call and a step end within 90 s, the lease of a call plus its commit."""

WAIT_BUCKETS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0, 604800.0, 2592000.0)
"""Seconds: from a phone that lies awake to one that is switched on after the longest validity, thirty days."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; ``value`` None counts lines, else its distribution over ``buckets`` (upper bounds) is kept."""

    name: str
    description: str
    filter: str
    value: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: str = "1"
    buckets: tuple[float, ...] | None = None


def _of(**facts: str | None) -> str:
    """Return the filter of lines that have these fields: with a value, or at all where it is None."""
    return " AND ".join([OURS, *(_term(f"jsonPayload.{name}", value) for name, value in facts.items())])


def _term(path: str, value: str | None) -> str:
    return f"{path}:*" if value is None else f'{path}="{value}"'


def _fields(*names: str) -> dict[str, str]:
    return {name: f"EXTRACT(jsonPayload.{name})" for name in names}


PHONE = ("scope", "model", "android_version", "management_mode")
"""What tells one kind of phone from another, as the mirror had it."""

DONE = ('"accepted"', '"command sent"', '"status"', '"mailed"', '"revealed"', '"cancel asked for"', '"polled"')
"""Lines that say that a step has done something; all others would make too many values of a label."""

METRICS: tuple[Metric, ...] = (
    Metric(
        "passcode_reset_accepted",
        "Resets that were accepted",
        _of(message="accepted"),
        labels=_fields(*PHONE),
    ),
    Metric(
        "passcode_reset_ended",
        "Resets that ended, by how; one that ended twice (the phone answered late) counts under both ends",
        _of(message="status", end_s=None),
        labels=_fields("status", "cause", "code", *PHONE),
    ),
    Metric(
        "passcode_reset_issue_seconds",
        "Seconds from a reset's acceptance until the Android Management API took the command",
        _of(message="status", issue_s=None),
        "EXTRACT(jsonPayload.issue_s)",
        _fields(*PHONE),
        "s",
        WAIT_BUCKETS,
    ),
    Metric(
        "passcode_reset_confirmation_seconds",
        "Seconds from a reset's acceptance until the phone confirmed it",
        _of(message="status", confirm_s=None),
        "EXTRACT(jsonPayload.confirm_s)",
        _fields(*PHONE),
        "s",
        WAIT_BUCKETS,
    ),
    Metric(
        "passcode_reset_mail_seconds",
        "Seconds from a reset's end until a provider took the mail that tells of it",
        _of(message="mailed"),
        "EXTRACT(jsonPayload.mail_s)",
        _fields("provider", "recipient"),
        "s",
        WAIT_BUCKETS,
    ),
    Metric(
        "passcode_reset_mail_call_seconds",
        "Seconds of a call that a mail provider answered well",
        _of(message="mailed"),
        "EXTRACT(jsonPayload.call_s)",
        _fields("provider"),
        "s",
        CALL_BUCKETS,
    ),
    Metric(
        "passcode_reset_mail_failures",
        "Mail calls that a provider did not take, refused or left without an answer",
        _of(step="deliver_mail", provider=None, reason=None),
        labels=_fields("provider", "reason"),
    ),
    Metric(
        "passcode_reset_amapi_call_seconds",
        "Seconds of an issueCommand call that the Android Management API took",
        _of(message="command sent"),
        "EXTRACT(jsonPayload.call_s)",
        {},
        "s",
        CALL_BUCKETS,
    ),
    Metric(
        "passcode_reset_amapi_failures",
        "issueCommand calls that failed, by what that proves",
        _of(message="issue failed"),
        labels=_fields("reason", "kind"),
    ),
    Metric(
        "passcode_reset_revealed",
        "Passcodes shown to a person",
        _of(message="revealed"),
        labels={"enterprise": 'REGEXP_EXTRACT(jsonPayload.action, "^enterprises/([^/]+)/")'},
    ),
    Metric(
        "passcode_reset_refused",
        "Requests that were refused, by function and reason",
        _of(message="refused"),
        labels=_fields("function", "reason"),
    ),
    Metric(
        "passcode_reset_redelivered",
        "Messages that a function asked to be delivered again",
        _of(message="to be delivered again"),
        labels=_fields("function", "reason"),
    ),
    Metric(
        "passcode_reset_publish_failures",
        "Messages that the bus did not take; the timer publishes again",
        _of(message="publish failed, the timer repeats it"),
        labels=_fields("function", "reason"),
    ),
    Metric(
        "passcode_reset_step_seconds",
        "Seconds from the beginning of a step until it had done what its line says",
        " AND ".join([OURS, f"jsonPayload.message=({' OR '.join(DONE)})", "jsonPayload.duration_s:*"]),
        "EXTRACT(jsonPayload.duration_s)",
        _fields("function", "message"),
        "s",
        CALL_BUCKETS,
    ),
)
"""Lines with an alert are counted by the monitoring module itself, beside the policies that it makes of them."""
