"""What the answers of Amazon SES and STS mean for a letter (adapter of ``MailProvider``).

Error texts name Amazon's error codes, never the letter or the address.

Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html (errors);
https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html (texts about addresses).
"""

import re
import ssl
from http import HTTPStatus

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ProxyConnectionError,
)

from shared.domain.errors import (
    AmbiguousOutcomeError,
    NotSentError,
    PasscodeResetError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from shared.domain.inert_text import inert

THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})

CREDENTIALS = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)

ADDRESS_CODES = frozenset({"BadRequestException", "InvalidParameterValue"})
_ADDRESS_TEXT = re.compile(
    r"illegal address|invalid domain|missing (final '@)?domain|user name is missing"
    r"|(domain|local address) (contains|starts|ends)|address length",
    re.IGNORECASE,
)
"""The sender's form was checked at the start, so a text like these is about the recipient."""


def _code(error: ClientError) -> str:
    return inert(str(error.response.get("Error", {}).get("Code", "")), 60)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def refusal(error: ClientError) -> PasscodeResetError:
    """Return what an answer of SES means for the letter.

    ``MessageRejected`` is never about one address: it names content, or identities that are not verified, which in
    Amazon's sandbox may be the recipient's, although any other provider would take it.
    """
    status, code = _status(error), _code(error)
    text = f"Amazon SES answered {status} {code}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.BAD_REQUEST:
        return AmbiguousOutcomeError("MAIL_PROVIDER_FAILED", text)
    if code in THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS:
        return ThrottledError("MAIL_THROTTLED", text)
    if code in CREDENTIALS or status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return UnauthorisedError("MAIL_CREDENTIALS_REFUSED", text)
    if code in ADDRESS_CODES and _ADDRESS_TEXT.search(str(error.response["Error"].get("Message", ""))):
        return RejectedError("ADDRESS_REFUSED", text)
    return TransientError("MAIL_REFUSED", text)


def no_role(error: ClientError) -> PasscodeResetError:
    """Return what an answer of STS means: no letter has left, whatever it says."""
    if _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR or _code(error) in THROTTLED:
        return NotSentError("MAIL_CREDENTIALS_UNREACHABLE", f"AWS STS answered {_status(error)} {_code(error)}")
    return UnauthorisedError("MAIL_CREDENTIALS_REFUSED", f"AWS STS answered {_status(error)} {_code(error)}")


def no_answer(error: Exception) -> PasscodeResetError:
    """Return what a call to SES without an answer means for the letter."""
    text = f"Amazon SES gave no answer: {type(error).__name__}"
    if isinstance(error, ParamValidationError):
        return TransientError("MAIL_REFUSED", text)
    unreached = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
    if isinstance(error, unreached) or _foreign_certificate(error):
        return NotSentError("MAIL_PROVIDER_UNREACHABLE", text)
    return AmbiguousOutcomeError("MAIL_ANSWER_LOST", text)


def _foreign_certificate(error: BaseException | None) -> bool:
    """Tell whether TLS ended at the certificate, so before the letter."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
