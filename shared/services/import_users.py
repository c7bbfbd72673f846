"""Writing who holds which device, as a file says (service layer).

An import ranks above the enrolment token and below an assignment in the console; see ``DeviceRecord.user``.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.device import DeviceRecord
from shared.domain.device_search import normalised, search_prefix
from shared.domain.errors import ConflictError, TransientError
from shared.domain.user_table import Fault, UserRow, shown
from shared.services.access import Caller
from shared.services.audit import row as audit_row
from shared.services.case import CaseBook
from shared.services.mirror import listed
from shared.services.ports import DeviceQuery, Document, PageRequest, Write
from shared.services.records import from_fields, update

log = logging.getLogger(__name__)

AT_ONCE = 100
"""Devices of one commit: with their audit rows 200 writes, well below the 500 that a store takes."""

MAX_SEARCHES = 200
"""Serial numbers that are searched for one by one; more are found by reading every device once."""

_PAGE = 300


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do.

    Attributes:
        written: devices that have another imported user now.
        unchanged: devices that had this very one.
        outranked: devices of both that go on showing the user who was assigned in the console.
        faults: rows that were not used, by line.
        stopped: why it stopped before its end, "" where it did not; every row not told of was not reached.
    """

    written: int = 0
    unchanged: int = 0
    outranked: int = 0
    faults: tuple[Fault, ...] = ()
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class ImportUsers:
    """Sets and takes back imported users; a device is written with its audit row, or not at all."""

    book: CaseBook
    new_id: Callable[[], str]

    def __call__(
        self, enterprise: str, rows: Sequence[UserRow], by: Caller, *, dry_run: bool = False
    ) -> ImportReport:
        """Import; safe to repeat: what is there already is not written again.

        Args:
            enterprise: ``enterprises/{e}``, which exists.
            rows: of one file; a device that two of them name is imported from none.
            by: for the audit rows.
            dry_run: find out everything and write nothing.

        Returns:
            What was done; also where the store failed on the way.
        """
        report = ImportReport()
        try:
            found, faults = self._resolved(enterprise, rows)
            report = replace(report, faults=tuple(faults))
            for some in _chunks(found, AT_ONCE):
                report = _sum(report, self._chunk(enterprise, dict(some), by, dry_run=dry_run))
        except TransientError as error:
            log.warning("import stopped", extra={"reason": error.reason})
            report = replace(report, stopped=error.reason)
        return replace(report, faults=tuple(sorted(report.faults, key=lambda fault: fault.line)))

    def _resolved(self, enterprise: str, rows: Sequence[UserRow]) -> tuple[list[tuple[str, UserRow]], list[Fault]]:
        """Return each device's name with its row, and the rows that name none, several, or one named twice."""
        serials = self._serials(enterprise, [row.serial_number for row in rows if row.serial_number])
        named: dict[str, list[UserRow]] = {}
        faults: list[Fault] = []
        for row in rows:
            name, fault = _name_of(enterprise, row, serials)
            if fault:
                faults.append(Fault(row.line, fault))
            else:
                named.setdefault(name, []).append(row)
        for twice in (same for same in named.values() if len(same) > 1):
            lines = ", ".join(str(row.line) for row in twice)
            faults += [
                Fault(row.line, f"Lines {lines} name the same device; none of them is used.") for row in twice
            ]
        return [(name, same[0]) for name, same in named.items() if len(same) == 1], faults

    def _serials(self, enterprise: str, serials: Iterable[str]) -> dict[str, list[str]]:
        """Return the devices of each serial number, as it is compared."""
        wanted = {normalised(serial) for serial in serials} - {""}
        found: dict[str, list[str]] = {serial: [] for serial in wanted}
        terms = {search_prefix(serial) for serial in wanted} if len(wanted) <= MAX_SEARCHES else {None}
        for record in (record for term in terms for record in self._devices(enterprise, term)):
            names = found.get(normalised(record.device.serial_number))
            if names is not None and record.device.name not in names:
                names.append(record.device.name)
        return found

    def _devices(self, enterprise: str, term: str | None) -> Iterator[DeviceRecord]:
        cursor = None
        while True:
            page = self.book.store.devices(enterprise, DeviceQuery(term), PageRequest(_PAGE, cursor))
            for document in page.documents:
                yield from_fields(DeviceRecord, document.fields)
            cursor = page.next_cursor
            if cursor is None:
                return

    def _chunk(self, enterprise: str, rows: Mapping[str, UserRow], by: Caller, *, dry_run: bool) -> ImportReport:
        """Import some devices in one commit; where one of them moved meanwhile, each by itself."""
        try:
            return self._turn(enterprise, rows, by, dry_run=dry_run)
        except ConflictError:
            report = ImportReport()
            for name, row in rows.items():
                report = _sum(report, self._alone(enterprise, name, row, by))
            return report

    def _alone(self, enterprise: str, name: str, row: UserRow, by: Caller) -> ImportReport:
        for _turn in self.book.turns():
            try:
                return self._turn(enterprise, {name: row}, by, dry_run=False)
            except ConflictError:
                continue
        return ImportReport(faults=(Fault(row.line, "The device kept changing. Import this row again."),))

    def _turn(self, enterprise: str, rows: Mapping[str, UserRow], by: Caller, *, dry_run: bool) -> ImportReport:
        documents = self.book.store.get_many(list(rows))
        report, writes = ImportReport(), list[Write]()
        for name, row in rows.items():
            record = from_fields(DeviceRecord, documents[name].fields) if name in documents else None
            if record is None:
                report = _sum(report, _refused(row, "There is no such device in this enterprise."))
            elif record.gone_time:
                report = _sum(report, _refused(row, "The device has left management."))
            elif record.imported_user == row.user:
                report = _sum(report, ImportReport(unchanged=1, outranked=_outranked(record)))
            else:
                report = _sum(report, ImportReport(written=1, outranked=_outranked(record)))
                writes += self._writes(enterprise, documents[name], record, row, by)
        if writes and not dry_run:
            self.book.store.commit(writes)
        return report

    def _writes(
        self, enterprise: str, document: Document, before: DeviceRecord, row: UserRow, by: Caller
    ) -> list[Write]:
        after = listed(replace(before, imported_user=row.user))
        details = {"device": document.name, "email": row.user.email if row.user else ""}
        now = self.book.clock.now()
        audit = audit_row(enterprise, self.new_id(), by, "USER_IMPORTED", details=details, now=now)
        return [update(document, before, after), audit]


def _name_of(enterprise: str, row: UserRow, serials: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Return the name of a row's device and "", or what is wrong with it."""
    prefix = f"{enterprise}/devices/"
    by_id = f"{prefix}{row.device_id.removeprefix(prefix)}" if row.device_id else ""
    if by_id.count("/") > prefix.count("/"):
        return "", f"{shown(row.device_id)} belongs to another enterprise."
    if not row.serial_number:
        return by_id, ""
    names = serials.get(normalised(row.serial_number), ())
    if not names:
        return "", f"No device has the serial number {shown(row.serial_number)}."
    if by_id:
        return (by_id, "") if by_id in names else ("", "Its serial number and its device id are of two devices.")
    if len(names) > 1:
        return "", f"{len(names)} devices have the serial number {shown(row.serial_number)}: name it by its id."
    return names[0], ""


def _refused(row: UserRow, message: str) -> ImportReport:
    return ImportReport(faults=(Fault(row.line, message),))


def _outranked(record: DeviceRecord) -> int:
    return 1 if record.assigned_user else 0


def _sum(one: ImportReport, other: ImportReport) -> ImportReport:
    return ImportReport(
        one.written + other.written,
        one.unchanged + other.unchanged,
        one.outranked + other.outranked,
        one.faults + other.faults,
    )


def _chunks(items: Sequence[tuple[str, UserRow]], size: int) -> Iterator[Sequence[tuple[str, UserRow]]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
