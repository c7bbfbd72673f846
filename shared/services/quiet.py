"""AMAPI's quiet time, shared by all functions (service layer).

The quota is the project's, so one 429 concerns every device. The first loser writes it, only where that moves it
noticeably, and never tries the write again: whoever came first wrote the same.
"""

import logging
import random
from datetime import datetime, timedelta

from shared.domain.errors import ThrottledError, TransientError, UnauthorisedError
from shared.domain.resource_names import QUIET_NAME
from shared.domain.timing import QUIET_JITTER_S, QUIET_STEP, QUIET_THROTTLED, QUIET_UNAUTHORISED
from shared.services.ports import Create, Store
from shared.services.records import from_fields, to_fields, update
from shared.services.stored import StoredQuiet

log = logging.getLogger(__name__)


def quiet_of(error: TransientError) -> timedelta | None:
    """Return for how long AMAPI wants no call, None where the error says nothing of that."""
    if isinstance(error, UnauthorisedError):
        return QUIET_UNAUTHORISED
    if isinstance(error, ThrottledError):
        return max(QUIET_THROTTLED, timedelta(seconds=error.retry_after_s or 0))
    return None


def keep_quiet(store: Store, error: TransientError, now: datetime) -> datetime | None:
    """Write the quiet time that an answer of AMAPI asks for; safe to repeat.

    Returns:
        The end of the quiet time, None where the error asks for none.
    """
    wanted = quiet_of(error)
    if wanted is None:
        return None
    until = now + wanted
    if isinstance(error, UnauthorisedError):
        log.error("AMAPI refuses our account", extra={"alert": "AMAPI_UNAUTHORISED", "reason": error.reason})
    else:
        log.warning("AMAPI wants quiet", extra={"until": until.isoformat(), "reason": error.reason})
    try:
        _write(store, until, error.reason)
    except TransientError:
        log.info("the quiet time was not written; somebody else's stands")
    return until


def is_quiet(store: Store, now: datetime) -> bool:
    """Tell whether AMAPI wants no call now, for steps that did not read it together with an action."""
    document = store.get_many([QUIET_NAME]).get(QUIET_NAME)
    return document is not None and now < from_fields(StoredQuiet, document.fields).quiet_until


def spread(rng: random.Random) -> timedelta:
    """Return how long after a quiet time one action's own call comes, so that the flood does not return at once."""
    return timedelta(seconds=rng.uniform(0, QUIET_JITTER_S))


def _write(store: Store, until: datetime, reason: str) -> None:
    document = store.get_many([QUIET_NAME]).get(QUIET_NAME)
    if document is None:
        store.commit([Create(QUIET_NAME, to_fields(StoredQuiet(until, reason)))])
        return
    known = from_fields(StoredQuiet, document.fields)
    if until - known.quiet_until > QUIET_STEP:
        store.commit([update(document, known, StoredQuiet(until, reason))])
