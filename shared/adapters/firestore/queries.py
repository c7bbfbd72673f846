"""Every query that is ever sent to Firestore, and the indexes that these need (adapter layer; no SDK here).

The emulator answers any query without an index, production answers ``FAILED_PRECONDITION``. So the store builds
its queries from this table, Terraform's indexes are compared with what is derived from it, and nothing else
queries.

Documents hold the fields of the dataclasses in ``shared.domain``, under the same names.

Source: https://firebase.google.com/docs/firestore/query-data/index-overview (single-field defaults, merging of
composite indexes that share their order, exemptions, collection groups); google_firestore_field and
google_firestore_index of the Terraform provider.
"""

from dataclasses import dataclass

from shared.services.ports import DEVICE_ORDERS, FILTERED_BY, SORT_FIELDS

NAME = "__name__"
"""Firestore's word for a document's name as a sort field; it needs no index of its own."""


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One query.

    Attributes:
        collection: id of the collection.
        order: the field it is ordered by, or ``__name__``. Ties are ordered by name, in the same direction. A range
            is only ever put on this field.
        descending: the order's direction.
        group: over all collections of that id, whatever their parent.
        equality: fields that may each be asked for by ``==``, or by ``in`` (the same index), in any mix.
        contains: array field that is asked for by ``array-contains``.
    """

    collection: str
    order: str
    descending: bool = False
    group: bool = False
    equality: tuple[str, ...] = ()
    contains: str | None = None

    @property
    def direction(self) -> str:
        """``ASCENDING`` or ``DESCENDING``, the word of both the SDK and Terraform."""
        return "DESCENDING" if self.descending else "ASCENDING"


DUE_ACTIONS = NamedQuery("actions", "wake_at", group=True)
ENTERPRISES = NamedQuery("enterprises", NAME)
ACTIONS = NamedQuery("actions", "create_time", descending=True, equality=FILTERED_BY)
EVENTS = NamedQuery("events", NAME)

DEVICES = {
    order: NamedQuery("devices", SORT_FIELDS[order.removeprefix("-")], descending=order.startswith("-"))
    for order in DEVICE_ORDERS
}
"""All devices of an enterprise, by the order's word in the API."""

DEVICES_BY_TERM = {
    word: NamedQuery("devices", query.order, descending=query.descending, contains="search")
    for word, query in DEVICES.items()
}
"""Devices whose ``search`` array holds the term, by the order's word in the API."""

ALL_QUERIES = (DUE_ACTIONS, ENTERPRISES, ACTIONS, EVENTS, *DEVICES.values(), *DEVICES_BY_TERM.values())


@dataclass(frozen=True, slots=True)
class CompositeIndex:
    """A composite index of query scope COLLECTION: (field, ``ASCENDING``, ``DESCENDING`` or ``CONTAINS``) each."""

    collection: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FieldOverride:
    """What replaces Firestore's automatic indexes of one field, or of all others (``*``).

    Attributes:
        collection: id of the collection, whatever its parent (a collection group).
        field: field name or ``*``.
        indexes: (scope, direction) each; empty means that the field is not indexed at all.
        ttl: the field is the collection's expiry time: Firestore deletes the document some time after it.
    """

    collection: str
    field: str
    indexes: tuple[tuple[str, str], ...] = ()
    ttl: bool = False


QUERIED_BY_NAME = ("passcodes", "requests", "locks", "events", "audit", "days", "sync", "windows")
"""Read by name alone; an index would grow with time, cost writes, and hold personal data once more.

``days`` and ``sync`` hold maps, and every key of a map would be indexed twice, ascending and descending: a shard of
5,000 devices would come near the 40,000 index entries that one document may have. Source: Firestore's quotas.
"""

EXPIRING = ("passcodes", "requests")
"""Have ``expire_at``. Expired documents stay readable for about a day, so readers check the time themselves."""


def composite_indexes() -> tuple[CompositeIndex, ...]:
    """Return the composite indexes that the table needs.

    One index for each equality field is enough for every mix of them: Firestore merges indexes that end in the
    same order.
    """
    return tuple(
        CompositeIndex(query.collection, ((field, kind), (query.order, query.direction)))
        for query in ALL_QUERIES
        for field, kind in _filters(query)
    )


def field_overrides() -> tuple[FieldOverride, ...]:
    """Return the single-field settings: nothing is indexed but what a query is ordered by.

    A field index of the scope COLLECTION_GROUP is never automatic. It holds only documents that have the field, so
    the index of ``wake_at`` stays as small as the work that is waiting.
    """
    collections = dict.fromkeys([query.collection for query in _simple()])
    wildcard = tuple(FieldOverride(name, "*") for name in (*QUERIED_BY_NAME, *collections))
    expiring = tuple(FieldOverride(name, "expire_at", ttl=True) for name in EXPIRING)
    return wildcard + expiring + _ordered_fields()


def _simple() -> list[NamedQuery]:
    """Queries that one field's index answers."""
    return [query for query in ALL_QUERIES if query.order != NAME and query.contains is None]


def _ordered_fields() -> tuple[FieldOverride, ...]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for query in _simple():
        scope = "COLLECTION_GROUP" if query.group else "COLLECTION"
        found.setdefault((query.collection, query.order), []).append((scope, query.direction))
    return tuple(FieldOverride(*field, indexes=tuple(indexes)) for field, indexes in found.items())


def _filters(query: NamedQuery) -> list[tuple[str, str]]:
    equal = [(field, "ASCENDING") for field in query.equality]
    return equal if query.contains is None else [*equal, (query.contains, "CONTAINS")]
