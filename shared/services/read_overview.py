"""What the overview shows: thirty days of figures, and the resets that somebody should look at (service layer).

One document a day and five actions, whatever the enterprise's size: no list is read through. Figures are as the
timer last counted them, a minute or two ago; the resets that are shown are read as they are now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from shared.domain.action import Action
from shared.domain.resource_names import action_name, day_name, id_of
from shared.domain.roles import Right
from shared.domain.statistics import Bucket, Figures, Need, tally_of, total_of
from shared.services.access import not_found
from shared.services.ports import Clock, Store
from shared.services.records import from_document, from_fields

DAYS = 30
"""A month of columns; also how long a reset may be tried at most, so nearly every open one is among them."""

MAX_ATTENTION = 5
"""Resets named: what a person can do something about now; the action log lists the others."""

MAIL_DAYS = 7
"""A mail that did not arrive is news for a week; by then its passcode was passed on in another way."""


@dataclass(frozen=True, slots=True)
class Attention:
    """A reset that somebody should look at, as it stands now."""

    action: Action
    need: Need


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows.

    Attributes:
        days: UTC days with their figures, oldest first, without a gap; the last one is today.
        total: the sum of all days.
        attention: most urgent first, then oldest first.
    """

    days: tuple[tuple[date, Figures], ...]
    total: Figures
    attention: tuple[Attention, ...]

    @property
    def open_resets(self) -> int:
        """How many resets of these days have not ended."""
        return self.total.of(Bucket.OPEN)


@dataclass(frozen=True, slots=True)
class ReadOverview:
    """Reads only: ``DAYS`` documents in one round trip, and at most ``MAX_ATTENTION`` in a second one."""

    store: Store
    clock: Clock

    def __call__(self, enterprise: str, rights: frozenset[Right]) -> Overview:
        """Return the overview of an enterprise.

        Args:
            enterprise: its name.
            rights: what the reader may do in it, as ``ReadConsole.membership`` has just told.

        Raises:
            RejectedError: ``NOT_FOUND`` for whoever may not read there (ack).
            TransientError: the store did not answer (retry).
        """
        if Right.READ not in rights:
            raise not_found()
        today = self.clock.now().astimezone(UTC).date()
        dates = [today - timedelta(days=back) for back in reversed(range(DAYS))]
        documents = self.store.get_many([day_name(enterprise, day) for day in dates])
        days = tuple((day, from_document(Figures, documents.get(day_name(enterprise, day)))) for day in dates)
        return Overview(days, total_of(figures for _, figures in days), self._attention(enterprise, days))

    def _attention(self, enterprise: str, days: Sequence[tuple[date, Figures]]) -> tuple[Attention, ...]:
        names = [action_name(id_of(enterprise), action_id) for action_id in _needing(days)][:MAX_ATTENTION]
        documents = self.store.get_many(names) if names else {}
        actions = [from_fields(Action, document.fields) for document in documents.values()]
        found = [Attention(action, need) for action in actions if (need := tally_of(action).need)]
        order = list(Need)
        return tuple(sorted(found, key=lambda one: (order.index(one.need), one.action.create_time)))


def _needing(days: Sequence[tuple[date, Figures]]) -> Iterator[str]:
    """Yield the ids of those that need a look, the most urgent first, then the oldest; ids sort by their time."""
    for need in Need:
        recent = days[-MAIL_DAYS:] if need is Need.MAIL else days
        for _, figures in recent:
            yield from sorted(action_id for action_id, known in figures.needing.items() if known == need)
