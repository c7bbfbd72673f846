"""Saying in the console who holds a device (service layer)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.domain.device import DeviceRecord, DeviceUser
from shared.domain.errors import RejectedError
from shared.domain.mail_address import is_plain_address
from shared.domain.resource_names import enterprise_of
from shared.domain.roles import Right
from shared.services.access import Caller, not_found, read_as
from shared.services.audit import row
from shared.services.case import CaseBook
from shared.services.mirror import listed
from shared.services.records import from_fields, update


@dataclass(frozen=True, slots=True)
class AssignUser:
    """Sets the user that outranks enrolment token and import; the address is where passcodes may be sent."""

    book: CaseBook
    new_id: Callable[[], str]

    def __call__(self, caller: Caller, device_name: str, user: DeviceUser) -> DeviceRecord:
        """Assign; safe to repeat. A user with nothing in it takes the assignment back.

        Raises:
            RejectedError: ``NOT_FOUND``, ``ROLE_REQUIRED``, ``INVALID_EMAIL`` (ack).
            TransientError: the store did not answer, or every turn was lost (retry).
        """
        if user.email and not is_plain_address(user.email):
            raise RejectedError("INVALID_EMAIL", "user.email is not a plain e-mail address.")
        lost = "the device kept moving; the same request can be sent again"
        return self.book.until_landed(lambda: self._turn(caller, device_name, user), lost)

    def _turn(self, caller: Caller, device_name: str, user: DeviceUser) -> DeviceRecord:
        enterprise = enterprise_of(device_name)
        document = read_as(caller, self.book.store, enterprise, Right.MANAGE, device_name).get(device_name)
        if document is None:
            raise not_found()
        before = from_fields(DeviceRecord, document.fields)
        assigned = user if user != DeviceUser() else None
        after = listed(replace(before, assigned_user=assigned, revision=before.revision + 1))
        details = {"device": device_name, "email": user.email}
        audit = row(enterprise, self.new_id(), caller, "USER_ASSIGNED", details=details, now=self.book.clock.now())
        self.book.store.commit([update(document, before, after), audit])
        return after
