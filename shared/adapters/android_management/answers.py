"""Turns the ways in which an AMAPI call can fail into the product's errors (adapter layer).

The transport raises one ``CallFailedError``; the two functions here decide what it means, for the one call that
must not be repeated blindly (``issueCommand``) and for all others.

Source: HTTP mapping of google.rpc codes; AMAPI's quota is counted per 100 s or minute, so a shorter wait than
60 s after 429 only burns the next window. 403 with "Caller is not authorized to manage enterprise" is what all
calls about an enterprise get once its customer deleted it (https://github.com/fleetdm/fleet/issues/33266).
"""

from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from shared.adapters.android_management.fields import Json, parts, text
from shared.domain.errors import (
    AmbiguousOutcomeError,
    EnterpriseRefusedError,
    NotSentError,
    PasscodeResetError,
    PermanentError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from shared.domain.timing import QUIET_THROTTLED

MAX_QUIET_S = 3600.0
"""Most we let a Retry-After header silence the whole project; a garbled one could say years."""
_REFUSED_FOR_GOOD = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
_THROTTLE_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
"""Google's front ends answer some quota refusals as 403 with one of these."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known of a call that brought no usable answer.

    Attributes:
        sent: whether a byte of the request may have left this process.
        status: HTTP status, 0 where no answer came.
        word: RPC status word of the answer (``INVALID_ARGUMENT``), or our own word where no answer came.
        message: AMAPI's sentence, already made safe.
        retry_after_s: the Retry-After header in seconds, 0 where there is none.
        throttled: whether the answer speaks of a quota.
        unauthorised: whether our own credentials were refused, by AMAPI or on the way to a token.
    """

    sent: bool
    status: int = 0
    word: str = ""
    message: str = ""
    retry_after_s: float = 0.0
    throttled: bool = False
    unauthorised: bool = False

    def without(self, passcode: str) -> "Failure":
        """Return the failure with ``passcode`` blanked in its message, also where it reads like a plain word."""
        return replace(self, message=self.message.replace(passcode, "…"))


class CallFailedError(Exception):
    """Carries a ``Failure`` through the SDK; it never leaves the adapter."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.word)
        self.failure = failure


def issue_error(failure: Failure) -> PasscodeResetError:
    """Return what a failed ``issueCommand`` means: only what proves that nothing ran is not ambiguous."""
    common = _common_error(failure)
    if common is not None:
        return common
    if failure.status in _REFUSED_FOR_GOOD:
        reason = failure.word or HTTPStatus(failure.status).name
        return PermanentError(reason, f"AMAPI refused the command: {failure.message or reason}")
    return AmbiguousOutcomeError(
        failure.word or f"HTTP_{failure.status}",
        f"the command may have been accepted, its answer was {_shape(failure)}",
    )


def read_error(failure: Failure) -> TransientError:
    """Return what any other failed call means; ``reason`` is AMAPI's status word where it gave one."""
    common = _common_error(failure)
    if common is not None:
        return common
    return TransientError(failure.word or f"HTTP_{failure.status}", f"AMAPI's answer was {_shape(failure)}")


def _common_error(failure: Failure) -> TransientError | None:
    if not failure.sent and not failure.unauthorised:
        return NotSentError(failure.word, "AMAPI could not be reached, nothing was sent")
    if failure.throttled or failure.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait_s = min(max(QUIET_THROTTLED.total_seconds(), failure.retry_after_s), MAX_QUIET_S)
        return ThrottledError("RESOURCE_EXHAUSTED", "AMAPI's quota is used up", retry_after_s=wait_s)
    if failure.unauthorised or failure.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        reason = failure.word or f"HTTP_{failure.status}"
        one_only = failure.status == HTTPStatus.FORBIDDEN and not failure.unauthorised
        kind = EnterpriseRefusedError if one_only else UnauthorisedError
        return kind(reason, f"AMAPI refused our credentials: {failure.message or reason}")
    return None


def _shape(failure: Failure) -> str:
    return f"HTTP {failure.status}" if failure.status else failure.word


def speaks_of_quota(error: Json) -> bool:
    """Tell whether an AIP-193 ``error`` object is a quota refusal, whatever its HTTP status is."""
    reasons = {text(entry, "reason") for entry in parts(error, "errors")}
    return error.get("status") == "RESOURCE_EXHAUSTED" or not reasons.isdisjoint(_THROTTLE_REASONS)


def retry_after_s(header: str, now_s: float) -> float:
    """Return the seconds of a Retry-After header (number or HTTP date), 0 where it cannot be read.

    Args:
        header: the header's value, "" where it was absent.
        now_s: seconds since the epoch.
    """
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now_s)
    except (ValueError, TypeError, OverflowError):
        return 0.0
