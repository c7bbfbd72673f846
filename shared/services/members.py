"""An enterprise's settings and members, as an operator says from outside the console (service layer).

Nobody is asked for rights here: whoever may write the store may write it all. Each change carries its audit row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from shared.domain.errors import ConflictError, RejectedError
from shared.domain.mail_address import is_plain_address
from shared.domain.resource_names import id_of, member_name
from shared.domain.roles import ROLE_RIGHTS
from shared.domain.settings import EnterpriseSettings
from shared.services.access import Caller
from shared.services.audit import row
from shared.services.case import CaseBook
from shared.services.ports import Create, Delete, Document, Fields, Update, Write
from shared.services.records import from_fields, to_fields
from shared.services.stored import Member

Roles = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """Founds enterprises in the store, and adds, changes and removes their members; all of it safe to repeat."""

    book: CaseBook
    new_id: Callable[[], str]

    def found(self, enterprise: str, settings: EnterpriseSettings, by: Caller) -> bool:
        """Write an enterprise's settings where there are none; returns whether it did. Never overwrites.

        Raises:
            TransientError: the store did not answer, or every turn was lost (retry).
        """
        for document in self._turns(enterprise, enterprise):
            if document is not None:
                return False
            details = {"enterprise": enterprise}
            if self._committed(
                Create(enterprise, to_fields(settings)), enterprise, by, "ENTERPRISE_ADDED", details
            ):
                return True
        raise _crowded()

    def change(self, enterprise: str, changes: Fields, by: Caller) -> EnterpriseSettings:
        """Change some of an enterprise's settings; returns those it had before.

        Args:
            enterprise: ``enterprises/{e}``.
            changes: by field of ``EnterpriseSettings``; the others stay.
            by: for the audit row.

        Raises:
            RejectedError: ``NOT_FOUND`` for the enterprise (ack).
            TransientError: the store did not answer, or every turn was lost (retry).
        """
        for document in self._turns(enterprise, enterprise):
            if document is None:
                raise _unknown(enterprise)
            before = from_fields(EnterpriseSettings, document.fields)
            changed = {field: value for field, value in changes.items() if getattr(before, field) != value}
            if not changed:
                return before
            details = {field: f"{getattr(before, field)} → {value}" for field, value in changed.items()}
            write = Update(enterprise, changed, document.version)
            if self._committed(write, enterprise, by, "SETTINGS_CHANGED", details):
                return before
        raise _crowded()

    def roles(self, enterprise: str, email: str) -> Roles | None:
        """Return a member's roles, None for no member.

        Raises:
            RejectedError: ``INVALID_EMAIL`` (ack).
            TransientError: the store did not answer (retry).
        """
        name = _name(enterprise, email)
        return _roles(self.book.store.get_many([name]).get(name))

    def add(self, enterprise: str, email: str, roles: Iterable[str], by: Caller) -> Roles | None:
        """Give a person exactly these roles; returns those they had, None for a new member.

        Raises:
            ValueError: no role, or one that nobody knows.
            RejectedError: ``INVALID_EMAIL``, or ``NOT_FOUND`` for the enterprise (ack).
            TransientError: the store did not answer, or every turn was lost (retry).
        """
        name, wanted = _name(enterprise, email), tuple(sorted(set(roles)))
        if not wanted or not set(wanted) <= set(ROLE_RIGHTS):
            raise ValueError(f"a role is one of {', '.join(ROLE_RIGHTS)}")
        for document in self._turns(enterprise, name):
            before = _roles(document)
            if before is not None and set(before) == set(wanted):
                return before
            write, kind = _membership(name, document, wanted)
            details = {"member": id_of(name), "roles": ", ".join(wanted), "before": ", ".join(before or ())}
            if self._committed(write, enterprise, by, kind, details):
                return before
        raise _crowded()

    def remove(self, enterprise: str, email: str, by: Caller) -> Roles | None:
        """Take all roles from a person; returns those they had, None for somebody who was no member.

        Raises:
            RejectedError: ``INVALID_EMAIL``, or ``NOT_FOUND`` for the enterprise (ack).
            TransientError: the store did not answer, or every turn was lost (retry).
        """
        name = _name(enterprise, email)
        for document in self._turns(enterprise, name):
            if document is None:
                return None
            before = _roles(document) or ()
            details = {"member": id_of(name), "before": ", ".join(before)}
            if self._committed(Delete(name, document.version), enterprise, by, "MEMBER_REMOVED", details):
                return before
        raise _crowded()

    def _turns(self, enterprise: str, name: str) -> Iterator[Document | None]:
        """Read a document of an enterprise that exists, or that very enterprise, anew in each turn."""
        for _turn in self.book.turns():
            documents = self.book.store.get_many(sorted({enterprise, name}))
            if name != enterprise and enterprise not in documents:
                raise _unknown(enterprise)
            yield documents.get(name)

    def _committed(self, write: Write, enterprise: str, by: Caller, kind: str, details: Mapping[str, str]) -> bool:
        now = self.book.clock.now()
        audit = row(enterprise, self.new_id(), by, kind, details=dict(details), now=now)
        try:
            self.book.store.commit([write, audit])
        except ConflictError:  # somebody was faster, or the answer was lost: our own row tells which
            return audit.name in self.book.store.get_many([audit.name])
        return True


def _membership(name: str, document: Document | None, roles: Roles) -> tuple[Write, str]:
    if document is None:
        return Create(name, to_fields(Member(id_of(name), roles))), "MEMBER_ADDED"
    return Update(name, {"roles": list(roles)}, document.version), "MEMBER_CHANGED"


def _name(enterprise: str, email: str) -> str:
    if not is_plain_address(email):
        raise RejectedError("INVALID_EMAIL", "That is not one plain e-mail address.")
    return member_name(enterprise, email)


def _roles(document: Document | None) -> Roles | None:
    return None if document is None else from_fields(Member, document.fields).roles


def _unknown(enterprise: str) -> RejectedError:
    return RejectedError("NOT_FOUND", f"The store knows no {enterprise}.")


def _crowded() -> ConflictError:
    return ConflictError("the document kept moving; the same command can be given again")
