"""The resumable full pass over AMAPI's devices (service layer).

AMAPI's list has no filter and 100 devices a page, and its quota is shared: so a run reads a bounded number of
pages, saves where it stopped, and a full pass is begun once a day. Per-shard digests tell which devices changed, so
that a pass writes only those, and which vanished.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from zlib import crc32

from shared.domain.device import Device
from shared.domain.errors import ConflictError, TransientError
from shared.domain.resource_names import enterprise_of, id_of
from shared.services.case import CaseBook
from shared.services.mirror import Mirror, digest_of
from shared.services.ports import Create, DeviceManagement, Document, Update, Write
from shared.services.quiet import is_quiet, keep_quiet
from shared.services.records import from_document, to_fields

log = logging.getLogger(__name__)

MAX_PAGES = 100
"""Pages of one run, and devices looked up one by one: a tenth of AMAPI's quota of 1,000 calls in 100 s."""

MAX_RUN_S = 200.0
"""After this no further stretch of pages begins: the function ends after 300 s, and a first pass is slow."""

TURN_S = 300
"""So often another enterprise is the first of a run, which is how often a run begins: one whose pass takes whole
runs, or at which AMAPI hangs, must not leave the others nothing for ever."""

PASS_EVERY = timedelta(hours=24)
"""Notifications keep the mirror in between; a pass a day finds what they lost."""

SHARDS = 20
"""Documents that hold the digests: 5,000 devices each at 100,000, well below the size limit of a document."""

PAGES_A_SAVE = 10
"""Pages between two saves: what a crash repeats."""


FORGOTTEN_TOKEN = "INVALID_ARGUMENT"  # noqa: S105  # AMAPI's word for a page token that it does not know any more


@dataclass(frozen=True, slots=True)
class SyncState:
    """``enterprises/{e}/sync/state``: where the pass stands.

    Attributes:
        number: counts the passes; a digest that bears an older number is of a device that was not listed.
        page_token: AMAPI's token of the next page, "" between two passes.
    """

    number: int = 0
    page_token: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Shard:
    """``enterprises/{e}/sync/shard-NN``: by device id, the digest and the pass that last saw it."""

    digests: dict[str, str] = field(default_factory=dict)
    passes: dict[str, int] = field(default_factory=dict)
    revision: int = 1


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a run did; ``complete`` says that no pass is open.

    Attributes:
        pages: answers of AMAPI: pages, and devices that were looked up because no page had them.
        written: devices of these pages whose record changed.
    """

    complete: bool
    pages: int
    written: int


class _Pass:
    """One enterprise's open pass, in memory between two saves."""

    def __init__(self, enterprise: str, documents: dict[str, Document]) -> None:
        self.enterprise = enterprise
        self.documents = documents
        self.state = from_document(SyncState, documents.get(state_name(enterprise)))
        self.shards = {name: from_document(Shard, documents.get(name)) for name in shard_names(enterprise)}
        self.touched: set[str] = set()

    def changed(self, devices: Iterable[Device]) -> list[Device]:
        """Return the devices whose digest differs, and note that all of them were seen in this pass."""
        return [device for device in devices if self._note(device)]

    def _note(self, device: Device) -> bool:
        name, key, digest = shard_of(device.name), id_of(device.name), digest_of(device)
        shard = self.shards[name]
        differs = shard.digests.get(key) != digest
        shard.digests[key], shard.passes[key] = digest, self.state.number
        self.touched.add(name)
        return differs

    def vanished(self, most: int) -> list[str]:
        """Forget and return devices that this pass did not see, at most ``most`` of them."""
        gone = list(islice(self.unseen(), most))
        for device_name in gone:
            name, key = shard_of(device_name), id_of(device_name)
            del self.shards[name].digests[key], self.shards[name].passes[key]
            self.touched.add(name)
        return gone

    def unseen(self) -> Iterator[str]:
        """Yield the known devices that this pass has not seen."""
        for shard in self.shards.values():
            for key, number in shard.passes.items():
                if number != self.state.number:
                    yield f"{self.enterprise}/devices/{key}"

    def writes(self) -> list[Write]:
        changed = [
            (name, replace(self.shards[name], revision=self.shards[name].revision + 1)) for name in self.touched
        ]
        state = replace(self.state, revision=self.state.revision + 1)
        return [self._write(name, value) for name, value in [*changed, (state_name(self.enterprise), state)]]

    def _write(self, name: str, value: object) -> Write:
        document = self.documents.get(name)
        fields = to_fields(value)
        return Update(name, fields, document.version) if document else Create(name, fields)


@dataclass(frozen=True, slots=True)
class SyncDevices:
    """Mirrors the devices of all enterprises, a bounded number of pages a run."""

    book: CaseBook
    amapi: DeviceManagement
    mirror: Mirror
    elapsed: Callable[[], float] = time.monotonic

    def __call__(self) -> SyncReport:
        """Run once; safe to repeat and to overlap: of two runs one loses its save, and its pages are read again.

        Raises:
            TransientError: the store did not answer (retry).
        """
        pages = written = 0
        complete = True
        until = self.elapsed() + MAX_RUN_S
        for enterprise in self._in_turn(self.book.store.enterprises()):
            report = self._enterprise(enterprise, MAX_PAGES - pages, until)
            pages, written, complete = pages + report.pages, written + report.written, complete and report.complete
        if pages:
            log.info("synced", extra={"pages": pages, "written": written, "complete": complete})
        return SyncReport(complete, pages, written)

    def _in_turn(self, enterprises: Sequence[str]) -> list[str]:
        first = int(self.book.clock.now().timestamp()) // TURN_S % max(1, len(enterprises))
        return [*enterprises[first:], *enterprises[:first]]

    def _enterprise(self, enterprise: str, most: int, until: float) -> SyncReport:
        pages = written = 0
        try:
            while pages < most and self.elapsed() < until and not self._quiet(enterprise):
                open_pass = self._open(enterprise)
                if open_pass is None:
                    return SyncReport(complete=True, pages=pages, written=written)
                read, wrote = self._stretch(open_pass, min(PAGES_A_SAVE, most - pages))
                pages, written = pages + read, written + wrote
        except ConflictError:
            log.info("another run syncs", extra={"enterprise": enterprise})
        except TransientError as error:
            log.warning("sync interrupted", extra={"enterprise": enterprise, "reason": error.reason})
            keep_quiet(self.book.store, error, self.book.clock.now(), enterprise)
        return SyncReport(complete=False, pages=pages, written=written)

    def _quiet(self, enterprise: str) -> bool:
        return is_quiet(self.book.store, self.book.clock.now(), enterprise)

    def _open(self, enterprise: str) -> _Pass | None:
        """Return the open pass, or a new one where the last is a day old; None where nothing is to be done."""
        names: Sequence[str] = [state_name(enterprise), *shard_names(enterprise)]
        found = _Pass(enterprise, self.book.store.get_many(names))
        now, state = self.book.clock.now(), found.state
        if state.page_token or (state.started and not state.finished):
            return found
        if state.finished and now - state.finished < PASS_EVERY:
            return None
        found.state = replace(state, number=state.number + 1, started=now, finished=None)
        return found

    def _stretch(self, open_pass: _Pass, most: int) -> tuple[int, int]:
        pages = written = 0
        while pages < most:
            pages += 1
            listed = self._page(open_pass)
            if listed is None:
                break
            devices, token = listed
            now = self.book.clock.now()
            changed = open_pass.changed(devices)
            written += self.mirror.put(changed, now) if changed else 0
            if not token:
                pages += self._end(open_pass, most - pages, now)
                break
            open_pass.state = replace(open_pass.state, page_token=token)
        self.book.store.commit(open_pass.writes())
        return pages, written

    def _end(self, open_pass: _Pass, most: int, now: datetime) -> int:
        """Look up the devices that no page had, and end the pass once none is left.

        A fleet that was wiped in one day costs a call a device. So as many as a save may cost are looked up at a
        time; where some are left, the pass stays open at its last page, which is read again.

        Returns:
            How many were looked up.
        """
        vanished = open_pass.vanished(most)
        self._gone(vanished, now)
        if next(open_pass.unseen(), None) is None:
            open_pass.state = replace(open_pass.state, page_token="", finished=now)
        return len(vanished)

    def _gone(self, vanished: Sequence[str], now: datetime) -> None:
        """Mark what AMAPI itself says is gone: absence from a list that changes while it is read proves nothing."""
        for name in vanished:
            device = self.amapi.get_device(name)
            if device is None:
                self.mirror.gone([name], now)
            else:
                self.mirror.put_one(device, now)

    def _page(self, open_pass: _Pass) -> tuple[list[Device], str] | None:
        """Read the next page; None where AMAPI forgot the saved token: the pass begins anew at its first page."""
        token = open_pass.state.page_token
        try:
            return self.amapi.list_devices(open_pass.enterprise, token)
        except TransientError as error:
            if not token or error.reason != FORGOTTEN_TOKEN:
                raise
            log.warning("page token forgotten", extra={"enterprise": open_pass.enterprise})
            open_pass.state = replace(open_pass.state, page_token="")
            return None


def state_name(enterprise: str) -> str:
    """Return the document that says where an enterprise's pass stands."""
    return f"{enterprise}/sync/state"


def shard_of(device_name: str) -> str:
    """Return the shard document that holds a device's digest."""
    return _shard_name(enterprise_of(device_name), crc32(device_name.encode()) % SHARDS)


def shard_names(enterprise: str) -> list[str]:
    """Return the names of all shard documents of an enterprise."""
    return [_shard_name(enterprise, number) for number in range(SHARDS)]


def _shard_name(enterprise: str, number: int) -> str:
    return f"{enterprise}/sync/shard-{number:02d}"
