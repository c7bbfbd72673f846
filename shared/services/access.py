"""Who may do what in which enterprise (service layer).

Membership is a document of the enterprise: no document, no enterprise. Whoever is not a member learns nothing, not
even that the enterprise exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain import resource_names as names
from shared.domain.errors import RejectedError
from shared.domain.roles import Right, rights_of, roles_with
from shared.services.ports import Document, Store
from shared.services.records import from_document
from shared.services.stored import Member


@dataclass(frozen=True, slots=True)
class Caller:
    """A person with a verified identity, and the network address the request came from."""

    email: str
    address: str = ""

    def member_name(self, enterprise: str) -> str:
        """Name of the caller's member document; NOT_FOUND where the address cannot be one."""
        try:
            return names.member_name(enterprise, self.email)
        except ValueError:
            raise not_found() from None


def not_found() -> RejectedError:
    """The one answer for what is unknown and for what belongs to somebody else."""
    return RejectedError("NOT_FOUND", "There is no such resource, or it belongs to another enterprise.")


def rights_in(documents: Mapping[str, Document], member_name: str) -> frozenset[Right]:
    """Return the rights that a member document, if it is there, carries."""
    return rights_of(from_document(Member, documents.get(member_name)).roles)


def require(documents: Mapping[str, Document], member_name: str, right: Right) -> None:
    """Check a right.

    Raises:
        RejectedError: ``NOT_FOUND`` for no member, ``ROLE_REQUIRED`` for a member without the right (ack).
    """
    if member_name not in documents:
        raise not_found()
    if right not in rights_in(documents, member_name):
        roles = " or ".join(roles_with(right))
        raise RejectedError("ROLE_REQUIRED", f"This needs the role {roles}.", {"right": right.value})


def read_as(caller: Caller, store: Store, enterprise: str, right: Right, *names: str) -> dict[str, Document]:
    """Read documents of an enterprise for somebody who has a right there; both are found out by one read.

    Returns:
        What there is of ``names``, by name, and the caller's member document.

    Raises:
        RejectedError: as ``require`` (ack).
        TransientError: the store did not answer (retry).
    """
    member = caller.member_name(enterprise)
    documents = store.get_many([member, *names])
    require(documents, member, right)
    return documents
