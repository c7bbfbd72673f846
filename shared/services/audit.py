"""Audit rows of what has no action: refusals, and changes of users (service layer)."""

from datetime import datetime

from shared.domain.errors import RejectedError
from shared.domain.resource_names import audit_name
from shared.services.access import Caller
from shared.services.ports import Create


def refusal_row(
    enterprise: str, row_id: str, caller: Caller, error: RejectedError, *, resource: str, now: datetime
) -> Create:
    """Return the row of a refused wish; ``resource`` is the device or action it was about."""
    details = {"resource": resource, "reason": error.reason, **error.metadata}
    return row(enterprise, row_id, caller, "REFUSED", details=details, now=now)


def row(
    enterprise: str, row_id: str, caller: Caller, kind: str, *, details: dict[str, str], now: datetime
) -> Create:
    """Return one row of ``enterprises/{e}/audit``: type, time (UTC), who, network address, details."""
    fields = {"type": kind, "time": now, "who": caller.email, "address": caller.address, "details": details}
    return Create(audit_name(enterprise, row_id), fields)
