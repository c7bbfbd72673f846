"""Logs: one JSON object a line on standard output, as Cloud Logging reads them (runtime layer).

A line never holds a passcode: services log names and codes, and the libraries that would print bodies or
credentials are kept from speaking below a warning, whatever the level.
"""

import logging
import sys
from typing import Any

from pythonjsonlogger.json import JsonFormatter

QUIET_LOGGERS = (
    "boto3",
    "botocore",
    "google",
    "googleapiclient",
    "grpc",
    "httplib2",
    "python_http_client",
    "requests",
    "sendgrid",
    "urllib3",
    "werkzeug",
)
"""Loggers that print bodies, headers or addresses at DEBUG or INFO. python_http_client prints the whole mail and
the API key, botocore the request body, urllib3 the URL."""


class _CloudFormatter(JsonFormatter):
    """Gives each line the names that Cloud Logging gives a meaning to."""

    def __init__(self, function: str) -> None:
        super().__init__("%(message)s", timestamp="time", static_fields={"function": function})

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data["severity"] = record.levelname
        log_data["step"] = record.name.rpartition(".")[2]


def configure(function: str, level: str) -> None:
    """Set up logging for this process; safe to repeat.

    Args:
        function: entry point, on every line.
        level: DEBUG, INFO, WARNING or ERROR.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_CloudFormatter(function))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
