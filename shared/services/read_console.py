"""What the console and the read routes show (service layer). Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.domain.action import Action
from shared.domain.device import DeviceRecord
from shared.domain.device_search import matches, search_prefix
from shared.domain.eligibility import Verdict
from shared.domain.history import Event
from shared.domain.resource_names import enterprise_of, passcode_name
from shared.domain.retention import may_be_on_phone
from shared.domain.roles import Right
from shared.domain.settings import EnterpriseSettings
from shared.services.access import Caller, not_found, read_as, rights_in
from shared.services.ports import ActionFilter, Clock, DeviceQuery, Document, PageRequest, Store
from shared.services.read_reset import ReadReset
from shared.services.records import from_document, from_fields
from shared.services.stored import Member, StoredPasscode

Row = TypeVar("Row")

MAX_SEARCH_PAGES = 3
"""Pages read for a query longer than a search term before an incomplete page is answered."""


@dataclass(frozen=True, slots=True)
class ShownAction:
    """An action and whether its passcode can be read right now."""

    action: Action
    passcode_available: bool


@dataclass(frozen=True, slots=True)
class ShowActions:
    """Adds to actions that somebody may see whether their passcodes can be read."""

    store: Store
    clock: Clock

    def __call__(self, actions: Sequence[Action]) -> list[ShownAction]:
        """Return the actions in their order; the store is asked only where a passcode may be on a phone.

        Raises:
            TransientError: the store did not answer (retry).
        """
        now = self.clock.now()
        likely = [passcode_name(action.name) for action in actions if may_be_on_phone(action, now)]
        found = self.store.get_many(likely) if likely else {}
        return [ShownAction(action, _is_kept(found.get(passcode_name(action.name)))) for action in actions]


@dataclass(frozen=True, slots=True)
class Listed(Generic[Row]):
    """One page of rows; ``next_page_token`` is "" on the last page."""

    rows: tuple[Row, ...]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class Membership:
    """What a person is in one enterprise."""

    enterprise: str
    settings: EnterpriseSettings
    roles: tuple[str, ...]
    rights: frozenset[Right]


@dataclass(frozen=True, slots=True)
class ReadConsole:
    """Every read names its caller: nothing is shown to whoever is not a member of the enterprise.

    All methods raise:
        RejectedError: ``NOT_FOUND`` for strangers and unknown names alike; ``INVALID_PAGE_TOKEN`` (ack).
        TransientError: the store did not answer (retry).
    """

    store: Store
    clock: Clock

    def membership(self, caller: Caller, enterprise: str) -> Membership:
        """Return what the caller is in an enterprise."""
        documents = read_as(caller, self.store, enterprise, Right.READ, enterprise)
        return _membership(enterprise, documents, caller.member_name(enterprise))

    def memberships(self, caller: Caller) -> list[Membership]:
        """Return every enterprise that the caller may read, in no order that matters; one store read each."""
        members = {enterprise: caller.member_name(enterprise) for enterprise in self.store.enterprises()}
        documents = self.store.get_many([*members, *members.values()]) if members else {}
        found = [_membership(enterprise, documents, member) for enterprise, member in members.items()]
        return [place for place in found if Right.READ in place.rights]

    def check_reset(self, caller: Caller, device_name: str) -> Verdict:
        """Judge whether a reset of this device would be accepted, with every reason."""
        return ReadReset(self.store, self.clock).before(caller, device_name).verdict

    def device(self, caller: Caller, device_name: str) -> DeviceRecord:
        """Return one mirrored device."""
        return from_fields(DeviceRecord, self._one(caller, device_name).fields)

    def devices(
        self, caller: Caller, enterprise: str, query: str, order: str, page: PageRequest
    ) -> Listed[DeviceRecord]:
        """Return devices whose search texts start with ``query`` ("" = all), ordered.

        A query that is longer than one search term is filtered here, so a page may be short, or even empty, and
        still have a next one.
        """
        read_as(caller, self.store, enterprise, Right.READ)
        wanted = DeviceQuery(search_prefix(query) or None, order)
        cursor, rows = page.cursor, []
        for _ in range(MAX_SEARCH_PAGES):
            found = self.store.devices(enterprise, wanted, PageRequest(page.size, cursor))
            records = [from_fields(DeviceRecord, document.fields) for document in found.documents]
            rows += [record for record in records if matches(record, query)]
            cursor = found.next_cursor
            if rows or cursor is None:
                break
        return Listed(tuple(rows), cursor or "")

    def action(self, caller: Caller, action_name: str) -> ShownAction:
        """Return one action."""
        return self._shown([self._one(caller, action_name)])[0]

    def actions(
        self, caller: Caller, enterprise: str, where: ActionFilter, page: PageRequest
    ) -> Listed[ShownAction]:
        """Return actions, newest first."""
        read_as(caller, self.store, enterprise, Right.READ)
        found = self.store.actions(enterprise, where, page)
        return Listed(tuple(self._shown(found.documents)), found.next_cursor or "")

    def events(self, caller: Caller, action_name: str, page: PageRequest) -> Listed[Event]:
        """Return an action's audit rows, oldest first."""
        self._one(caller, action_name)
        found = self.store.events(action_name, page)
        rows = tuple(from_fields(Event, document.fields) for document in found.documents)
        return Listed(rows, found.next_cursor or "")

    def _one(self, caller: Caller, name: str) -> Document:
        documents = read_as(caller, self.store, enterprise_of(name), Right.READ, name)
        if name not in documents:
            raise not_found()
        return documents[name]

    def _shown(self, documents: Sequence[Document]) -> list[ShownAction]:
        return ShowActions(self.store, self.clock)([from_fields(Action, document.fields) for document in documents])


def _membership(enterprise: str, documents: Mapping[str, Document], member: str) -> Membership:
    settings = from_document(EnterpriseSettings, documents.get(enterprise))
    roles = from_document(Member, documents.get(member)).roles
    return Membership(enterprise, settings, roles, rights_in(documents, member))


def _is_kept(document: Document | None) -> bool:
    return document is not None and from_fields(StoredPasscode, document.fields).ciphertext is not None
