"""A made-up fleet, the same at each start: models, Android versions, modes, policies, users and troubles.

Nothing is random: the place in the fleet decides, so that a demo, a test and a bug report speak of the same
phone. Times count back from ``now``. The people are invented; their addresses are under ``example.com``.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.simulator.catalogue import (
    BYOD_POLICIES,
    COPE_POLICIES,
    MANAGED_POLICIES,
    MODELS,
    PEOPLE,
    POLICIES,
    VERSIONS,
)
from local.simulator.phone import Phone

Json = dict[str, Any]

DEMO_ENTERPRISE = "enterprises/LC00demo"
FLEET_SIZE = 48
_MODES = ("MANAGED", "MANAGED", "COPE", "BYOD")
_FIRST_COPE_ANDROID = 30
"""Android 11 made company-owned devices with a work profile what they are."""
TROUBLES = {
    3: "direct_boot",
    4: "offline",
    8: "token_pending",
    11: "offline",
    13: "no_lock",
    16: "lost",
    19: "paused",
    20: "disabled",
    24: "provisioning",
    25: "silent",
    28: "impossible",
    30: "offline",
    33: "no_user",
    35: "no_user",
    37: "plain_token",
    38: "token_pending",
    40: "at_risk",
    44: "re_enrolled",
}
"""What is the matter with the phone at that place in the fleet; all others are well."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """One enterprise, its policies and its phones."""

    enterprise: Json
    policies: tuple[Json, ...]
    phones: tuple[Phone, ...]


def demo_fleet(now: datetime, *, enterprise: str = DEMO_ENTERPRISE, size: int = FLEET_SIZE) -> Fleet:
    """Return the fleet of an enterprise.

    Args:
        now: aware time that all times count back from.
        enterprise: ``enterprises/{e}``; another one has other device ids.
        size: number of phones.
    """
    policies = tuple({"name": f"{enterprise}/policies/{key}", **body} for key, body in POLICIES.items())
    phones = tuple(_phone(enterprise, index, now) for index in range(size))
    return Fleet(_enterprise(enterprise), policies, phones)


def _enterprise(name: str) -> Json:
    return {
        "name": name,
        "enterpriseDisplayName": "Demo Logistics",
        "enabledNotificationTypes": ["ENROLLMENT", "STATUS_REPORT", "COMMAND"],
    }


def _phone(enterprise: str, index: int, now: datetime) -> Phone:
    trouble = TROUBLES.get(index, "")
    device = _device(enterprise, index, now)
    _afflict(device, trouble, enterprise, now)
    passcode = None if trouble == "no_lock" else f"{_number(enterprise, index, 'passcode') % 1_000_000:06d}"
    return Phone(
        device=device,
        passcode=passcode,
        online=trouble not in {"offline", "silent"},
        paused=trouble == "paused",
        token_active=trouble != "token_pending",
        unlocked_since_boot=trouble != "direct_boot",
    )


def _device(enterprise: str, index: int, now: datetime) -> Json:
    mode = _MODES[index % len(_MODES)]
    version, api_level = _version(mode, index)
    policy = _policy(mode, index, api_level)
    device_id = _digest(enterprise, index, "device")[:16]
    seen = now - timedelta(minutes=1 + 7 * (index % 13))
    enrolled = now - timedelta(days=20 + 11 * index, hours=index)
    return {
        "name": f"{enterprise}/devices/{device_id}",
        "userName": f"{enterprise}/users/{_number(enterprise, index, 'user') % 10**12}",
        "user": {"accountIdentifier": _digest(enterprise, index, "account")[:20]},
        "managementMode": "DEVICE_OWNER" if mode == "MANAGED" else "PROFILE_OWNER",
        "ownership": "PERSONALLY_OWNED" if mode == "BYOD" else "COMPANY_OWNED",
        "state": "ACTIVE",
        "appliedState": "ACTIVE",
        "policyCompliant": True,
        "apiLevel": api_level,
        "policyName": f"{enterprise}/policies/{policy}",
        "appliedPolicyName": f"{enterprise}/policies/{policy}",
        "appliedPolicyVersion": str(1 + index % 5),
        "appliedPasswordPolicies": [dict(entry) for entry in POLICIES[policy].get("passwordPolicies", [])],
        "enrollmentTime": _time(enrolled),
        "lastStatusReportTime": _time(seen),
        "lastPolicySyncTime": _time(seen - timedelta(minutes=3)),
        "enrollmentTokenName": f"{enterprise}/enrollmentTokens/{_digest(enterprise, index, 'token')[:22]}",
        "enrollmentTokenData": _token_data(index),
        "hardwareInfo": _hardware(enterprise, index, mode),
        "softwareInfo": _software(version, api_level),
        "deviceSettings": {"isDeviceSecure": True, "encryptionStatus": "ACTIVE_PER_USER", "isEncrypted": True},
        "securityPosture": {"devicePosture": "SECURE"},
    }


def _version(mode: str, index: int) -> tuple[str, int]:
    known = [entry for entry in VERSIONS if mode != "COPE" or entry[1] >= _FIRST_COPE_ANDROID]
    return known[(index // 2) % len(known)]


def _policy(mode: str, index: int, api_level: int) -> str:
    if TROUBLES.get(index) == "impossible":
        return "impossible"
    choice = {"MANAGED": MANAGED_POLICIES, "COPE": COPE_POLICIES, "BYOD": BYOD_POLICIES}[mode]
    # Phones before Android 12 know no complexity: they report the quality that their policy falls back to.
    known = [key for key in choice if api_level >= POLICIES_NEED.get(key, 0)]
    return known[(index + index // 4) % len(known)]


POLICIES_NEED = {
    key: 31
    for key, body in POLICIES.items()
    if any("COMPLEXITY" in entry["passwordQuality"] for entry in body.get("passwordPolicies", []))
}
"""Least API level of a policy."""


def _hardware(enterprise: str, index: int, mode: str) -> Json:
    brand, manufacturer, model, hardware = MODELS[index % len(MODELS)]
    own_id = _digest(enterprise, index, "specific")[:16].upper()
    info = {
        "brand": brand,
        "manufacturer": manufacturer,
        "model": model,
        "hardware": hardware,
        "enterpriseSpecificId": own_id,
    }
    # A personally-owned phone hides its real serial number since Android 12.
    return {
        **info,
        "serialNumber": own_id if mode == "BYOD" else "R" + _digest(enterprise, index, "serial")[:10].upper(),
    }


def _software(version: str, api_level: int) -> Json:
    return {
        "androidVersion": version,
        "securityPatchLevel": f"{2016 + (api_level - 23)}-0{1 + api_level % 9}-01",
        "androidDevicePolicyVersionCode": 10_263_600,
        "androidDevicePolicyVersionName": "102.63.60.v80",
    }


def _token_data(index: int) -> str:
    trouble = TROUBLES.get(index)
    if trouble == "plain_token":
        return "Warehouse 7, dock B"
    if trouble == "no_user":
        return ""
    name, email, locale = PEOPLE[index % len(PEOPLE)]
    user = {"displayName": name, "email": email, "locale": locale}
    return json.dumps({"user": user}, ensure_ascii=False)


def _afflict(device: Json, trouble: str, enterprise: str, now: datetime) -> None:
    """Make the record say what AMAPI says of a phone in that trouble."""
    match trouble:
        case "direct_boot":
            _complain(device, "passwordPolicies", "PENDING", "USER_NOT_UNLOCKED")
        case "token_pending":
            reason = "PASSWORD_POLICIES_USER_CREDENTIALS_CONFIRMATION_REQUIRED"
            _complain(device, "passwordPolicies", "USER_ACTION", reason)
        case "no_lock":
            device["deviceSettings"]["isDeviceSecure"] = False
            _complain(device, "passwordPolicies", "USER_ACTION", "PASSWORD_POLICIES_PASSWORD_NOT_SUFFICIENT")
        case "lost":
            device["state"] = device["appliedState"] = "LOST"
        case "disabled":
            device["state"] = device["appliedState"] = "DISABLED"
        case "provisioning":
            device["appliedState"] = "PROVISIONING"
            device["appliedPasswordPolicies"] = []
            device.pop("appliedPolicyName")
        case "silent":
            device["lastStatusReportTime"] = _time(now - timedelta(days=61))
        case "at_risk":
            risk = {"securityRisk": "UNKNOWN_OS", "advice": [{"defaultMessage": "The device runs an unknown OS."}]}
            device["securityPosture"] = {"devicePosture": "AT_RISK", "postureDetails": [risk]}
        case "re_enrolled":
            device["previousDeviceNames"] = [f"{enterprise}/devices/{_digest(enterprise, 0, 'previous')[:16]}"]


def _complain(device: Json, setting: str, reason: str, specific_reason: str) -> None:
    scope = "SCOPE_DEVICE" if device["managementMode"] == "DEVICE_OWNER" else "SCOPE_PROFILE"
    device["policyCompliant"] = False
    device["nonComplianceDetails"] = [
        {
            "settingName": setting,
            "nonComplianceReason": reason,
            "specificNonComplianceReason": specific_reason,
            "specificNonComplianceContext": {"passwordPoliciesContext": {"passwordPolicyScope": scope}},
        }
    ]


def _digest(enterprise: str, index: int, purpose: str) -> str:
    return hashlib.sha256(f"{enterprise}/{index}/{purpose}".encode()).hexdigest()


def _number(enterprise: str, index: int, purpose: str) -> int:
    return int(_digest(enterprise, index, purpose)[:15], 16)


def _time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
