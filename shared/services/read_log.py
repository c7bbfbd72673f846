"""The action log as people search it: pages, and the rows of an export (service layer). Reads only.

It reads actions alone, and for them nothing else: a page costs what it shows, one row more, and what it took to
find the devices that a word stands for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.domain import resource_names as names
from shared.domain.action import Action
from shared.domain.device import DeviceRecord
from shared.domain.device_search import matches, search_prefix
from shared.domain.errors import TransientError
from shared.domain.roles import Right
from shared.services.access import Caller, read_as
from shared.services.ports import MAX_MIXES, ActionFilter, DeviceQuery, Document, Page, PageRequest, Store
from shared.services.records import from_fields

MAX_EXPORT = 50_000
"""Rows of one export: two minutes of one person's patience, and a table that every spreadsheet opens."""

EXPORT_PAGE = 500
"""Rows an export reads at once: some half a megabyte, never the whole log in memory."""

_TRIES = 3  # of one page of an export: a broken connection must not cost the half that is already on its way


@dataclass(frozen=True, slots=True)
class LogWish:
    """What somebody looks for; empty means everything.

    Attributes:
        statuses: any of these.
        actor: e-mail address, as a whole.
        device: what somebody typed to name a device or its user.
        created_from: inclusive (aware), ``created_before`` exclusive.
    """

    statuses: tuple[str, ...] = ()
    actor: str = ""
    device: str = ""
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """One page, newest first; ``next_page_token`` is "" on the last.

    Attributes:
        devices_looked_at: where the word for a device fits more than can be asked for at once, how many of them
            the rows are of; else None.
    """

    actions: tuple[Action, ...]
    next_page_token: str
    devices_looked_at: int | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """The store's filter, None where nothing can fit; see ``LogPage`` for the other."""

    where: ActionFilter | None
    devices_looked_at: int | None = None


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Every read names its caller: nothing is shown to whoever is not a member of the enterprise.

    All methods raise:
        RejectedError: ``NOT_FOUND`` for strangers, ``INVALID_PAGE_TOKEN`` (ack).
        TransientError: the store did not answer (retry).
    """

    store: Store

    def page(self, caller: Caller, enterprise: str, wish: LogWish, page: PageRequest) -> LogPage:
        """Return a page of the actions that fit."""
        asked = self._question(caller, enterprise, wish)
        if asked.where is None:
            return LogPage((), "")
        found = self.store.actions(enterprise, asked.where, page)
        actions = tuple(_action(document) for document in found.documents)
        return LogPage(actions, found.next_cursor or "", asked.devices_looked_at)

    def of_device(self, caller: Caller, device_name: str, page: PageRequest) -> LogPage:
        """Return a page of the actions of one device."""
        enterprise = names.enterprise_of(device_name)
        read_as(caller, self.store, enterprise, Right.READ)
        found = self.store.actions(enterprise, ActionFilter(device_name), page)
        return LogPage(tuple(_action(document) for document in found.documents), found.next_cursor or "")

    def export(self, caller: Caller, enterprise: str, wish: LogWish, most: int = MAX_EXPORT) -> Iterator[Action]:
        """Return all actions that fit, at most ``most`` and one more, which tells that there are more.

        The rights are checked and the first rows read at once; the others while they are taken.
        """
        asked = self._question(caller, enterprise, wish)
        if asked.where is None:
            return iter(())
        rows = self._rows(enterprise, asked.where, most + 1)
        first = next(rows, None)
        return iter(()) if first is None else _after(first, rows)

    def _rows(self, enterprise: str, where: ActionFilter, most: int) -> Iterator[Action]:
        cursor, left = None, most
        while left > 0:
            found = self._patiently(enterprise, where, PageRequest(min(EXPORT_PAGE, left), cursor))
            yield from map(_action, found.documents)
            cursor, left = found.next_cursor, left - len(found.documents)
            if cursor is None:
                return

    def _patiently(self, enterprise: str, where: ActionFilter, page: PageRequest) -> Page:
        for _try in range(1, _TRIES):
            try:
                return self.store.actions(enterprise, where, page)
            except TransientError:
                continue
        return self.store.actions(enterprise, where, page)

    def _question(self, caller: Caller, enterprise: str, wish: LogWish) -> _Question:
        read_as(caller, self.store, enterprise, Right.READ)
        # Addresses are kept as a sign-in spells them, which is nearly always in lower case.
        actors = tuple(dict.fromkeys((wish.actor, wish.actor.casefold()))) if wish.actor else ()
        most = MAX_MIXES // (max(1, len(wish.statuses)) * max(1, len(actors)))
        devices, more = self._devices(enterprise, wish.device, most) if wish.device.strip() else ((), False)
        if wish.device.strip() and not devices:
            return _Question(None)
        where = ActionFilter(
            devices or None, wish.statuses or None, actors or None, wish.created_from, wish.created_before
        )
        return _Question(where, most if more else None)

    def _devices(self, enterprise: str, text: str, most: int) -> tuple[tuple[str, ...], bool]:
        """Return the devices that a text stands for, and whether there are more of them.

        A device's own id is enough for one that left management and so stands in no list any more.
        """
        exact = self._device_of_id(enterprise, text.strip())
        if exact:
            return (exact,), False
        term = search_prefix(text)
        if not term:
            return (), False
        found = self.store.devices(enterprise, DeviceQuery(term), PageRequest(most))
        records = [from_fields(DeviceRecord, document.fields) for document in found.documents]
        fitting = tuple(record.device.name for record in records if matches(record, text))
        return fitting, found.next_cursor is not None

    def _device_of_id(self, enterprise: str, text: str) -> str | None:
        try:
            name = names.device_name(enterprise.partition("/")[2], text.removeprefix(f"{enterprise}/devices/"))
        except ValueError:
            return None
        return name if name in self.store.get_many([name]) else None


def _after(first: Action, rows: Iterator[Action]) -> Iterator[Action]:
    yield first
    yield from rows


def _action(document: Document) -> Action:
    return from_fields(Action, document.fields)
