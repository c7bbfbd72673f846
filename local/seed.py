"""Gives the laptop stack its first enterprise, its members and its devices (laptop stack).

``python -m local.seed`` writes settings and members into ``STORE`` (default ``sqlite:var/store.sqlite``), has the
next pass over the devices begin anew and at once and, where ``SYNC_DEVICES_URL`` is set, has it finished.
"""

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from local.json_http import HttpError, fetch
from local.simulator.fleet import DEMO_ENTERPRISE
from shared.domain.errors import ConflictError
from shared.domain.resource_names import QUIET_NAME, member_name
from shared.domain.settings import EnterpriseSettings
from shared.runtime.stores import DEFAULT_DATABASE, open_store
from shared.services.ports import Create, Store
from shared.services.records import from_fields, to_fields, update
from shared.services.stored import StoredQuiet
from shared.services.sync_devices import SyncState, state_name

ENTERPRISE = DEMO_ENTERPRISE

SETTINGS = EnterpriseSettings(display_name="Demo")

MEMBERS: Mapping[str, str] = {
    "admin@example.com": "admin",
    "resetter@example.com": "resetter",
    "revealer@example.com": "revealer",
    "viewer@example.com": "viewer",
}
"""Address → role; ``stranger@example.com`` is a persona without membership."""

PAUSE_S = 0.2
"""Between two runs of ``sync_devices``: one that AMAPI keeps waiting answers at once, and has nothing to do."""

PASS_TIMEOUT_S = 120.0
"""A full pass over a fleet of 100,000 is a thousand pages; the demo's takes one."""

CALL_TIMEOUT_S = 60.0
"""One run of ``sync_devices`` handles at most 100 pages."""


class SyncError(Exception):
    """The devices could not be mirrored in full."""


def documents() -> dict[str, Mapping[str, Any]]:
    """Return what the seed consists of: document name → fields."""
    members = {member_name(ENTERPRISE, email): {"email": email, "roles": [role]} for email, role in MEMBERS.items()}
    return {ENTERPRISE: to_fields(SETTINGS), **members}


def seed(store: Store) -> int:
    """Create what is missing and return how many documents that were.

    Safe to repeat and to run beside others: what exists is left as it is, so changes made in the demo stay.

    Raises:
        TransientError: the store did not answer (retry).
    """
    wanted = documents()
    while True:
        existing = store.get_many(list(wanted))
        missing = [Create(name, fields) for name, fields in wanted.items() if name not in existing]
        try:
            store.commit(missing)
        except ConflictError:  # another seed was faster: look again
            continue
        return len(missing)


def begin_new_pass(store: Store) -> None:
    """Have the next ``sync_devices`` read every device anew, although the last full pass is younger than a day.

    The store outlives a stack and the simulated fleet does not: a page token, a policy or a phone of the last run
    may be of no fleet that still exists. Call it while nothing syncs.

    Raises:
        TransientError: the store did not answer (retry).
    """
    name = state_name(ENTERPRISE)
    document = store.get_many([name]).get(name)
    if document is None:
        return
    state = from_fields(SyncState, document.fields)
    store.commit([update(document, state, replace(state, started=None, finished=None, page_token=""))])


def end_quiet(store: Store) -> None:
    """Let AMAPI be called at once, whatever the last run's AMAPI wanted: that one is another server, or no more.

    Without it a stack that was stopped after a 429 or a 401 would not start until that quiet time is over. One that
    is written meanwhile is of this run's AMAPI, and stands.

    Raises:
        TransientError: the store did not answer (retry).
    """
    document = store.get_many([QUIET_NAME]).get(QUIET_NAME)
    if document is None:
        return
    known = from_fields(StoredQuiet, document.fields)
    with suppress(ConflictError):
        store.commit([update(document, known, StoredQuiet(datetime.now(UTC), known.reason))])


def sync(url: str, timeout_s: float = PASS_TIMEOUT_S) -> int:
    """Call ``sync_devices`` until it says ``{"complete": true}``; returns how many calls that took.

    Raises:
        SyncError: it failed, or the pass was not complete in time.
    """
    deadline = time.monotonic() + timeout_s
    calls = 0
    while True:
        calls += 1
        if _call(url).get("complete") is True:
            return calls
        if time.monotonic() >= deadline:
            raise SyncError(f"sync_devices did not complete a pass within {timeout_s:.0f} s")
        time.sleep(PAUSE_S)


def _call(url: str) -> dict[str, Any]:
    try:
        result = fetch("POST", url, {}, timeout_s=CALL_TIMEOUT_S)
    except HttpError as fault:
        raise SyncError(f"sync_devices failed: {fault}") from fault
    if not isinstance(result, dict):
        raise SyncError("sync_devices did not answer a JSON object")
    return result


def main() -> int:
    """Seed by the environment and return the exit status."""
    store = open_store(
        os.environ.get("STORE", "sqlite:var/store.sqlite"),
        os.environ.get("GOOGLE_CLOUD_PROJECT", "demo-passcode-reset"),
        os.environ.get("FIRESTORE_DATABASE", DEFAULT_DATABASE),
    )
    print(f"{seed(store)} documents written under {ENTERPRISE}")
    begin_new_pass(store)
    end_quiet(store)
    url = os.environ.get("SYNC_DEVICES_URL", "")
    try:
        if url:
            print(f"devices mirrored in {sync(url)} calls")
    except SyncError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
