"""``advance``: bring an action to where the facts say it is (service layer).

The one terminal transition: the timer, a notification and the worker all come through here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain import resource_names as names
from shared.domain.action import Action
from shared.domain.history import DEVICE, SERVICE
from shared.domain.mailing import aged
from shared.domain.operation import Operation
from shared.domain.retention import purge_due, purged
from shared.services.announcing import Announcer
from shared.services.case import MAX_TURNS, Author, Case, CaseBook, destroy
from shared.services.looking import Look
from shared.services.ports import Operations, Write


@dataclass(frozen=True, slots=True)
class Advance:
    """Looks at AMAPI where there is something to learn, ends what has ended, and says what is next."""

    book: CaseBook
    amapi: Operations
    announcer: Announcer

    def __call__(self, action_name: str, *, turns: int = MAX_TURNS, seen: Iterable[Operation] = ()) -> bool:
        """Advance one action; safe to repeat, for a step that finds nothing to do writes nothing but ``wake_at``.

        Args:
            action_name: the action; an unknown one is nothing to do.
            turns: of read, decide, commit.
            seen: operations that AMAPI has just answered with.

        Returns:
            Whether AMAPI answered about every attempt without a result.

        Raises:
            ConflictError: lost in every turn (retry).
            TransientError: the store did not answer (retry).
        """
        look = Look(self.amapi, self.book.store)
        look.know(seen)
        lost = "the action kept moving; whoever moved it has set when it is looked at again"
        return self.book.until_landed(lambda: self._turn(action_name, look), lost, turns)

    def _turn(self, action_name: str, look: Look) -> bool:
        case = self.book.open(action_name)
        if case is None:
            return False
        action, looked = look.apply(case)
        action = aged(action, case.now)
        also: list[Write] = []
        if purge_due(action, case.now):
            action = purged(action, case.now)
            also = self._purge(action, case)
        told = any(a.result is not b.result for a, b in zip(action.attempts, case.action.attempts, strict=True))
        author = Author(DEVICE if told else SERVICE)
        # A look that was left out comes behind what is due by now, and before one that was tried in vain.
        after = self.book.save(
            case, action, author, looked=looked, kept_quiet=look.kept_quiet, urgent=look.left_out, also=also
        )
        self.announcer.follow_up(after, case.now, case.quiet_until, look_left_out=look.left_out)
        return looked

    def _purge(self, action: Action, case: Case) -> list[Write]:
        name = names.passcode_name(action.name)
        return [w for d in self.book.store.get_many([name]).values() for w in destroy(d, case.now)]
