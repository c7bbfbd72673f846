"""The demo fleet: valid records, every mode, Android, policy and trouble, and the same at each start."""

import json
from datetime import UTC, datetime

from local.simulator import fleet, schemas
from local.simulator.password_rules import weaknesses
from shared.adapters.android_management import device_from_json
from shared.domain.passcode_generator import generate
from shared.domain.passcode_rule import UnsatisfiablePolicyError, rule_for


def test_every_record_of_the_fleet_fits_the_discovery_document():
    found = fleet.demo_fleet(datetime.now(UTC))
    assert [schemas.flaws("Device", phone.device) for phone in found.phones] == [[]] * fleet.FLEET_SIZE
    assert [schemas.flaws("Policy", policy) for policy in found.policies] == [[]] * len(found.policies)
    assert schemas.flaws("Enterprise", found.enterprise) == []


def test_the_fleet_is_the_same_at_each_start_and_another_one_elsewhere():
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert fleet.demo_fleet(now) == fleet.demo_fleet(now)
    ids = [{phone.id for phone in fleet.demo_fleet(now, enterprise=f"enterprises/{e}").phones} for e in ("A", "B")]
    assert ids[0].isdisjoint(ids[1])
    assert len(ids[0]) == fleet.FLEET_SIZE >= 40


def test_the_fleet_knows_every_mode_android_policy_and_trouble():
    devices = [phone.device for phone in fleet.demo_fleet(datetime.now(UTC)).phones]
    assert {(device["managementMode"], device["ownership"]) for device in devices} == {
        ("DEVICE_OWNER", "COMPANY_OWNED"),
        ("PROFILE_OWNER", "COMPANY_OWNED"),
        ("PROFILE_OWNER", "PERSONALLY_OWNED"),
    }
    assert {device["apiLevel"] for device in devices} == set(range(24, 37))
    assert {device["policyName"].rpartition("/")[2] for device in devices} == set(fleet.POLICIES)
    assert {"ACTIVE", "PROVISIONING", "LOST", "DISABLED"} == {device["appliedState"] for device in devices}
    reasons = {
        detail["specificNonComplianceReason"]
        for device in devices
        for detail in device.get("nonComplianceDetails", [])
    }
    assert reasons == {
        "USER_NOT_UNLOCKED",
        "PASSWORD_POLICIES_USER_CREDENTIALS_CONFIRMATION_REQUIRED",
        "PASSWORD_POLICIES_PASSWORD_NOT_SUFFICIENT",
    }


def test_most_enrolment_tokens_name_a_user():
    devices = [phone.device for phone in fleet.demo_fleet(datetime.now(UTC)).phones]
    tokens = [device["enrollmentTokenData"] for device in devices]
    users = [json.loads(token)["user"] for token in tokens if token.startswith("{")]
    assert len(users) > 40
    assert all(set(user) == {"displayName", "email", "locale"} for user in users)
    assert any(not user["displayName"].isascii() for user in users)
    assert "" in tokens
    assert "Warehouse 7, dock B" in tokens


def test_every_phone_of_the_fleet_takes_what_the_product_makes_for_it():
    unfit = []
    for phone in fleet.demo_fleet(datetime.now(UTC)).phones:
        device = device_from_json(phone.device)
        try:
            rule = rule_for(device)
        except UnsatisfiablePolicyError:
            unfit.append(device.policy_name.rpartition("/")[2])
            continue
        codes = [generate(rule).reveal() for _ in range(20)]
        policies = phone.device["appliedPasswordPolicies"]
        assert [weaknesses(code, policies, phone.lock, device.api_level) for code in codes] == [[]] * 20
    assert unfit == ["impossible"]
