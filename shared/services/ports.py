"""The Protocols that services are written against; adapters implement them (service layer).

Errors are those of ``shared.domain.errors``. All times are aware UTC datetimes. Every implementation is safe to
use from several threads at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import prod
from typing import Any, Protocol

from shared.domain.device import Device
from shared.domain.mail import Mail, MailFacts
from shared.domain.messages import Message
from shared.domain.operation import Operation
from shared.domain.secret import Secret

Fields = Mapping[str, Any]
"""A document's content: str, int, float, bool, bytes, aware datetime, list and dict of those, nested None."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read. ``version`` is opaque: it only serves to make a later write conditional."""

    name: str
    fields: Fields
    version: object


@dataclass(frozen=True, slots=True)
class Create:
    """Create the document; the commit fails if it exists. Top-level fields that are None are left out."""

    name: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Update:
    """Set the given top-level fields, if the document still has ``version``.

    A field given as None is removed from the document; fields not given stay. Each update must change something
    (services count ``revision`` up): Firestore keeps a document's version when an update changes nothing, so two
    racers with equal writes would both pass.
    """

    name: str
    fields: Fields
    version: object


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the document, if it still has ``version``."""

    name: str
    version: object


Write = Create | Update | Delete


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: at most ``size`` documents after ``cursor`` (None = from the start)."""

    size: int
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of documents in order; ``next_cursor`` is None on the last page."""

    documents: tuple[Document, ...]
    next_cursor: str | None


Wanted = str | tuple[str, ...] | None
"""A filter by equality: one value, several of which any fits, or None for no filter."""

MAX_MIXES = 30
"""Mixes of the values of all filters together. Source: Firestore's limit on the disjunctions of a query."""


FILTERED_BY = ("device_name", "status", "actor")
"""The fields of an action that the log is filtered by, in the order of ``ActionFilter.values``."""


@dataclass(frozen=True, slots=True)
class ActionFilter:
    """Filters of the action log, all optional and combined: those of ``FILTERED_BY`` by equality.

    At most ``MAX_MIXES`` mixes of their values, none twice. ``created_from`` is inclusive, ``created_before``
    exclusive.
    """

    device_name: Wanted = None
    status: Wanted = None
    actor: Wanted = None
    created_from: datetime | None = None
    created_before: datetime | None = None

    @property
    def values(self) -> tuple[tuple[str, ...], ...]:
        """The values of each field of ``FILTERED_BY``; empty for no filter.

        Raises:
            ValueError: more mixes than a store can ask for at once, or a filter that nothing fits.
        """
        found = tuple(
            () if wanted is None else (str(wanted),) if isinstance(wanted, str) else wanted
            for wanted in (self.device_name, self.status, self.actor)
        )
        if () in (self.device_name, self.status, self.actor) or prod(len(some) or 1 for some in found) > MAX_MIXES:
            raise ValueError(f"a filter has 1 to {MAX_MIXES} mixes of values")
        return found


SORT_FIELDS = {"user": "user_key", "model": "model_key", "seen": "last_seen"}
"""The device field behind each order's word."""

DEVICE_ORDERS = tuple(sign + word for word in SORT_FIELDS for sign in ("", "-"))
"""``user``, ``-user`` and so on: a leading minus reads from the end. The first is the usual one."""


@dataclass(frozen=True, slots=True)
class DeviceQuery:
    """Which devices, in which order.

    ``term`` is one normalised search prefix (see ``domain.device_search``) matched against the array ``search``;
    ``order`` is one of ``DEVICE_ORDERS``.
    """

    term: str | None = None
    order: str = DEVICE_ORDERS[0]


class Store(Protocol):
    """Documents by name, one atomic conditional commit, and a few named queries."""

    def get_many(self, names: Sequence[str]) -> dict[str, Document]:
        """Read documents in one round trip; missing ones are absent from the result.

        Raises:
            TransientError: the store did not answer (retry).
        """

    def commit(self, writes: Sequence[Write]) -> None:
        """Apply all writes, or none.

        Raises:
            ConflictError: a precondition failed, or the answer was lost and it may have landed: read again.
            TransientError: nothing was written (retry).
        """

    def due_actions(self, now: datetime, limit: int) -> list[Document]:
        """Actions of all enterprises with ``wake_at`` ≤ ``now``, oldest first."""

    def enterprises(self) -> list[str]:
        """Names of all enterprises."""

    def actions(self, enterprise: str, where: ActionFilter, page: PageRequest) -> Page:
        """Actions of an enterprise, newest ``create_time`` first."""

    def events(self, action: str, page: PageRequest) -> Page:
        """Events of an action, oldest first (by name)."""

    def devices(self, enterprise: str, query: DeviceQuery, page: PageRequest) -> Page:
        """Mirrored devices of an enterprise; a device without the order's field is not in it.

        Raises:
            RejectedError: ``INVALID_PAGE_TOKEN``, where the cursor is not one of this query (so for all pages).
        """


class Bus(Protocol):
    """Publishing; delivery is by push to the functions, at least once and in any order."""

    def publish(self, topic: str, message: Message) -> None:
        """Publish to a topic, ``projects/{p}/topics/{t}``; returns when the bus has it.

        Raises:
            TransientError: it may not have arrived; the timer publishes again.
        """


class Operations(Protocol):
    """What AMAPI knows of the commands it was given."""

    def get_operation(self, name: str) -> Operation | None:
        """Read an operation; None where AMAPI answers 404.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
        """

    def list_operations(self, device_name: str) -> list[Operation]:
        """Read all operations of a device that AMAPI still knows, in no promised order; [] on 404.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
        """


class DeviceManagement(Operations, Protocol):
    """AMAPI, as far as a reset needs it."""

    def issue_reset(
        self, device_name: str, passcode: Secret, *, duration_s: int, lock_now: bool, require_entry: bool
    ) -> Operation:
        """Send one RESET_PASSWORD command, by exactly one POST.

        Raises:
            PermanentError: 400 or 404, refused for good; ``reason`` is the RPC status word.
            ThrottledError: 429.
            UnauthorisedError: 401; 403 is ``EnterpriseRefusedError``.
            NotSentError: it provably never left.
            AmbiguousOutcomeError: anything else: it may have been accepted.
        """

    def cancel_operation(self, name: str) -> None:
        """Ask for cancellation; the answer proves nothing, so refusals by 4xx are swallowed.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
        """

    def get_device(self, device_name: str) -> Device | None:
        """Read a device; None where AMAPI answers 404.

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
        """

    def list_devices(self, enterprise: str, page_token: str) -> tuple[list[Device], str]:
        """Read one page of up to 100 devices and the next page's token ("" = last page).

        Raises:
            ThrottledError, UnauthorisedError, TransientError: no answer (all retry).
        """


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """An encrypted passcode and the name of the key (version) that opens it."""

    blob: bytes
    key_name: str


class Encryptor(Protocol):
    """The half that ``reset_passcode`` holds."""

    def encrypt(self, plaintext: Secret, aad: bytes) -> Ciphertext:
        """Encrypt, bound to ``aad``.

        Raises:
            TransientError: the key service did not answer, or its checksum was wrong (retry).
        """


class Decryptor(Protocol):
    """The half that ``issue_command``, ``notify`` and ``reveal_passcode`` hold."""

    def decrypt(self, ciphertext: Ciphertext, aad: bytes) -> Secret:
        """Decrypt what was encrypted under the very same ``aad``.

        Raises:
            TransientError: the key service did not answer, its checksum was wrong, or this function was given
                another key than the one it was sealed under (retry).
            PermanentError: ``CIPHERTEXT_REJECTED``: another aad, a changed blob, a destroyed key.
        """


class MailProvider(Protocol):
    """One provider of outgoing mail."""

    name: str

    def send(self, mail: Mail) -> None:
        """Hand one letter over, by exactly one request.

        Raises:
            RejectedError: ``ADDRESS_REFUSED``: this recipient is refused for good, by whichever provider.
            TransientError: the provider is down, throttles or refuses our credentials; nothing was taken.
            AmbiguousOutcomeError: it may have been taken.
        """


class MailRenderer(Protocol):
    """Writes letters."""

    def render(self, facts: MailFacts) -> Mail:
        """Return the letter in the recipient's language, English where that is not known."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a verified token speaks for."""

    email: str
    subject: str


class TokenVerifier(Protocol):
    """Checks signed assertions."""

    def verify(self, token: str) -> Principal:
        """Check issuer, audience, signature and expiry.

        Raises:
            RejectedError: ``UNAUTHENTICATED``.
            TransientError: the certificates could not be fetched (retry).
        """


class Clock(Protocol):
    """Time, so that tests can hold it."""

    def now(self) -> datetime:
        """Aware UTC time."""

    def boot_s(self) -> float:
        """Seconds since boot, counting time in suspension: a frozen worker sees that it slept."""

    def sleep(self, seconds: float) -> None:
        """Wait; only ever the milliseconds of jitter between two turns of a lost commit."""
