"""Counting resets into one document a day: the statistics of the overview (service layer).

Written by the timer alone, never while somebody waits. A day's document and the actions that it newly counts go
into one conditional commit: it lands as a whole or not at all, and an action that says how it was counted is not
counted again. So crashes, overlapping runs and lost answers change no figure; they only delay one.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

import msgspec

from shared.domain.action import Action
from shared.domain.errors import ConflictError, PasscodeResetError
from shared.domain.resource_names import day_name
from shared.domain.statistics import Figures, Tally, is_counted, place_of, tally_of
from shared.services.ports import Create, Document, Store, Update, Write
from shared.services.records import from_document, from_fields, to_fields, update

log = logging.getLogger(__name__)

MAX_COMMIT = 50
"""Actions of one commit: few enough that one of them seldom moves meanwhile, which would drop them all."""

MAX_DAYS = 20
"""Commits of one run: at some 50 ms each they end well inside what a run of the timer has left."""


@dataclass(frozen=True, slots=True)
class _Counting:
    """One action that is not counted as it stands."""

    document: Document
    action: Action
    before: Tally | None
    after: Tally


@dataclass(frozen=True, slots=True)
class CountActions:
    """Counts those of the named actions whose count is not, or no longer, true."""

    store: Store

    def __call__(self, action_names: Sequence[str]) -> int:
        """Count; safe to repeat and to overlap. A failure is logged and left to the next run: nothing waits for it.

        Args:
            action_names: of any enterprises, at most a few hundred.

        Returns:
            How many actions were counted or moved.
        """
        if not action_names:
            return 0
        try:
            return self._count(action_names)
        except PasscodeResetError as error:
            log.warning("not counted", extra={"reason": error.reason})
            return 0

    def _count(self, action_names: Sequence[str]) -> int:
        due = _by_day(self.store.get_many(action_names).values())
        chosen = dict(islice(due.items(), MAX_DAYS))
        if not chosen:
            return 0
        days = self.store.get_many([day_name(*place) for place in chosen])
        return sum(self._commit(day_name(*place), days, some[:MAX_COMMIT]) for place, some in chosen.items())

    def _commit(self, name: str, days: Mapping[str, Document], some: Sequence[_Counting]) -> int:
        try:
            self.store.commit([_day_write(name, days.get(name), some), *(_action_write(one) for one in some)])
        except ConflictError:
            return 0  # an action moved, or another run was faster: the next one counts what is left
        except msgspec.ValidationError:
            log.exception("a day's figures cannot be read", extra={"day": name, "alert": "COUNT_FAILED"})
            return 0
        return len(some)


def _by_day(documents: Iterable[Document]) -> Mapping[tuple[str, date], list[_Counting]]:
    due: dict[tuple[str, date], list[_Counting]] = defaultdict(list)
    for document in documents:
        one = _counting(document)
        if one:
            due[place_of(one.action)].append(one)
    return due


def _counting(document: Document) -> _Counting | None:
    """Return what is to be counted of an action, None where nothing is, or where it cannot be understood."""
    try:
        action = from_fields(Action, document.fields)
        if is_counted(action):
            return None
        before = Tally.parse(action.counted) if action.counted else None
        return _Counting(document, action, before, tally_of(action))
    except ValueError:  # also msgspec's: the document holds something else than this version knows
        log.exception("an action cannot be counted", extra={"action": document.name, "alert": "COUNT_FAILED"})
        return None


def _day_write(name: str, document: Document | None, some: Sequence[_Counting]) -> Write:
    known = from_document(Figures, document)
    figures = known
    for one in some:
        figures = figures.moved(one.action.name, one.before, one.after)
    if document is None:
        return Create(name, to_fields(figures))
    return update(document, known, figures)


def _action_write(one: _Counting) -> Update:
    return update(one.document, one.action, replace(one.action, counted=one.after.code))
