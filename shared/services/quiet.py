"""AMAPI's quiet time, shared by all functions (service layer).

The quota is the project's, so one 429 concerns every device. A 403 may be about its enterprise alone, as when its
customer took it away from us: others must not wait for that, so it silences only that one, and where we may call
about none, each finds out by itself. The first loser writes, only where that moves it noticeably, and never tries
the write again: whoever came first wrote the same, and an enterprise that lost to another is refused once more.
"""

import logging
import random
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.errors import EnterpriseRefusedError, ThrottledError, TransientError, UnauthorisedError
from shared.domain.resource_names import QUIET_NAME, id_of
from shared.domain.timing import QUIET_JITTER_S, QUIET_STEP, QUIET_THROTTLED, QUIET_UNAUTHORISED
from shared.services.ports import Create, Document, Store
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


def keep_quiet(store: Store, error: TransientError, now: datetime, enterprise: str) -> datetime | None:
    """Write the quiet time that an answer of AMAPI asks for; safe to repeat.

    Args:
        store: where it is kept.
        error: AMAPI's answer.
        now: UTC.
        enterprise: name of the enterprise that AMAPI was asked about.

    Returns:
        The end of the quiet time, None where the error asks for none.
    """
    wanted = quiet_of(error)
    if wanted is None:
        return None
    until = now + wanted
    told = {"until": until.isoformat(), "reason": error.reason, "enterprise": enterprise}
    if isinstance(error, UnauthorisedError):
        log.error("AMAPI refuses our account", extra=told | {"alert": "AMAPI_UNAUTHORISED"})
    else:
        log.warning("AMAPI wants quiet", extra=told)
    only = id_of(enterprise) if isinstance(error, EnterpriseRefusedError) else None
    try:
        _write(store, until, error.reason, now, only)
    except TransientError:
        log.info("the quiet time was not written, somebody else was faster")
    return until


def quiet_until(document: Document | None, enterprise: str) -> datetime | None:
    """Return until when AMAPI wants no call about an enterprise, None where it never said so.

    Args:
        document: ``QUIET_NAME`` as read.
        enterprise: its name.
    """
    if document is None:
        return None
    known = from_fields(StoredQuiet, document.fields)
    return max(known.quiet_until, known.refused.get(id_of(enterprise), known.quiet_until))


def is_quiet(store: Store, now: datetime, enterprise: str) -> bool:
    """Tell whether AMAPI wants no call now, for steps that did not read it together with an action."""
    until = quiet_until(store.get_many([QUIET_NAME]).get(QUIET_NAME), enterprise)
    return until is not None and now < until


def spread(rng: random.Random) -> timedelta:
    """Return how long after a quiet time one action's own call comes, so that the flood does not return at once."""
    return timedelta(seconds=rng.uniform(0, QUIET_JITTER_S))


def _write(store: Store, until: datetime, reason: str, now: datetime, only: str | None) -> None:
    """Write a quiet time where that moves it: of the enterprise of the id ``only``, or of all."""
    document = store.get_many([QUIET_NAME]).get(QUIET_NAME)
    known = from_fields(StoredQuiet, document.fields) if document else StoredQuiet(now, reason)
    if until - (known.refused.get(only, now) if only else known.quiet_until) <= QUIET_STEP:
        return
    refused = {key: end for key, end in known.refused.items() if end > now}
    moved = replace(known, refused=refused | {only: until}) if only else StoredQuiet(until, reason, refused=refused)
    if document is None:
        store.commit([Create(QUIET_NAME, to_fields(moved))])
    else:
        store.commit([update(document, known, moved)])
