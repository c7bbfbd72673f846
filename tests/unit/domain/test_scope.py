import pytest

from shared.domain.device import Device
from shared.domain.scope import Scope, reset_scope, scope_sentence


@pytest.mark.parametrize(
    ("mode", "ownership", "scope"),
    [
        ("DEVICE_OWNER", "COMPANY_OWNED", Scope.DEVICE),
        ("PROFILE_OWNER", "COMPANY_OWNED", Scope.WORK_PROFILE),
        ("PROFILE_OWNER", "PERSONALLY_OWNED", Scope.WORK_PROFILE),
        ("MANAGEMENT_MODE_UNSPECIFIED", "COMPANY_OWNED", None),
        ("", "COMPANY_OWNED", None),
        ("DEVICE_OWNER", "", None),
        ("DEVICE_OWNER", "OWNERSHIP_UNSPECIFIED", None),
        ("SOMETHING_NEW", "SOMETHING_NEW", None),
    ],
)
def test_mode_and_ownership_tell_which_lock_changes(mode: str, ownership: str, scope: Scope | None) -> None:
    assert reset_scope(Device("d", management_mode=mode, ownership=ownership)) is scope


def test_the_sentence_says_first_which_lock_changes() -> None:
    assert scope_sentence(Scope.DEVICE).startswith("The screen lock of the whole device")
    assert scope_sentence(Scope.WORK_PROFILE).startswith("Only the lock of the work profile")
