"""Why a command did not do what was asked; each error knows its exit code."""

from collections.abc import Mapping

from passcodectl.exits import Exit
from passcodectl.moments import duration

NEVER_SENT = frozenset({"UNREACHABLE", "PROXY", "BAD_CERTIFICATE", "NOT_SENT"})
"""Reasons of failures before the request itself left: nobody has it."""


class CtlError(Exception):
    """A command ends with this.

    Attributes:
        exit: the exit code.
        message: one or more sentences for a person. May hold words of the server: escape before showing.
        reason: the API's stable word, or "".
        hint: what to do now, one line each.
        facts: names and ids for scripts (``requestId``, ``action``, ``until``).
        lost: the request, or an earlier sending of it, got no answer and may have been carried out.
    """

    lost = False

    def __init__(
        self,
        code: Exit,
        message: str,
        *,
        reason: str = "",
        hint: tuple[str, ...] = (),
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.exit = code
        self.message = message
        self.reason = reason
        self.hint = hint
        self.facts = dict(facts or {})

    def add(self, sentence: str) -> None:
        """Say one sentence more; words of a server may lack their full stop."""
        self.message = f"{self.message}{'' if self.message.endswith('.') else '.'} {sentence}"


class NotFoundError(CtlError):
    """404 of the API: unknown, of another enterprise, or the caller is no member; it tells them not apart."""

    def __init__(self, message: str, hint: tuple[str, ...] = ()) -> None:
        super().__init__(Exit.NOT_FOUND, message, reason="NOT_FOUND", hint=hint)


class UnavailableError(CtlError):
    """No answer, or none that helps.

    Attributes:
        passing: the same request may be sent again.
        retry_after_s: how long the server asked to be left alone, None where it did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str = "UNAVAILABLE",
        passing: bool = True,
        lost: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        patience = (f"It asks to be left alone for {duration(retry_after_s)}.",) if retry_after_s else ()
        super().__init__(Exit.UNAVAILABLE, message, reason=reason, hint=patience)
        self.passing = passing
        self.lost = lost
        self.retry_after_s = retry_after_s


def not_the_api(message: str) -> UnavailableError:
    """Return what to say of an answer that no API of ours gives; what became of the request stays open."""
    return UnavailableError(message, reason="NOT_THE_API", passing=False, lost=True)
