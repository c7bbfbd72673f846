"""Accepting a reset: every refusal, repeats, lost commits, and what is stored."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.action import Recipient, Status
from shared.domain.device import DeviceUser, OpenAction, PasswordPolicy
from shared.domain.errors import ConflictError, RejectedError, TransientError
from shared.services.accept_reset import ResetWish
from shared.services.access import Caller
from shared.services.ports import Create
from tests.unit.services.world import (
    ADMIN,
    DEVICE,
    ENTERPRISE,
    REQUESTS,
    RESETTER,
    REVEALER,
    STRANGER,
    VIEWER,
    phone,
)

HOUR = timedelta(hours=1)


def refusal(world, caller=ADMIN, wish=None, request_id="r1", device=DEVICE):
    with pytest.raises(RejectedError) as refused:
        world.accept(caller, device, wish or ResetWish(), request_id)
    return refused.value


# -- what is stored ----------------------------------------------------------------------------------------------


def test_an_accepted_reset_is_stored_whole_and_published(world):
    wish = ResetWish(notify_user=True, reason="taxi", valid_for=HOUR, lock_now=False, require_entry=True)

    action = world.accept(ADMIN, DEVICE, wish, "r1")

    now = world.clock.now()
    stored = world.action(action.name)
    assert stored == action
    assert (stored.status, stored.lock_held, stored.wake_at) == (Status.PENDING, True, now + timedelta(minutes=1))
    assert (stored.expire_time, stored.lock_now, stored.require_entry) == (now + HOUR, False, True)
    assert [(d.recipient, d.email, d.locale) for d in stored.deliveries] == [
        (Recipient.ADMIN, "admin@example.com", "en"),
        (Recipient.USER, "jo@example.com", "de"),
    ]
    assert world.lock().holder == action.name
    assert world.lock().actions == (action.name,)
    assert world.record().open_action == OpenAction(action.name, "PENDING")
    assert world.record().latest_action == action.name
    assert world.told(action.name) == ["REQUESTED"]
    assert world.events(action.name)[0].details == {"reason": "taxi"}
    assert world.bus.take() == [(REQUESTS, action.name)]


def test_the_passcode_is_stored_sealed_with_a_date_to_forget_it(world):
    name = world.accepted(valid_for=HOUR)

    stored = world.passcode(name)
    assert stored.ciphertext is not None
    assert stored.device == DEVICE
    assert stored.expire_at == world.clock.now() + HOUR + timedelta(days=37, minutes=16)


def test_accepting_takes_one_read_and_one_commit(world):
    world.accepted()

    assert world.store.trips() == (1, 1)


def test_without_a_choice_the_validity_is_a_day_and_the_mails_carry_the_passcode(world):
    action = world.accept(ADMIN, DEVICE, ResetWish())

    assert action.expire_time - action.create_time == timedelta(days=1)
    assert action.mail_passcode
    assert [d.recipient for d in action.deliveries] == [Recipient.ADMIN]
    assert world.events(action.name)[0].details == {}


def test_the_enterprise_chooses_validity_retention_locale_and_link(world):
    world.set(ENTERPRISE, default_valid_for_s=7200, retention_days=5, locale="fr", delivery="LINK")

    action = world.accept(ADMIN, DEVICE, ResetWish(notify_user=True))

    assert action.expire_time - action.create_time == timedelta(hours=2)
    assert (action.retention, action.mail_passcode, action.admin_locale) == (timedelta(days=5), False, "fr")


def test_an_enterprise_without_a_document_has_the_defaults(world):
    other = "enterprises/other"
    device = f"{other}/devices/d"
    world.store.commit([Create(ADMIN.member_name(other), {"email": ADMIN.email, "roles": ["admin"]})])
    world.mirror.put([phone(world.clock.now(), device)], world.clock.now())

    action = world.accept(ADMIN, device, ResetWish())

    assert action.expire_time - action.create_time == timedelta(days=1)


def test_a_user_without_locale_is_written_to_in_the_enterprises(world):
    world.assign(ADMIN, DEVICE, DeviceUser("Jo", "jo@example.com"))

    assert world.accept(ADMIN, DEVICE, ResetWish(notify_user=True)).deliveries[1].locale == "en"


def test_a_second_reset_is_the_newest_of_the_lock(world):
    first = world.done()
    world.mail(first)

    second = world.accepted("r2")

    assert (world.lock().holder, world.lock().actions) == (second, (first, second))


def test_a_failure_to_publish_is_no_failure_to_accept(world):
    world.bus.down = True

    name = world.accepted()

    world.bus.down = False
    world.tick(minutes=1)
    assert world.bus.take() == [(REQUESTS, name)]


def test_no_log_line_holds_the_passcode(world, caplog):
    caplog.set_level(logging.DEBUG)
    name = world.done()
    world.mail(name)

    passcode = world.reveal(ADMIN, name, "because").passcode.reveal()
    assert passcode not in caplog.text
    assert all(passcode not in str(vars(record)) for record in caplog.records)


# -- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("caller", [STRANGER, Caller("a/b@example.com"), Caller("")])
def test_whoever_is_no_member_learns_nothing(world, caller):
    assert refusal(world, caller).reason == "NOT_FOUND"


def test_a_foreign_enterprise_and_an_unknown_device_answer_alike(world):
    foreign = refusal(world, device="enterprises/x/devices/d")
    unknown = refusal(world, device=f"{ENTERPRISE}/devices/x")

    assert (foreign.reason, foreign.message) == (unknown.reason, unknown.message) == ("NOT_FOUND", foreign.message)


@pytest.mark.parametrize("caller", [REVEALER, VIEWER])
def test_a_member_without_the_role_is_refused_and_audited(world, caller):
    error = refusal(world, caller)

    assert (error.reason, error.metadata) == ("ROLE_REQUIRED", {"right": "RESET"})
    assert world.refusals() == [(caller.email, "ROLE_REQUIRED")]


def test_a_resetter_may(world):
    assert world.accepted(caller=RESETTER)


def test_a_device_that_takes_no_reset_is_refused_with_every_reason_and_audited(world):
    bad = phone(world.clock.now(), applied_state="LOST", api_level=21)
    world.mirror.put([bad], world.clock.now())
    world.store.trips()

    error = refusal(world)

    assert error.reason == "DEVICE_NOT_ELIGIBLE"
    assert set(error.metadata) == {"LOST_MODE", "API_LEVEL"}
    assert world.refusals() == [("admin@example.com", "DEVICE_NOT_ELIGIBLE")]


@pytest.mark.parametrize("seconds", [0, 59, 30 * 86_400 + 1])
def test_a_validity_out_of_bounds_is_refused(world, seconds):
    """Regression: 0 s was taken for no choice, so a reset was valid for a day that should not have been at all."""
    assert refusal(world, wish=ResetWish(valid_for=timedelta(seconds=seconds))).reason == "INVALID_VALIDITY"


@pytest.mark.parametrize("seconds", [60, 30 * 86_400])
def test_a_validity_at_a_bound_is_taken(world, seconds):
    assert world.accepted(valid_for=timedelta(seconds=seconds))


@pytest.mark.parametrize("user", [DeviceUser(), DeviceUser("Jo")])
def test_a_user_without_address_cannot_be_told(world, user):
    world.assign(ADMIN, DEVICE, user)

    assert refusal(world, wish=ResetWish(notify_user=True)).reason == "USER_HAS_NO_ADDRESS"


def test_a_refused_reset_leaves_nothing_behind(world):
    refusal(world, wish=ResetWish(valid_for=timedelta(0)))

    assert world.document(names.lock_name(DEVICE)) is None
    assert world.record().open_action is None
    assert world.bus.take() == []


def test_a_running_reset_is_named_with_its_time(world):
    name = world.accepted(valid_for=HOUR)

    error = refusal(world, request_id="r2")

    until = (world.clock.now() + HOUR).isoformat().replace("+00:00", "Z")
    assert (error.reason, error.metadata) == (
        "RESET_IN_PROGRESS",
        {"action": name, "status": "PENDING", "until": until, "device": DEVICE},
    )


@pytest.mark.parametrize(("status", "told"), [("DONE", "has ended"), ("UNKNOWN", "outcome is unknown")])
def test_a_reset_that_holds_the_device_after_its_end_is_not_said_to_run(world, status, told):
    world.set(world.accepted(), status=status)

    error = refusal(world, request_id="r2")

    assert (error.reason, error.metadata["status"]) == ("RESET_IN_PROGRESS", status)
    assert told in error.message
    assert "running" not in error.message


def test_a_running_reset_whose_document_is_missing_is_named_all_the_same(world):
    world.store.commit([Create(names.lock_name(DEVICE), {"holder": "enterprises/e/actions/x", "actions": []})])

    assert refusal(world).metadata["until"] == ""


def test_a_policy_that_no_passcode_fits_is_refused(world):
    long = PasswordPolicy(scope="SCOPE_DEVICE", quality="NUMERIC", minimum_length=17)
    world.mirror.put([phone(world.clock.now(), password_policies=(long,))], world.clock.now())

    assert set(refusal(world).metadata) == {"NO_PASSCODE_FITS"}


def test_a_key_service_that_is_down_accepts_nothing(world):
    world.cipher.faults.append(TransientError("KEY_SERVICE_UNAVAILABLE", "down"))

    with pytest.raises(TransientError):
        world.accepted()
    assert world.document(names.lock_name(DEVICE)) is None


# -- repeats -----------------------------------------------------------------------------------------------------


def test_a_repeat_returns_the_first_action_as_it_is_now(world):
    name = world.issued()

    again = world.accept(Caller("ADMIN@example.com"), DEVICE, ResetWish(), "r1")

    assert (again.name, again.status) == (name, Status.ISSUED)
    assert world.lock().actions == (name,)


@pytest.mark.parametrize(
    "change", [{"reason": "x"}, {"valid_for": HOUR}, {"lock_now": False}, {"notify_user": True}]
)
def test_another_body_under_the_same_id_is_refused(world, change):
    name = world.accepted()

    error = refusal(world, wish=replace(ResetWish(), **change))

    assert (error.reason, error.metadata) == ("REQUEST_ID_REUSED", {"action": name})


def test_another_callers_id_is_another_request(world):
    world.accepted()

    assert refusal(world, RESETTER).reason == "RESET_IN_PROGRESS"


def test_without_an_id_a_repeat_is_another_request(world):
    world.accept(ADMIN, DEVICE, ResetWish())

    assert refusal(world, request_id=None).reason == "RESET_IN_PROGRESS"


def test_a_request_whose_action_is_gone_is_unknown(world):
    name = world.accepted()
    request = next(w.name for writes in world.store.commits for w in writes if "/requests/" in w.name)
    world.set(request, action=f"{name}x")

    assert refusal(world).reason == "NOT_FOUND"


# -- races and lost answers --------------------------------------------------------------------------------------


def test_a_commit_whose_answer_was_lost_is_found_told_and_published(world, caplog):
    """Regression: the reset was answered, but nobody was told of it until the timer came by, and no log told it."""
    world.store.faults = ["lost"]

    with caplog.at_level(logging.INFO):
        name = world.accepted()
        world.accepted()  # the client's own repeat is no other reset

    assert (world.lock().holder, world.lock().actions) == (name, (name,))
    assert len(world.store.commits) == 1
    assert world.bus.take() == [(REQUESTS, name)]
    (line,) = (record for record in caplog.records if record.message == "accepted")
    assert (line.action, line.model) == (name, "Pixel 9")


def test_a_lost_answer_makes_no_second_passcode(world):
    world.store.faults = ["lost"]

    name = world.accepted()

    assert sum("/passcodes/" in w.name for writes in world.store.commits for w in writes) == 1
    assert world.passcode(name).ciphertext is not None


def test_a_lost_race_is_decided_again(world):
    world.store.faults = ["moved", "moved"]

    assert world.accepted()
    assert len(world.clock.slept) == 2


def test_of_two_racing_requests_one_runs_and_one_is_told_so(world):
    world.store.faults = [lambda: world.accepted("r2")]

    error = refusal(world)

    assert (error.reason, error.metadata["action"]) == ("RESET_IN_PROGRESS", world.lock().holder)


def test_of_two_racing_repeats_both_get_the_same_action(world):
    names_seen = []
    world.store.faults = [lambda: names_seen.append(world.accepted("r1"))]

    assert world.accepted("r1") == names_seen[0]


def test_after_five_lost_turns_the_caller_may_try_again(world):
    world.store.faults = ["moved"] * 5

    with pytest.raises(ConflictError):
        world.accepted()
    assert world.document(names.lock_name(DEVICE)) is None


def test_the_answer_to_a_refusal_does_not_depend_on_its_audit_row_racing(world):
    world.store.faults = ["moved"]

    assert refusal(world, VIEWER).reason == "ROLE_REQUIRED"
