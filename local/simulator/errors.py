"""Refusals in AMAPI's own shape (AIP-193)."""

from http import HTTPStatus

QUOTA_TEXT = (
    "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service "
    "'androidmanagement.googleapis.com' for consumer 'project_number:1'."
)
"""As seen from the real service."""
_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""Source: HTTP mapping of google.rpc.Code."""


class ApiError(Exception):
    """A call that is refused with an HTTP status."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message or default_text(code)

    def body(self) -> dict[str, object]:
        """Return the JSON answer."""
        word = _WORDS.get(self.code, "UNKNOWN")
        return {"error": {"code": self.code, "message": self.message, "status": word}}


def default_text(code: int) -> str:
    """Return a sentence like the real service's."""
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        return QUOTA_TEXT
    return {
        400: "Request contains an invalid argument.",
        401: "Request had invalid authentication credentials.",
        403: "Caller is not authorized to manage enterprise.",
        404: "Requested entity was not found.",
        503: "The service is currently unavailable.",
    }.get(code, f"HTTP {code}")
