"""``make import-users``: who holds which device, out of a CSV file, into a store (operator's machine).

``python -m local.import_users FILE [--enterprise LC00demo] [--dry-run] [--by ADDRESS]``

The store is that of ``STORE``: ``sqlite:var/store.sqlite``, which is the demo's, or ``firestore`` with
``GOOGLE_CLOUD_PROJECT`` and ``FIRESTORE_DATABASE``, for which the operator's own account needs write access. The
columns are told in ``shared.domain.user_table``. Ends with 0 where every row was used, 1 where some were not, 2
where the file or the store could not be used at all.
"""

import argparse
import getpass
import os
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ulid import ULID

from local.seed import ENTERPRISE
from shared.domain.errors import TransientError
from shared.domain.resource_names import enterprise_name
from shared.domain.user_table import TableError, UserTable, read_table
from shared.runtime.clock import SystemClock
from shared.runtime.stores import UnusableStoreError, operator_store, place_of
from shared.services.access import Caller
from shared.services.case import CaseBook
from shared.services.import_users import ImportReport, ImportUsers
from shared.services.ports import Store

USED, SOME_UNUSED, UNUSABLE = 0, 1, 2
MAX_TOLD = 200
"""Faults told one by one; a file of the wrong kind would fill the screen."""


class _UnusableError(Exception):
    """Nothing was imported; the message says why."""


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Import and return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        enterprise, table = _enterprise(asked.enterprise), _table(asked.file)
        where = environ.get("STORE", "sqlite:var/store.sqlite")
        print(f"{len(table.rows)} usable rows, for {enterprise} in {place_of(where, environ)}.", flush=True)
        store = _store(where, environ, enterprise)
        importing = ImportUsers(CaseBook(store, SystemClock(), random.SystemRandom()), lambda: str(ULID()))
        report = importing(enterprise, table.rows, Caller(asked.by), dry_run=asked.dry_run)
    except _UnusableError as fault:
        print(fault, file=sys.stderr)
        return UNUSABLE
    return _tell(table, report, dry_run=asked.dry_run)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.import_users", description="Import users of devices.")
    parser.add_argument("file", type=Path, help="CSV: serial_number or device_id, display_name, email, locale")
    parser.add_argument("--enterprise", default=ENTERPRISE, help="enterprises/{e} or its id (default: the demo's)")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")
    parser.add_argument("--by", default=f"import by {getpass.getuser()}", help="who, for the audit log")
    return parser


def _enterprise(text: str) -> str:
    try:
        return enterprise_name(text.removeprefix("enterprises/"))
    except ValueError:
        raise _UnusableError("--enterprise is enterprises/{e} or its id.") from None


def _table(path: Path) -> UserTable:
    try:
        return read_table(path.read_bytes())
    except OSError as error:
        raise _UnusableError(f"{path} cannot be read: {error.strerror}.") from error
    except TableError as error:
        raise _UnusableError(f"{path}: {error}") from error


def _store(where: str, environ: Mapping[str, str], enterprise: str) -> Store:
    """Open the store, which has to know the enterprise: a typing error must not look like an empty fleet."""
    try:
        store = operator_store(where, environ)
        if enterprise in store.get_many([enterprise]):
            return store
    except UnusableStoreError as fault:
        raise _UnusableError(str(fault)) from fault
    except TransientError as error:
        raise _UnusableError(f"The store cannot be used: {error.message}") from error
    raise _UnusableError(f"There is no {enterprise} in this store.")


def _tell(table: UserTable, report: ImportReport, *, dry_run: bool) -> int:
    faults = sorted((*table.faults, *report.faults), key=lambda fault: fault.line)
    for fault in faults[:MAX_TOLD]:
        print(f"Line {fault.line}: {fault.message}")
    if len(faults) > MAX_TOLD:
        print(f"… and {len(faults) - MAX_TOLD} more.")
    if table.ignored:
        print(f"Columns without meaning here: {', '.join(table.ignored)}.")
    done = "would be imported (dry run: nothing was written)" if dry_run else "imported"
    print(f"{report.written} {done}, {report.unchanged} unchanged, {len(faults)} not used.")
    if report.outranked:
        print(f"{report.outranked} of these devices go on showing the user assigned in the console.")
    if report.stopped:
        print(
            f"It stopped before its end: {report.stopped}. What is imported stays; run it again.", file=sys.stderr
        )
    return SOME_UNUSED if faults or report.stopped else USED


if __name__ == "__main__":
    sys.exit(main())
