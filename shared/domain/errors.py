"""The error families that every layer speaks (domain layer).

Which family an error belongs to decides what happens next: a ``RejectedError`` is the caller's fault, a
``TransientError`` may be tried again, a ``PermanentError`` is recorded and ends something, and an
``AmbiguousOutcomeError`` says that a call may have taken effect although no answer came.
"""

from collections.abc import Mapping


class PasscodeResetError(Exception):
    """Base of all errors of the product.

    Attributes:
        reason: stable code in UPPER_SNAKE that scripts and runbooks may rely on.
        message: one English sentence for a person; never holds a secret.
        metadata: further facts, string to string, for ``ErrorInfo.metadata``.
    """

    def __init__(self, reason: str, message: str, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
        self.metadata: Mapping[str, str] = dict(metadata or {})


class RejectedError(PasscodeResetError):
    """The request cannot be served as it stands (4xx; a message is acknowledged)."""


class TransientError(PasscodeResetError):
    """It did not work now and nothing took effect; it may later (5xx; a message is redelivered).

    Attributes:
        retry_after_s: seconds to wait before the next try, where the other side told.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        metadata: Mapping[str, str] | None = None,
        *,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(reason, message, metadata)
        self.retry_after_s = retry_after_s


class ConflictError(TransientError):
    """A conditional commit did not land, or its answer was lost: read again and decide again.

    Nobody may depend on which document moved: Firestore does not say. A commit whose answer was lost is a
    conflict like any other, for the reader's own id in the re-read documents shows whether it landed.
    """

    def __init__(self, message: str = "a document moved since it was read") -> None:
        super().__init__("CONFLICT", message)


class NotSentError(TransientError):
    """The call provably never left this process (refused connection, DNS, TLS, own deadline)."""


class ThrottledError(TransientError):
    """The other side answered 429: nothing took effect."""


class UnauthorisedError(TransientError):
    """Our own credentials were refused (401, 403): a person has to act, nothing took effect."""


class EnterpriseRefusedError(UnauthorisedError):
    """The other side answered 403 about one enterprise: whether our account may manage others is not said."""


class PermanentError(PasscodeResetError):
    """It will never work as asked (recorded; a message is acknowledged)."""


class AmbiguousOutcomeError(PasscodeResetError):
    """The call may have taken effect: keep the claim, find out, never assume."""
