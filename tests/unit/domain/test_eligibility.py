from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.device import Device, DeviceRecord, NonCompliance, OpenAction, PasswordPolicy
from shared.domain.eligibility import MIN_API_LEVEL, Verdict, judge
from shared.domain.reset_warnings import OFFLINE_AFTER, STALE_AFTER
from shared.domain.scope import Scope

NOW = datetime(2026, 11, 23, 14, 31, tzinfo=UTC)
PHONE = Device(
    "enterprises/e/devices/d",
    state="ACTIVE",
    applied_state="ACTIVE",
    management_mode="DEVICE_OWNER",
    ownership="COMPANY_OWNED",
    api_level=34,
    android_version="14",
    is_secure=True,
    last_status_report_time=NOW,
)
ALWAYS_FOR_COMPANY = ["LOST_MODE_AFTER"]


def record(device: Device = PHONE, **facts: Any) -> DeviceRecord:
    return DeviceRecord(device=device, mirror_time=NOW, **facts)


def verdict(**changes: Any) -> Verdict:
    return judge(record(replace(PHONE, **changes)), now=NOW)


def blockers(found: Verdict) -> list[str]:
    return [finding.code for finding in found.blockers]


def warned(found: Verdict) -> list[str]:
    return [finding.code for finding in found.warnings]


def warning(found: Verdict, code: str) -> str:
    return next(finding.message for finding in found.warnings if finding.code == code)


def test_a_managed_phone_in_use_is_eligible() -> None:
    found = judge(record(), now=NOW)
    assert found.eligible
    assert found.blockers == ()
    assert found.scope is Scope.DEVICE
    assert found.passcode_rule == "8 digits"
    assert warned(found) == ALWAYS_FOR_COMPANY


@pytest.mark.parametrize("ownership", ["COMPANY_OWNED", "PERSONALLY_OWNED"])
def test_a_work_profile_is_eligible_for_the_lock_of_the_profile(ownership: str) -> None:
    found = verdict(management_mode="PROFILE_OWNER", ownership=ownership)
    assert found.eligible
    assert found.scope is Scope.WORK_PROFILE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"api_level": 23}, "API_LEVEL"),
        ({"api_level": 0}, "API_LEVEL"),
        ({"state": "DELETED"}, "GONE"),
        ({"applied_state": "DELETED"}, "GONE"),
        ({"state": "PROVISIONING"}, "PROVISIONING"),
        ({"applied_state": "PROVISIONING"}, "PROVISIONING"),
        ({"state": "DISABLED"}, "DISABLED"),
        ({"applied_state": "DISABLED"}, "DISABLED"),
        ({"state": "LOST"}, "LOST_MODE"),
        ({"applied_state": "LOST"}, "LOST_MODE"),
        ({"state": "PREPARING_FOR_MIGRATION"}, "PREPARING_FOR_MIGRATION"),
        ({"applied_state": "DEACTIVATED_BY_DEVICE_FINANCE"}, "DEACTIVATED_BY_DEVICE_FINANCE"),
        ({"state": "A_NEW_WORD"}, "UNKNOWN_STATE"),
        ({"management_mode": ""}, "MANAGEMENT_MODE"),
        ({"ownership": ""}, "MANAGEMENT_MODE"),
        ({"password_policies": (PasswordPolicy(quality="NUMERIC", minimum_length=17),)}, "NO_PASSCODE_FITS"),
        ({"password_policies": (PasswordPolicy(quality="NEW"),)}, "UNKNOWN_PASSWORD_QUALITY"),
    ],
)
def test_each_obstacle_blocks_under_its_own_code(changes: dict[str, Any], code: str) -> None:
    found = verdict(**changes)
    assert blockers(found) == [code]
    assert not found.eligible


def test_one_state_in_both_fields_is_told_once() -> None:
    assert blockers(verdict(state="LOST", applied_state="LOST")) == ["LOST_MODE"]


@pytest.mark.parametrize("word", ["", "DEVICE_STATE_UNSPECIFIED", "ACTIVE"])
def test_an_unreported_state_is_no_obstacle(word: str) -> None:
    assert verdict(state=word, applied_state=word).eligible


def test_android_7_is_the_oldest_that_is_eligible() -> None:
    assert verdict(api_level=MIN_API_LEVEL, android_version="7.0").eligible
    assert MIN_API_LEVEL == 24


def test_an_old_android_is_named_as_people_know_it() -> None:
    assert "Android 6.0.1 is too old" in verdict(api_level=23, android_version="6.0.1").blockers[0].message
    assert "API level 23 is too old" in verdict(api_level=23, android_version="").blockers[0].message
    assert "has not reported" in verdict(api_level=0, android_version="").blockers[0].message


def test_a_vanished_device_is_blocked_with_the_date() -> None:
    found = judge(record(gone_time=datetime(2026, 3, 2, tzinfo=UTC)), now=NOW)
    assert blockers(found) == ["GONE"]
    assert "2026-03-02" in found.blockers[0].message


@pytest.mark.parametrize("status", ["PENDING", "ISSUED"])
def test_a_running_reset_blocks_another(status: str) -> None:
    found = judge(record(open_action=OpenAction("enterprises/e/actions/a", status)), now=NOW)
    assert blockers(found) == ["IN_PROGRESS"]
    assert "already running" in found.blockers[0].message


def test_a_reset_of_unknown_outcome_blocks_while_it_may_run() -> None:
    found = judge(record(open_action=OpenAction("enterprises/e/actions/a", "UNKNOWN")), now=NOW)
    assert blockers(found) == ["IN_PROGRESS"]
    assert "may still run" in found.blockers[0].message


@pytest.mark.parametrize("status", ["DONE", "FAILED", "EXPIRED", "CANCELLED"])
def test_a_reset_that_has_ended_and_still_holds_the_device_is_not_said_to_run(status: str) -> None:
    found = judge(record(open_action=OpenAction("enterprises/e/actions/a", status)), now=NOW)
    assert blockers(found) == ["IN_PROGRESS"]
    assert "An earlier reset has ended" in found.blockers[0].message
    assert "running" not in found.blockers[0].message


def test_a_role_without_the_right_blocks() -> None:
    assert blockers(judge(record(), now=NOW, may_reset=False)) == ["ROLE"]


def test_all_blockers_and_warnings_are_told_together() -> None:
    device = Device(
        "enterprises/e/devices/d",
        state="DISABLED",
        applied_state="LOST",
        api_level=20,
        ownership="COMPANY_OWNED",
        password_policies=(PasswordPolicy(quality="COMPLEX", minimum_length=30, maximum_failed_for_wipe=10),),
        non_compliance=(
            NonCompliance(specific_reason="USER_NOT_UNLOCKED"),
            NonCompliance(specific_reason="PASSWORD_POLICIES_USER_CREDENTIALS_CONFIRMATION_REQUIRED"),
        ),
        is_secure=False,
        last_status_report_time=NOW - timedelta(days=3),
    )
    gone = record(device, gone_time=NOW, open_action=OpenAction("a", "ISSUED"))
    found = judge(gone, now=NOW, may_reset=False)
    assert blockers(found) == [
        "ROLE",
        "GONE",
        "DISABLED",
        "LOST_MODE",
        "API_LEVEL",
        "MANAGEMENT_MODE",
        "NO_PASSCODE_FITS",
        "IN_PROGRESS",
    ]
    assert warned(found) == [
        "OFFLINE",
        "DIRECT_BOOT",
        "TOKEN_PENDING",
        "UNLOCKED_ONLY",
        "NO_SCREEN_LOCK",
        "WIPES_AFTER",
        "LOST_MODE_AFTER",
        "STALE_REPORT",
    ]
    assert found.scope is None
    assert found.passcode_rule == ""
    for finding in found.blockers + found.warnings:
        assert finding.message.endswith(".")
        assert not set(finding.message) & set("<>{}")


def test_a_phone_restarted_and_not_unlocked_is_warned_about() -> None:
    assert "DIRECT_BOOT" in warned(verdict(non_compliance=(NonCompliance(specific_reason="USER_NOT_UNLOCKED"),)))


def test_another_reason_of_non_compliance_is_not_mistaken_for_one() -> None:
    entry = NonCompliance("PASSWORD_POLICIES_PASSWORD_NOT_SUFFICIENT")
    assert warned(verdict(non_compliance=(entry,))) == ALWAYS_FOR_COMPANY


def test_a_missing_screen_lock_is_told_only_where_it_was_reported() -> None:
    assert "device asks" in warning(verdict(is_secure=False), "NO_SCREEN_LOCK")
    profile = verdict(is_secure=False, management_mode="PROFILE_OWNER")
    assert "work profile asks" in warning(profile, "NO_SCREEN_LOCK")
    assert "NO_SCREEN_LOCK" not in warned(verdict(is_secure=None))


@pytest.mark.parametrize(("limits", "words"), [((10, 0), "10 wrong passcodes"), ((1, 4), "1 wrong passcode.")])
def test_the_wipe_after_wrong_passcodes_is_told_with_its_number(limits: tuple[int, ...], words: str) -> None:
    entries = tuple(PasswordPolicy(maximum_failed_for_wipe=limit) for limit in limits)
    assert words in warning(verdict(password_policies=entries), "WIPES_AFTER")


def test_work_profiles_are_told_of_pause_and_of_a_lock_of_their_own() -> None:
    found = verdict(management_mode="PROFILE_OWNER", ownership="PERSONALLY_OWNED")
    assert warned(found) == ["PAUSED_PROFILE", "SEPARATE_LOCK"]
    assert warned(verdict(management_mode="PROFILE_OWNER")) == [
        "LOST_MODE_AFTER",
        "PAUSED_PROFILE",
        "SEPARATE_LOCK",
    ]


@pytest.mark.parametrize("mode", ["DEVICE_OWNER", "PROFILE_OWNER"])
@pytest.mark.parametrize(("api_level", "told"), [(24, True), (25, True), (26, False), (34, False)])
def test_android_7_is_told_to_need_an_unlocked_phone(api_level: int, told: bool, mode: str) -> None:
    found = verdict(api_level=api_level, management_mode=mode)
    assert found.eligible
    assert ("UNLOCKED_ONLY" in warned(found)) is told


def test_a_phone_is_offline_when_it_was_last_seen_too_long_ago() -> None:
    edge = verdict(last_status_report_time=NOW - OFFLINE_AFTER)
    assert warned(edge) == ALWAYS_FOR_COMPANY
    past = verdict(last_status_report_time=NOW - OFFLINE_AFTER - timedelta(minutes=1))
    assert warned(past) == ["OFFLINE", *ALWAYS_FOR_COMPANY]
    assert warning(past, "OFFLINE").startswith("Offline since 2026-11-23 08:30 UTC (6 h).")


def test_whatever_was_seen_last_counts() -> None:
    old = replace(PHONE, last_status_report_time=NOW - timedelta(hours=20))
    found = judge(record(old, last_seen=NOW - timedelta(hours=1)), now=NOW)
    assert warned(found) == ALWAYS_FOR_COMPANY


def test_a_report_older_than_a_day_is_told_to_be_stale() -> None:
    edge = verdict(last_status_report_time=NOW - STALE_AFTER)
    assert "STALE_REPORT" not in warned(edge)
    past = verdict(last_status_report_time=NOW - timedelta(days=5))
    assert warning(past, "STALE_REPORT").startswith("No report since 2026-11-18 14:31 UTC.")
    assert "(5 days)" in warning(past, "OFFLINE")


def test_a_device_that_never_reported_is_stale_and_not_called_offline() -> None:
    found = verdict(last_status_report_time=None)
    assert warned(found) == [*ALWAYS_FOR_COMPANY, "STALE_REPORT"]


def test_a_report_from_a_clock_that_runs_ahead_warns_of_nothing() -> None:
    assert warned(verdict(last_status_report_time=NOW + timedelta(hours=2))) == ALWAYS_FOR_COMPANY
