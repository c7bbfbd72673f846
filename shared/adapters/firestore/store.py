"""``shared.services.ports.Store`` on Firestore (adapter layer).

No transactions: reads are one batch, a commit is one batch of writes that each carry their precondition. That is
one round trip instead of three, holds no locks while the caller thinks, and fails whole.

Source: google-cloud-firestore (``Client.get_all``, ``Client.batch``, ``write_option``, ``Query.start_after``).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from google.api_core.exceptions import GoogleAPIError, ServiceUnavailable
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from shared.adapters.firestore import queries
from shared.adapters.firestore.errors import commit_error, read_error
from shared.adapters.firestore.queries import NAME, NamedQuery
from shared.adapters.firestore.values import changes, document_of
from shared.domain.resource_names import id_of
from shared.services import documents, page_cursor
from shared.services.page_cursor import Position
from shared.services.ports import ActionFilter, Create, DeviceQuery, Document, Page, PageRequest, Update, Write

# A step is a read, a commit and perhaps a second turn, and must end within a function's 50 s.
READ_TIMEOUT_S = 8.0
COMMIT_TIMEOUT_S = 10.0

# The SDK repeats a commit for a minute when its answer is lost; the repeat then fails on its own first write. And
# its repeat of a query that broke half-way forgets the limit. ``Query.stream`` cannot be given None, hence this.
_NO_RETRY = Retry(predicate=if_exception_type())


class FirestoreStore:
    """The documents of one Firestore database; safe to use from several threads."""

    def __init__(self, project: str, database: str, client: firestore.Client | None = None) -> None:
        """Open a client (which connects at its first call), or take the given one.

        ``FIRESTORE_EMULATOR_HOST`` is obeyed by the SDK itself.
        """
        self._client = client or firestore.Client(project=project, database=database)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get_many(self, names: Sequence[str]) -> dict[str, Document]:
        """See the port. Costs one document read per name."""
        for name in names:
            documents.check_name(name)
        if not names:
            return {}
        references = [self._client.document(name) for name in dict.fromkeys(names)]
        found = _read(lambda: self._client.get_all(references, retry=_NO_RETRY, timeout=READ_TIMEOUT_S))
        return {document.name: document for document in found}

    def commit(self, writes: Sequence[Write]) -> None:
        """See the port. Not safe to repeat blindly: the second one conflicts with the first."""
        documents.check_writes(writes)
        if not writes:
            return
        batch = self._client.batch()
        for write in writes:
            self._add(batch, write)
        try:
            batch.commit(retry=None, timeout=COMMIT_TIMEOUT_S)
        except GoogleAPIError as error:
            raise commit_error(error) from error

    def _add(self, batch: firestore.WriteBatch, write: Write) -> None:
        reference = self._client.document(write.name)
        if isinstance(write, Create):
            batch.create(reference, documents.without_none(write.fields))
            return
        unchanged = self._client.write_option(last_update_time=write.version)
        if isinstance(write, Update):
            batch.update(reference, changes(write.fields), option=unchanged)
        else:
            batch.delete(reference, option=unchanged)

    def due_actions(self, now: datetime, limit: int) -> list[Document]:
        """See the port."""
        query = self._query(queries.DUE_ACTIONS).where(filter=FieldFilter("wake_at", "<=", now))
        return _stream(query.limit(limit))

    def enterprises(self) -> list[str]:
        """See the port. Only names leave the database."""
        return [document.name for document in _stream(self._query(queries.ENTERPRISES).select([]))]

    def actions(self, enterprise: str, where: ActionFilter, page: PageRequest) -> Page:
        """See the port."""
        query = self._query(queries.ACTIONS, enterprise)
        for field, values in zip(queries.ACTIONS.equality, where.values, strict=True):
            if values:
                query = query.where(filter=_any_of(field, values))
        for operator, bound in ((">=", where.created_from), ("<", where.created_before)):
            if bound is not None:
                query = query.where(filter=FieldFilter(queries.ACTIONS.order, operator, bound))
        return _page(query, queries.ACTIONS, page, ("actions", enterprise, where))

    def events(self, action: str, page: PageRequest) -> Page:
        """See the port."""
        return _page(self._query(queries.EVENTS, action), queries.EVENTS, page, ("events", action))

    def devices(self, enterprise: str, query: DeviceQuery, page: PageRequest) -> Page:
        """See the port."""
        named = (queries.DEVICES if query.term is None else queries.DEVICES_BY_TERM)[query.order]
        asked = self._query(named, enterprise)
        if named.contains is not None:
            asked = asked.where(filter=FieldFilter(named.contains, "array_contains", query.term))
        return _page(asked, named, page, ("devices", enterprise, query))

    def _query(self, named: NamedQuery, parent: str | None = None) -> firestore.Query:
        path = named.collection if parent is None else f"{parent}/{named.collection}"
        scope = self._client.collection_group(path) if named.group else self._client.collection(path)
        ordered = scope.order_by(named.order, direction=named.direction)
        # Said aloud, because a cursor names the value and the document.
        return ordered if named.order == NAME else ordered.order_by(NAME, direction=named.direction)


def _any_of(field: str, values: Sequence[str]) -> FieldFilter:
    return FieldFilter(field, "in", list(values)) if len(values) > 1 else FieldFilter(field, "==", values[0])


def _page(query: firestore.Query, named: NamedQuery, page: PageRequest, identity: object) -> Page:
    """Read one row more than is shown: the only way to know whether there is a next page."""
    if page.size < 1:
        raise ValueError("a page has at least one row")
    if page.cursor is not None:
        last = page_cursor.decode(identity, page.cursor)
        by_name = named.order == NAME
        query = query.start_after(
            {NAME: last.document_id} if by_name else {named.order: last.key, NAME: last.document_id}
        )
    rows = _stream(query.limit(page.size + 1))
    shown = tuple(rows[: page.size])
    if len(rows) <= page.size:
        return Page(shown, None)
    end = Position(shown[-1].fields.get(named.order), id_of(shown[-1].name))
    return Page(shown, page_cursor.encode(identity, end))


def _stream(query: firestore.Query) -> list[Document]:
    return _read(lambda: query.stream(retry=_NO_RETRY, timeout=READ_TIMEOUT_S))


def _read(call: Callable[[], Iterable[firestore.DocumentSnapshot]]) -> list[Document]:
    """Read all snapshots that exist; once more if the connection was gone, as after a frozen instance wakes."""
    try:
        try:
            return _existing(call())
        except ServiceUnavailable:
            return _existing(call())
    except GoogleAPIError as error:
        raise read_error(error) from error


def _existing(snapshots: Iterable[firestore.DocumentSnapshot]) -> list[Document]:
    return [document_of(snapshot) for snapshot in snapshots if snapshot.exists]
