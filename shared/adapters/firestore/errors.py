"""The one table of Firestore's failures in the product's words (adapter layer).

The texts name only the kind of failure: Firestore's own can quote a document's name or value. The original stays
reachable as the cause.

Source: https://cloud.google.com/firestore/docs/understand-error-codes and google.api_core.exceptions.
"""

from google.api_core import exceptions

from shared.domain.errors import ConflictError, TransientError

_REFUSED = (
    exceptions.InvalidArgument,
    exceptions.OutOfRange,
    exceptions.Unauthenticated,
    exceptions.PermissionDenied,
    exceptions.ResourceExhausted,
    exceptions.MethodNotImplemented,
)
"""Answers by which the server says that it did not apply the commit, and that no document had moved."""


def commit_error(error: exceptions.GoogleAPIError) -> TransientError:
    """Return what a failed commit means.

    A failed precondition (exists, missing, stale) and a lock taken by another writer are conflicts. So is
    everything that leaves open whether it landed: a deadline, a lost connection, an internal error. Only an
    outright refusal proves that nothing was written.
    """
    if isinstance(error, _REFUSED):
        return TransientError("STORE_UNAVAILABLE", f"the store refused a commit: {type(error).__name__}")
    return ConflictError(f"a commit did not land, or its answer was lost: {type(error).__name__}")


def read_error(error: exceptions.GoogleAPIError) -> TransientError:
    """Return what a failed read means: there is no answer, and nothing happened."""
    return TransientError("STORE_UNAVAILABLE", f"the store did not answer: {type(error).__name__}")
