"""Simulated phones do with a command what Android and its policies make of it."""

import pytest

from local.simulator import schemas
from tests.contract.simulator.amapi_client import DEVICE, RESET, wait_until, with_policy, work_profile
from tests.contract.simulator.time_by_hand import TimeByHand


@pytest.mark.parametrize(
    ("completion", "passcode", "expected"),
    [
        ("normal", "Kx7#mP2qaa", {}),
        ("response", "Kx7#mP2qaa", {"response": {"@type": schemas.TYPE_PREFIX + "IssueCommandResponse"}}),
        ("no_effect", "Kx7#mP2qaa", {}),
        ("error_code_only", "12", {"errorCode": "INVALID_VALUE"}),
        ("error_only", "12", {"error": 9}),
        ("both", "12", {"errorCode": "INVALID_VALUE", "error": 9}),
        ("cancelled", "Kx7#mP2qaa", {"error": 1}),
        ("expired", "Kx7#mP2qaa", {"error": 4}),
    ],
)
def test_a_command_ends_in_the_wanted_shape(api, completion, passcode, expected):
    api.knob(completion=completion)
    before = api.phone()["passcode"]
    found = api.done(api.issue({**RESET, "newPassword": passcode}))
    shape = {key: found[key] for key in ("response",) if key in found}
    if "errorCode" in found["metadata"]:
        shape["errorCode"] = found["metadata"]["errorCode"]
    if "error" in found:
        shape["error"] = found["error"]["code"]
    assert shape == expected
    has_effect = completion in {"normal", "response"}
    assert api.phone()["passcode"] == (passcode if has_effect else before)
    assert schemas.flaws("Operation", found) == []


def test_an_operation_can_vanish_after_it_took_effect(simulator, api):
    api.knob(completion="not_found")
    name = api.issue()
    wait_until(lambda: api.phone()["passcode"] == RESET["newPassword"])
    assert api("GET", f"/v1/{name}")[0] == 404
    assert api("GET", f"/v1/{DEVICE}/operations") == (200, {})


@pytest.mark.parametrize("outcome", ["INVALID_VALUE", "API_LEVEL", "MANAGEMENT_MODE", "UNSUPPORTED", "UNKNOWN"])
def test_an_ordered_failure_changes_nothing(api, outcome):
    before = api.knob(outcome=outcome)["passcode"]
    assert api.done(api.issue())["metadata"]["errorCode"] == outcome
    phone = api.phone()
    assert phone["passcode"] == before
    assert [entry["outcome"] for entry in phone["executed"]] == [outcome]


def test_an_offline_phone_runs_what_waited_when_it_is_back(api, bus):
    api.knob(online=False)
    first, second = api.issue(), api.issue({**RESET, "newPassword": "Second#77x"})
    assert "done" not in api("GET", f"/v1/{first}")[1]
    api.knob(online=True)
    api.done(second)
    phone = api.phone()
    assert [entry["operation"] for entry in phone["executed"]] == [first, second]
    assert (phone["passcode"], phone["locked"]) == ("Second#77x", True)
    wait_until(lambda: [found["name"] for found in bus.of("COMMAND")] == [first, second])


def test_a_phone_takes_its_time_and_may_go_away_meanwhile(simulator, api):
    time = TimeByHand.of(simulator.world)
    api.knob(ackDelay="20s")
    name = api.issue()
    time.forward(19)
    assert "done" not in api("GET", f"/v1/{name}")[1]
    api.knob(online=False)
    late = api.issue({**RESET, "newPassword": "Other#8811", "duration": "40s"})
    time.forward(40)
    api.done(late)
    assert api.phone()["executed"] == []
    api.knob(online=True)
    time.forward(19)
    assert "done" not in api("GET", f"/v1/{name}")[1]
    time.forward(1)
    api.done(name)
    assert [entry["operation"] for entry in api.phone()["executed"]] == [name]


def test_a_command_past_its_time_is_dropped(api, bus):
    api.knob(online=False)
    found = api.done(api.issue({**RESET, "duration": "0.05s"}))
    assert found["error"]["code"] == 4
    wait_until(lambda: len(bus.of("COMMAND")) == 1)
    api.knob(online=True)
    assert api.phone()["executed"] == []


def test_a_cancelled_command_does_not_run_and_a_finished_one_stays_as_it_is(api, bus):
    finished = api.issue()
    api.done(finished)
    assert api("POST", f"/v1/{finished}:cancel") == (200, {})
    assert "error" not in api("GET", f"/v1/{finished}")[1]
    api.knob(online=False)
    waiting = api.issue()
    assert api("POST", f"/v1/{waiting}:cancel") == (200, {})
    api.knob(online=True)
    assert api("GET", f"/v1/{waiting}")[1]["error"]["code"] == 1
    assert len(api.phone()["executed"]) == 1
    wait_until(lambda: waiting in [found["name"] for found in bus.of("COMMAND")])


@pytest.mark.parametrize("echo", ["off", "answers", "all"])
def test_the_passcode_comes_back_where_the_knob_says(api, bus, echo):
    api.knob(echo=echo)
    found = api.done(api.issue())
    assert ("newPassword" in found["metadata"]) == (echo != "off")
    wait_until(lambda: len(bus.of("COMMAND")) == 1)
    assert ("newPassword" in bus.of("COMMAND")[0]["metadata"]) == (echo == "all")


RULES = [
    ("PASSWORD_QUALITY_UNSPECIFIED", {}, ["Abcd", "123456"], ["123", "12345", "a" * 17, "päss", "tab\there"]),
    ("SOMETHING", {}, ["111111", "aaaa"], ["aaa"]),
    ("BIOMETRIC_WEAK", {}, ["111111"], []),
    ("NUMERIC", {"passwordMinimumLength": 8}, ["11111111", "abcdefgh"], ["1234567"]),
    ("NUMERIC_COMPLEX", {}, ["482917", "112233"], ["481234", "864200", "444417", "036917"]),
    ("ALPHABETIC", {}, ["abcd", "####"], ["482917"]),
    ("ALPHANUMERIC", {}, ["abc1", "#### 1"], ["abcd", "482917"]),
    ("COMPLEX", {}, ["ab1#"], ["abc1", "ab##", "482917"]),
    ("COMPLEX", {"passwordMinimumLowerCase": 2, "passwordMinimumUpperCase": 1}, ["abC1#"], ["aBC1#", "abc1#"]),
    ("COMPLEX", {"passwordMinimumNumeric": 2, "passwordMinimumSymbols": 2}, ["a12#!"], ["a1b#!", "a12#b"]),
    ("COMPLEX", {"passwordMinimumLetters": 3, "passwordMinimumNonLetter": 3}, ["abC1#2"], ["ab11##", "abcd1#"]),
    ("COMPLEXITY_LOW", {}, ["111111"], []),
    ("COMPLEXITY_MEDIUM", {}, ["482917", "axbyc"], ["123417", "abcdxy", "####a"]),
    ("COMPLEXITY_HIGH", {}, ["48291736", "axbycz"], ["482917", "axbyc", "12348291", "abcdxyz"]),
    ("NUMERIC", {"passwordMinimumLength": 17}, [], ["1" * 16, "1" * 17]),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule[0])
def test_a_phone_takes_only_what_its_policy_allows(simulator, api, rule):
    quality, minima, taken, refused = rule
    with_policy(simulator, quality, **minima)
    for passcode in taken + refused:
        api.issue({**RESET, "newPassword": passcode})
    wait_until(lambda: len(api.phone()["executed"]) == len(taken + refused))
    outcomes = {entry["passcode"]: entry["outcome"] for entry in api.phone()["executed"]}
    assert {code for code, outcome in outcomes.items() if outcome == "OK"} == set(taken)
    assert {code for code, outcome in outcomes.items() if outcome == "INVALID_VALUE"} == set(refused)


@pytest.mark.parametrize(("api_level", "passcode", "outcome"), [(33, "1357", "OK"), (34, "13570", "INVALID_VALUE")])
def test_six_digits_are_asked_from_android_14_on(simulator, api, api_level, passcode, outcome):
    with_policy(simulator, "NUMERIC", api_level=api_level)
    api.done(api.issue({**RESET, "newPassword": passcode}))
    assert api.phone()["executed"][0]["outcome"] == outcome


def test_on_a_work_profile_the_entries_of_the_device_do_not_bind(simulator, api):
    device = work_profile(simulator)
    simulator.world.phones[device].device["appliedPasswordPolicies"] = [
        {"passwordScope": "SCOPE_DEVICE", "passwordQuality": "COMPLEX"},
        {"passwordScope": "SCOPE_PROFILE", "passwordQuality": "NUMERIC"},
    ]
    api.done(api.issue({**RESET, "newPassword": "482917"}, device))
    phone = api.phone(device)
    assert (phone["lock"], phone["executed"][0]["outcome"]) == ("WORK_PROFILE", "OK")


@pytest.mark.parametrize("command", [{"type": "RESET_PASSWORD"}, {"type": "RESET_PASSWORD", "newPassword": ""}])
def test_an_empty_passcode_clears_the_lock_unless_a_policy_demands_one(simulator, api, command):
    with_policy(simulator, "SOMETHING")
    api.done(api.issue(command))
    assert api.phone()["executed"][0]["outcome"] == "INVALID_VALUE"
    with_policy(simulator, "PASSWORD_QUALITY_UNSPECIFIED")
    api.done(api.issue(command))
    assert (api.phone()["passcode"], api.phone()["locked"]) == (None, False)
    assert api("GET", f"/v1/{DEVICE}")[1]["deviceSettings"]["isDeviceSecure"] is False


def test_without_lock_now_the_screen_stays_as_it_is(api):
    api("POST", f"/_sim/devices/{DEVICE}:unlock")
    api.done(api.issue({**RESET, "resetPasswordFlags": []}))
    assert api.phone()["locked"] is False
    api.done(api.issue())
    assert api.phone()["locked"] is True


@pytest.mark.parametrize(
    ("knobs", "api_level", "outcome"),
    [
        ({"tokenActive": False}, 26, "UNKNOWN"),
        ({"tokenActive": False}, 25, "OK"),
        ({"unlockedSinceBoot": False}, 25, "UNKNOWN"),
        ({"unlockedSinceBoot": False}, 26, "OK"),
        ({"entryRequired": True}, 36, "UNKNOWN"),
        ({}, 23, "API_LEVEL"),
    ],
)
def test_android_must_let_the_agent_in(simulator, api, knobs, api_level, outcome):
    with_policy(simulator, "SOMETHING", api_level=api_level)
    api.knob(**knobs)
    api.done(api.issue())
    assert api.phone()["executed"][0]["outcome"] == outcome


def test_a_user_who_unlocks_makes_the_next_reset_possible(simulator, api, bus):
    pending = next(phone for phone in simulator.world.phones.values() if not phone.token_active)
    device = pending.device["name"]
    pending.device["appliedPasswordPolicies"] = []
    api.done(api.issue(device=device))
    api("POST", f"/_sim/devices/{pending.id}:unlock")
    api.done(api.issue({**RESET, "resetPasswordFlags": ["REQUIRE_ENTRY"]}, device=device))
    api.done(api.issue(device=device))
    assert [entry["outcome"] for entry in api.phone(device)["executed"]] == ["UNKNOWN", "OK", "UNKNOWN"]
    assert "nonComplianceDetails" not in api("GET", f"/v1/{device}")[1]


def test_a_paused_work_profile_does_nothing_until_it_is_on_again(simulator, api):
    device = work_profile(simulator)
    api.knob(device, paused=True)
    name = api.issue(device=device)
    assert "done" not in api("GET", f"/v1/{name}")[1]
    api.knob(device, paused=False)
    api.done(name)


def test_other_commands_do_what_they_do(simulator, api):
    api("POST", f"/_sim/devices/{DEVICE}:unlock")
    api.done(api.issue({"type": "LOCK"}))
    assert api.phone()["locked"] is True
    api.done(api.issue({"type": "REBOOT"}))
    assert api.phone()["unlockedSinceBoot"] is False
    assert api.done(api.issue({"type": "RELINQUISH_OWNERSHIP"}))["metadata"]["errorCode"] == "UNSUPPORTED"
    device = work_profile(simulator)
    api.done(api.issue({"type": "REBOOT"}, device))
    entry = api.phone(device)["executed"][0]
    assert (entry["outcome"], entry["effect"]) == ("OK", False)
