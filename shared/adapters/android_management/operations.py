"""Reads AMAPI's ``Operation`` by an allow-list of fields (adapter layer).

The metadata of an operation is the command, and ``newPassword`` is an ordinary readable field of it: it may come
back in any answer and any notification. It is looked at only to blank it out of messages, and never kept.

Source: schemas Operation, Command, Status of AMAPI's discovery document; the order in which failures are looked
for is that of ``Command.errorCode``'s description.
"""

import re

from shared.adapters.android_management.fields import Json, integer, part, seconds, text, when
from shared.domain.operation import Operation, Outcome
from shared.domain.resource_names import device_of_operation, is_operation

RESET_COMMAND = "RESET_PASSWORD"
"""``Command.type`` of a reset."""

_NO_ERROR_CODES = frozenset({"", "COMMAND_ERROR_CODE_UNSPECIFIED"})
_CODE_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,63}", re.ASCII)
_VOID_CODES = frozenset({1, 4})
"""google.rpc CANCELLED and DEADLINE_EXCEEDED: the device dropped the command, it did not run."""
_RPC_UNKNOWN = 2
"""google.rpc UNKNOWN, for an ``error`` whose code cannot be read: it is still an error."""
_MAX_TEXT = 300
"""Room for AMAPI's longest known sentence (the quota one); more would only bloat a row of the log."""
_MAX_RAW_TEXT = 4000
"""Longer texts are cut before they are looked at."""
_HARMLESS_WORD = re.compile(r"[(]?(?:[A-Z]?[a-z]+|[A-Z][A-Z_]*)[.,:;)]*", re.ASCII)


def operation_from_json(raw: Json) -> Operation | None:
    """Return the operation of an answer or of a ``COMMAND`` notification.

    ``done`` without ``response`` and without a failure is OK: that is how acknowledged commands really look. An
    operation that is not done has no outcome, whatever else it says.

    Args:
        raw: an ``Operation`` as JSON, from a source that need not be trusted.

    Returns:
        The operation, or None where ``raw`` carries no well-formed operation name.
    """
    name = text(raw, "name")
    if not is_operation(name):
        return None
    metadata = part(raw, "metadata")
    outcome, error_code, error_message = _ending(raw, metadata) if raw.get("done") is True else (None, "", "")
    return Operation(
        name=name,
        device_name=device_of_operation(name),
        resets=text(metadata, "type") == RESET_COMMAND,
        create_time=when(metadata, "createTime"),
        duration_s=seconds(metadata, "duration"),
        outcome=outcome,
        error_code=error_code,
        error_message=error_message,
    )


def parse_operation_name(notification_body: Json) -> str | None:
    """Return the operation's name in the JSON body of a ``COMMAND`` notification, None where there is none."""
    name = text(notification_body, "name")
    return name if is_operation(name) else None


def safe_text(value: object, passcode: str = "") -> str:
    """Return a foreign message with only the words that cannot be a passcode, the rest as ``…``, cut to length.

    AMAPI may quote the value that it refuses, and the reader of an operation mostly does not know the passcode.
    So only plain words and UPPER_SNAKE words are kept; what holds a digit, a symbol, a quote or an inner capital
    is not, nor is ``passcode`` itself where it is known.
    """
    if not isinstance(value, str):
        return ""
    known = value.replace(passcode, " … ") if passcode else value
    words = [w if _HARMLESS_WORD.fullmatch(w) else "…" for w in _cut(known, _MAX_RAW_TEXT).split()]
    return _cut(" ".join(words), _MAX_TEXT)


def _cut(value: str, most: int) -> str:
    """Return at most so many characters, and no word in part, in which nobody could find the passcode any more."""
    return value if len(value) <= most else re.sub(r"\S*$", "", value[: most + 1]).rstrip()


def _ending(raw: Json, metadata: Json) -> tuple[Outcome, str, str]:
    """Return outcome, error code and message of an operation that is done."""
    error = raw.get("error")
    message = safe_text(part(raw, "error").get("message"), text(metadata, "newPassword"))
    command_code = text(metadata, "errorCode")
    if command_code not in _NO_ERROR_CODES:
        return Outcome.ERROR, command_code if _CODE_WORD.fullmatch(command_code) else "UNKNOWN", message
    if not error:
        return Outcome.OK, "", ""
    code = integer(part(raw, "error"), "code") or _RPC_UNKNOWN
    if code in _VOID_CODES:
        return Outcome.VOID, "", message
    return Outcome.ERROR, f"RPC_{code}", message
