"""The timer's step: advance what is due (service layer)."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.domain.errors import ConflictError, PasscodeResetError
from shared.domain.timing import retry_delay
from shared.services.advance import Advance
from shared.services.case import CaseBook
from shared.services.count_actions import CountActions
from shared.services.patience import Patience
from shared.services.ports import Document, Update

log = logging.getLogger(__name__)

MAX_DUE = 200
"""Actions of one run: what a run of a minute can publish and look up without eating AMAPI's quota."""

MAX_RUN_S = 40.0
"""A run stops here by itself, or before a step that would go beyond if it were as slow as the slowest so far, not
counting what AMAPI took of it (``patience``). The function ends after 50 s, and what is left stays due."""


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one run did: actions advanced, lost to somebody else, and pushed back after an error."""

    advanced: int
    lost: int
    failed: int


@dataclass(frozen=True, slots=True)
class PollStatus:
    """Advances the due actions, oldest first, bounded; one that raises never holds up the others.

    Nor does an AMAPI that hangs or is slow: once a run has waited for it long enough, it goes on with what needs
    nothing of AMAPI. Looks that were left out are due again at once, behind what is due by then.
    """

    book: CaseBook
    advance: Advance
    elapsed: Callable[[], float] = time.monotonic

    def __call__(self) -> PollReport:
        """Run once; safe to repeat and to overlap.

        Raises:
            TransientError: the store did not answer at all (the next tick is the retry).
        """
        start = self.elapsed()
        slowest = own = 0.0
        patience = Patience(self.advance.amapi, self.elapsed, start)
        advance = replace(self.advance, amapi=patience)
        counts = {"advanced": 0, "lost": 0, "failed": 0}
        visited = []
        for document in self.book.store.due_actions(self.book.clock.now(), MAX_DUE):
            so_far, before = self.elapsed() - start, own
            own = so_far - patience.spent_s
            slowest = max(slowest, own - before)
            if so_far + slowest > MAX_RUN_S:
                break
            counts[self._one(advance, document)] += 1
            visited.append(document.name)
        report = PollReport(**counts)
        if report != PollReport(0, 0, 0):
            log.info("polled", extra=counts)
        if patience.left_out:
            log.warning("AMAPI is too slow, looks are left for the next run", extra={"looks": patience.left_out})
        CountActions(self.book.store)(visited)
        return report

    def _one(self, advance: Advance, document: Document) -> str:
        try:
            advance(document.name, turns=1)
        except ConflictError:
            return "lost"  # whoever won has set wake_at, or the next tick finds it due again
        except Exception as error:  # a poisoned action must not stay at the head of the queue
            reason = error.reason if isinstance(error, PasscodeResetError) else type(error).__name__
            log.exception("advance failed", extra={"action": document.name, "alert": "ADVANCE_FAILED"})
            self._push_back(document, reason)
            return "failed"
        return "advanced"

    def _push_back(self, document: Document, reason: str) -> None:
        """Move ``wake_at`` without touching anything else, even where the document cannot be understood."""
        now = self.book.clock.now()
        delay = retry_delay(1)
        known = document.fields.get("revision")
        fields = {"wake_at": now + delay, "revision": known + 1 if isinstance(known, int) else 1}
        try:
            self.book.store.commit([Update(document.name, fields, document.version)])
        except PasscodeResetError:
            log.warning("push back failed", extra={"action": document.name, "reason": reason})
