"""Keeping the mirrored devices: what AMAPI says, beside what was assigned here (service layer)."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from shared.domain.device import Device, DeviceRecord
from shared.domain.device_search import model_key, search_terms, user_key
from shared.domain.enrolment import enrolled_user
from shared.domain.resource_names import enterprise_of
from shared.services.case import CaseBook
from shared.services.ports import Create, Document, Write
from shared.services.records import from_fields, to_fields, update

log = logging.getLogger(__name__)


def digest_of(device: Device) -> str:
    """Return a short fingerprint of everything mirrored of a device."""
    text = json.dumps(to_fields(device), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def listed(record: DeviceRecord) -> DeviceRecord:
    """Return the record with its search terms and sort keys in step with its facts; a gone one has none."""
    if record.gone_time:
        return replace(record, search=None, user_key=None, model_key=None, last_seen=None)
    return replace(
        record,
        search=search_terms(record),
        user_key=user_key(record),
        model_key=model_key(record),
        last_seen=record.device.last_status_report_time or record.device.enrollment_time or record.mirror_time,
    )


@dataclass(frozen=True, slots=True)
class Mirror:
    """Writes devices as AMAPI tells them; users that were assigned or imported here stay."""

    book: CaseBook

    def put(self, devices: Sequence[Device], now: datetime) -> int:
        """Write what changed; safe to repeat, the same facts write nothing but ``mirror_time``.

        Args:
            devices: of any number up to a page of AMAPI (100).
            now: when AMAPI told this (UTC).

        Returns:
            How many records were written.

        Raises:
            ConflictError: a record moved in every turn (retry).
            TransientError: the store did not answer (retry).
        """
        return self.book.until_landed(lambda: self._put(devices, now), "mirrored devices kept moving")

    def _put(self, devices: Sequence[Device], now: datetime) -> int:
        names = [device.name for device in devices]
        previous = [name for device in devices for name in _previous(device)]
        documents = self.book.store.get_many([*names, *previous])
        writes = [write for device in devices for write in _writes(device, documents, now)]
        writes += _replaced(devices, documents, now)
        if writes:
            self.book.store.commit(writes)
        return len(writes)

    def put_one(self, device: Device, now: datetime) -> None:
        """Write one device; see ``put``."""
        self.put([device], now)

    def gone(self, device_names: Sequence[str], now: datetime) -> None:
        """Mark devices that AMAPI no longer knows; safe to repeat.

        Raises:
            ConflictError: a record moved in every turn (retry).
            TransientError: the store did not answer (retry).
        """
        for name in device_names:
            self.book.until_landed(partial(self._gone, name, now), "a mirrored device kept moving")

    def _gone(self, name: str, now: datetime) -> None:
        document = self.book.store.get_many([name]).get(name)
        if document is None:
            return
        before = from_fields(DeviceRecord, document.fields)
        if before.gone_time:
            return
        self.book.store.commit([update(document, before, listed(replace(before, gone_time=now)))])
        log.info("device gone", extra={"device": name})


def _writes(device: Device, documents: Mapping[str, Document], now: datetime) -> list[Write]:
    document = documents.get(device.name)
    user = enrolled_user(device.enrollment_token_data)
    if document is None:
        heir = None if user else _inherited(device, documents)
        fresh = DeviceRecord(
            device,
            now,
            enrolled_user=user,
            imported_user=heir.imported_user if heir else None,
            assigned_user=heir.assigned_user if heir else None,
        )
        return [Create(device.name, to_fields(listed(fresh)))]
    before = from_fields(DeviceRecord, document.fields)
    if _is_older(device, before.device):
        return []  # a newer report came first; our own clocks do not agree well enough to tell
    gone = now if device.applied_state == "DELETED" else None
    after = listed(
        replace(before, device=device, mirror_time=max(before.mirror_time, now), enrolled_user=user, gone_time=gone)
    )
    return [update(document, before, after)]


def _inherited(device: Device, documents: Mapping[str, Document]) -> DeviceRecord | None:
    """A phone that was enrolled again has a new name: who holds it is known from the newest old one.

    Only where the new enrolment names nobody: a phone that was handed on must not mail its former holder.
    """
    known = [documents[name] for name in _previous(device) if name in documents]
    records = [from_fields(DeviceRecord, document.fields) for document in known]
    return max(records, key=lambda record: record.mirror_time, default=None)


def _replaced(devices: Sequence[Device], documents: Mapping[str, Document], now: datetime) -> list[Write]:
    """Mark the earlier records of phones that were enrolled again as gone, unless AMAPI still lists them here."""
    fresh = [device for device in devices if device.name not in documents]
    earlier = {name for device in fresh for name in _previous(device) if name in documents}
    known = [documents[name] for name in sorted(earlier - {device.name for device in devices})]
    records = [(document, from_fields(DeviceRecord, document.fields)) for document in known]
    return [
        update(document, before, listed(replace(before, gone_time=now)))
        for document, before in records
        if before.gone_time is None
    ]


def _previous(device: Device) -> list[str]:
    """Return the phone's earlier names in this enterprise; whoever held it elsewhere is none of our business."""
    return [n for n in device.previous_device_names if enterprise_of(n) == enterprise_of(device.name)]


def _is_older(device: Device, known: Device) -> bool:
    """Tell whether a report was overtaken: messages come late and in any order."""
    reported, before = device.last_status_report_time, known.last_status_report_time
    return reported is not None and before is not None and reported < before
