"""Logs: one JSON object a line on standard output, as Cloud Logging reads them (runtime layer).

Every line bears severity, time, function and step; those of a step under way also its trace, its subject and the
seconds since it began. A line never holds a passcode: services log names and codes, and the libraries that would
print bodies or credentials are kept from speaking below a warning, whatever the level.

Source: https://cloud.google.com/logging/docs/structured-logging#special-payload-fields
"""

import logging
import sys
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from shared.runtime import steps

QUIET_LOGGERS = (
    "boto3",
    "botocore",
    "google",
    "googleapiclient",
    "grpc",
    "http.client",
    "httplib2",
    "python_http_client",
    "requests",
    "sendgrid",
    "urllib3",
    "werkzeug",
)
"""Loggers that print bodies, headers or addresses at DEBUG or INFO. python_http_client prints the whole mail and
the API key, botocore the request body, urllib3 the URL. What the adapters know to leak is among them or below."""


class CloudFormatter(JsonFormatter):
    """Gives each line the names that Cloud Logging gives a meaning to."""

    def __init__(self, function: str, project: str) -> None:
        super().__init__("%(message)s", timestamp="time", static_fields={"function": function})
        self._traces = f"projects/{project}/traces/" if project else ""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill a line's object."""
        super().add_fields(log_data, record, message_dict)
        log_data["severity"] = record.levelname
        log_data["step"] = record.name.rpartition(".")[2]
        under_way = steps.current()
        if under_way:
            self._add_step(log_data, under_way)

    def _add_step(self, log_data: dict[str, Any], step: steps.Step) -> None:
        """Add what the line itself does not say already."""
        for name, value in {**step.facts, "duration_s": step.duration_s}.items():
            log_data.setdefault(name, value)
        log_data["logging.googleapis.com/trace"] = self._traces + step.trace.trace_id
        log_data["logging.googleapis.com/spanId"] = step.trace.span_id
        log_data["logging.googleapis.com/trace_sampled"] = step.trace.sampled


def configure(function: str, level: str, project: str = "") -> None:
    """Set up logging for this process; safe to repeat.

    Args:
        function: entry point, on every line.
        level: DEBUG, INFO, WARNING or ERROR.
        project: whose traces the lines belong to.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(CloudFormatter(function, project))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
