"""Actions, attempts and locks in the states that tests start from; all times hang on ``T0``."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.action import Action, Attempt, Delivery, MailCall, Recipient, Status
from shared.domain.lock import DeviceLock
from shared.domain.operation import Operation, Outcome
from shared.domain.timing import CALL_LEASE, GRACE

T0 = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

DEVICE = "enterprises/e/devices/d"
NAME = "enterprises/e/actions/a2"
OLDER, NEWER = "enterprises/e/actions/a1", "enterprises/e/actions/a3"
OPERATION = f"{DEVICE}/operations/1"

EXPIRE = T0 + HOUR
DURATION_S = 3500
OVER = T0 + CALL_LEASE + timedelta(seconds=DURATION_S) + GRACE
"""End of the life of ``attempt()``."""

ADMIN = Delivery(Recipient.ADMIN, "admin@example.com", "en")


def attempt(attempt_id: str = "t1", **changes: object) -> Attempt:
    """An attempt claimed at T0 whose call was not answered."""
    plain = Attempt(attempt_id, T0, T0 + CALL_LEASE, DURATION_S, OVER)
    return replace(plain, **changes)


def issued(attempt_id: str = "t1", **changes: object) -> Attempt:
    """An attempt with an operation and without a result."""
    return attempt(attempt_id, **{"operation": OPERATION, **changes})


def ended(outcome: Outcome, attempt_id: str = "t1", **changes: object) -> Attempt:
    """An attempt with a result."""
    return issued(attempt_id, result=outcome, **changes)


def action(*attempts: Attempt, **changes: object) -> Action:
    """A reset accepted at T0, valid for an hour, with one mail to the admin."""
    plain = Action(
        name=NAME,
        device_name=DEVICE,
        scope="DEVICE",
        actor="admin@example.com",
        request_id="r1",
        create_time=T0,
        expire_time=EXPIRE,
        retention_s=30 * 86_400,
        deliveries=(ADMIN,),
        attempts=attempts,
    )
    return replace(plain, **changes)


def finished(status: Status, *attempts: Attempt, **changes: object) -> Action:
    """A reset that ended at ``OVER`` and has let go of the lock."""
    facts = {"status": status, "complete_time": OVER, "lock_held": False, "purge_at": OVER + 30 * DAY}
    return action(*attempts, **{**facts, **changes})


def lock(*actions: str, **changes: object) -> DeviceLock:
    """A lock that remembers these actions, oldest first, held by ``NAME``; by default after an older reset."""
    return replace(DeviceLock(NAME, actions or (OLDER, NAME)), **changes)


def operation(**changes: object) -> Operation:
    """AMAPI's operation of ``attempt()``, not done."""
    plain = Operation(OPERATION, DEVICE, True, T0 + SECOND, DURATION_S)
    return replace(plain, **changes)


def mail_call(call_id: str = "c1", **changes: object) -> MailCall:
    """A call of a mail provider that was not answered."""
    return replace(MailCall(call_id, T0 + CALL_LEASE, "first"), **changes)
