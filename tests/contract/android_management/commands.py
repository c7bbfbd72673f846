"""Commands as the tests of the client send them: to one phone, with one passcode, and what becomes of them."""

import pytest
from google.auth.credentials import Credentials

from shared.domain.errors import (
    PasscodeResetError,
)
from shared.domain.secret import Secret
from tests.contract.simulator.amapi_client import wait_until

ENTERPRISE = "enterprises/LC00demo"
DEVICE = f"{ENTERPRISE}/devices/5db9013678962373"
OPERATION = f"{DEVICE}/operations/1795464334422"
PASSCODE = "Kx7#mP2qaa"


class FakeCredentials(Credentials):
    """Credentials whose refresh does what a test says."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.refreshes = 0
        self._error = error

    def refresh(self, _request: object) -> None:
        self.refreshes += 1
        if self._error:
            raise self._error
        self.token = f"token-{self.refreshes}"


def issue(client, device=DEVICE, passcode=PASSCODE, **changes):
    options = {"duration_s": 3600, "lock_now": True, "require_entry": False, **changes}
    return client.issue_reset(device, Secret(passcode), **options)


def issue_failure(client, passcode=PASSCODE):
    with pytest.raises(PasscodeResetError) as caught:
        issue(client, passcode=passcode)
    return caught.value


def done(client, operation):
    wait_until(lambda: client.get_operation(operation.name).outcome is not None)
    return client.get_operation(operation.name)
