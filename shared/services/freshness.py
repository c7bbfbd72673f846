"""Before a command is sent: is the device still the one that was judged at accept (service layer)?"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.device import Device, DeviceRecord
from shared.domain.eligibility import judge
from shared.domain.errors import PermanentError
from shared.domain.passcode_rule import fits, rule_for
from shared.domain.secret import Secret
from shared.domain.timing import MIRROR_FRESH
from shared.services.case import Case
from shared.services.ports import DeviceManagement

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Judges the device again; reads it from AMAPI where the mirror is older than a day."""

    amapi: DeviceManagement
    refresh: Callable[[Device, datetime], None]

    def check(self, case: Case, passcode: Secret) -> None:
        """Make sure that the device would still take this passcode.

        Raises:
            PermanentError: ``DEVICE_GONE`` or ``DEVICE_CHANGED``: the action ends unsent (ack).
            TransientError: AMAPI did not answer about a stale device (retry).
        """
        record = self._record(case)
        verdict = judge(replace(record, open_action=None), now=case.now)
        if not verdict.eligible:
            text = " ".join(finding.message for finding in verdict.blockers)
            raise PermanentError("DEVICE_CHANGED", text)
        scope = verdict.scope.value if verdict.scope else ""
        if scope != case.action.scope or not fits(rule_for(record.device), passcode):
            raise PermanentError("DEVICE_CHANGED", "The device's rules have changed since this was asked for.")

    def _record(self, case: Case) -> DeviceRecord:
        record = case.device
        if record and case.now - record.mirror_time <= MIRROR_FRESH:
            return record
        device = self.amapi.get_device(case.action.device_name)
        if device is None:
            raise PermanentError("DEVICE_GONE", "The device left management before the reset reached it.")
        log.info("device read afresh", extra={"action": case.action.name, "device": device.name})
        self.refresh(device, case.now)
        base = record or DeviceRecord(device, case.now)
        return replace(base, device=device, mirror_time=case.now, gone_time=None)
