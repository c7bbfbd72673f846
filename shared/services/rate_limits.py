"""Holding people to the enterprise's rates, in the same commit as what they do (service layer)."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from shared.domain.errors import RejectedError
from shared.domain.rates import ENTERPRISE_WINDOW, PERSON_WINDOW, Window
from shared.domain.resource_names import window_name
from shared.domain.settings import EnterpriseSettings
from shared.services.ports import Create, Document, Store, Write
from shared.services.records import from_document, to_fields, update

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rate:
    """One limit and the document that counts for it."""

    name: str
    most: int
    span: timedelta
    reason: str
    message: str
    breaker: bool = False


def reset_rates(enterprise: str, email: str, settings: EnterpriseSettings) -> tuple[Rate, ...]:
    """Return the limits that a reset of this person falls under; none where the enterprise sets none."""
    person = Rate(
        _of_person(enterprise, "resets", email),
        settings.max_resets_per_person,
        PERSON_WINDOW,
        "TOO_MANY_RESETS",
        "You have started many resets in a short time.",
    )
    everybody = Rate(
        window_name(enterprise, "resets"),
        settings.max_resets_per_hour,
        ENTERPRISE_WINDOW,
        "RESETS_STOPPED",
        "Very many resets were started in this enterprise within an hour, so no more are taken for now.",
        breaker=True,
    )
    return tuple(rate for rate in (person, everybody) if rate.most > 0)


def reading_rates(enterprise: str, email: str, settings: EnterpriseSettings) -> tuple[Rate, ...]:
    """Return the limits that a reading of a passcode falls under."""
    rate = Rate(
        _of_person(enterprise, "readings", email),
        settings.max_readings_per_person,
        PERSON_WINDOW,
        "TOO_MANY_READINGS",
        "You have shown many passcodes in a short time.",
    )
    return (rate,) if rate.most > 0 else ()


def counted(store: Store, rates: tuple[Rate, ...], now: datetime) -> list[Write]:
    """Return the writes that count one more, for the commit of what is counted.

    Args:
        store: is read where there is a limit.
        rates: the limits.
        now: UTC.

    Raises:
        RejectedError: the reason of a limit that is reached, with ``retryAfter`` in seconds (ack).
        TransientError: the store did not answer (retry).
    """
    windows = store.get_many([rate.name for rate in rates]) if rates else {}
    return [_counted(rate, windows.get(rate.name), now) for rate in rates]


def _counted(rate: Rate, document: Document | None, now: datetime) -> Write:
    before = from_document(Window, document)
    wait = before.wait(rate.most, rate.span, now)
    if wait is not None:
        if rate.breaker:
            log.error("mass reset stopped", extra={"reason": rate.reason, "alert": "MASS_RESET"})
        seconds = str(ceil(wait.total_seconds()))
        raise RejectedError(rate.reason, f"{rate.message} Try again later.", {"retryAfter": seconds})
    after = before.with_one(rate.span, now)
    if document is None:
        return Create(rate.name, to_fields(after))
    return update(document, before, after)


def _of_person(enterprise: str, kind: str, email: str) -> str:
    return window_name(enterprise, f"{kind}-{hashlib.sha256(email.casefold().encode()).hexdigest()}")
