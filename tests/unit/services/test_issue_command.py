"""The worker: claim, send, record, stop; each answer of AMAPI, each lost commit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.action import DeliveryStatus, Reason, Status
from shared.domain.device import PasswordPolicy
from shared.domain.errors import (
    AmbiguousOutcomeError,
    ConflictError,
    NotSentError,
    PasscodeResetError,
    PermanentError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from shared.domain.operation import Outcome
from shared.domain.timing import MAX_ATTEMPTS
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, EVENTS, phone

MINUTE = timedelta(minutes=1)
AMBIGUOUS = AmbiguousOutcomeError("TIMEOUT", "no answer")
THROTTLED = ThrottledError("RESOURCE_EXHAUSTED", "quota", retry_after_s=60)
UNAUTHORISED = UnauthorisedError("PERMISSION_DENIED", "account")


def quiet_until(world):
    document = world.document(names.QUIET_NAME)
    return document.fields["quiet_until"] if document else None


# -- sending -----------------------------------------------------------------------------------------------------


def test_a_reset_is_sent_once_with_its_passcode_and_choices(world):
    name = world.issued(lock_now=False, require_entry=True)

    action = world.action(name)
    assert (action.status, action.attempts[0].operation) == (Status.ISSUED, f"{DEVICE}/operations/1")
    assert world.amapi.sent == [
        {"duration_s": action.attempts[0].duration_s, "lock_now": False, "require_entry": True}
    ]
    assert world.amapi.passcodes[0] == world.reveal(ADMIN, name, "check").passcode
    assert world.told(name)[:3] == ["REQUESTED", "ISSUING", "ISSUED"]


def test_sending_takes_six_reads_and_two_commits(world):
    name = world.accepted()
    world.store.trips()

    world.issue(name)

    assert world.store.trips() == (6, 2)


def test_a_repeated_message_sends_nothing(world):
    name = world.issued()

    world.issue(name)

    assert world.amapi.calls == ["issue"]


def test_an_unknown_action_is_acknowledged(world):
    world.issue(f"{ENTERPRISE}/actions/unknown")

    assert world.amapi.calls == []


def test_the_claim_is_written_before_the_call(world):
    name = world.accepted()
    seen = []
    world.amapi.during["issue"] = lambda: seen.append(world.action(name))

    world.issue(name)

    assert len(seen[0].attempts) == 1
    assert seen[0].attempts[0].operation is None


def test_nothing_is_sent_without_the_passcode(world):
    name = world.accepted()
    world.cipher.faults.append(TransientError("KEY_SERVICE_UNAVAILABLE", "down"))

    with pytest.raises(TransientError):
        world.issue(name)
    assert world.action(name).attempts == ()
    assert world.amapi.calls == []


def test_nothing_is_sent_in_the_last_half_second(world):
    name = world.accepted()
    world.clock.time = world.action(name).expire_time - timedelta(milliseconds=500)

    world.issue(name)

    assert world.amapi.calls == []


# -- refused unsent ----------------------------------------------------------------------------------------------


def ended_unsent(world, name):
    world.issue(name)
    action = world.action(name)
    assert (action.status, action.attempts, action.lock_held) == (Status.FAILED, (), False)
    assert "issue" not in world.amapi.calls
    assert world.lock().actions == ()
    assert (EVENTS, name) in world.bus.take()
    return action.status_reason.code


def test_who_lost_the_role_resets_nothing(world):
    name = world.accepted()
    world.set(ADMIN.member_name(ENTERPRISE), roles=["viewer"])

    assert ended_unsent(world, name) == "ACTOR_NOT_AUTHORISED"
    assert world.cipher.decrypted == 0


def test_who_is_no_member_any_more_resets_nothing(world):
    name = world.accepted()
    member = world.document(ADMIN.member_name(ENTERPRISE))
    world.set(member.name, roles=None)

    assert ended_unsent(world, name) == "ACTOR_NOT_AUTHORISED"


def test_a_destroyed_passcode_is_not_sent(world):
    name = world.accepted()
    world.set(names.passcode_name(name), ciphertext=None)

    assert ended_unsent(world, name) == "PASSCODE_DESTROYED"


def test_a_passcode_of_another_action_is_not_sent(world):
    name = world.accepted()
    world.set(names.passcode_name(name), ciphertext=b"other")

    assert ended_unsent(world, name) == "CIPHERTEXT_REJECTED"


@pytest.mark.parametrize(
    "changes",
    [
        {"applied_state": "LOST"},
        {"management_mode": "PROFILE_OWNER"},
        {"password_policies": (PasswordPolicy(scope="SCOPE_DEVICE", quality="ALPHANUMERIC"),)},
    ],
    ids=["in lost mode", "another lock", "stricter rules"],
)
def test_a_device_that_has_changed_gets_nothing(world, changes):
    name = world.accepted()
    world.mirror.put([phone(world.clock.now(), **changes)], world.clock.now())

    assert ended_unsent(world, name) == "DEVICE_CHANGED"


def test_a_stale_device_is_read_afresh_and_the_mirror_too(world):
    name = world.accepted(valid_for=timedelta(days=3))
    now = world.clock.forward(hours=25)
    world.amapi.devices[DEVICE] = phone(now, android_version="16")

    world.issue(name)

    assert world.amapi.calls == ["device", "issue"]
    assert (world.record().mirror_time, world.record().device.android_version) == (now, "16")
    assert world.record().user.email == "jo@example.com"


def test_a_stale_device_that_has_changed_gets_nothing(world):
    name = world.accepted(valid_for=timedelta(days=3))
    world.amapi.devices[DEVICE] = phone(world.clock.forward(hours=25), applied_state="DISABLED")

    assert ended_unsent(world, name) == "DEVICE_CHANGED"


def test_a_stale_device_that_is_gone_gets_nothing(world):
    name = world.accepted(valid_for=timedelta(days=3))
    world.clock.forward(hours=25)
    world.amapi.devices.clear()

    assert ended_unsent(world, name) == "DEVICE_GONE"


def test_a_device_that_is_not_mirrored_any_more_is_read_afresh(world):
    name = world.accepted()
    case = world.book.open(name)

    world.issue.freshness.check(replace(case, device=None), world.reveal_sealed(name))

    assert world.amapi.calls == ["device"]


def test_no_answer_about_a_stale_device_is_tried_again(world):
    name = world.accepted(valid_for=timedelta(days=3))
    world.clock.forward(hours=25)
    world.amapi.fail("device", TransientError("HTTP_503", "down"))

    with pytest.raises(TransientError):
        world.issue(name)
    assert world.action(name).status is Status.PENDING


def test_a_throttled_look_at_a_stale_device_waits_quietly(world):
    name = world.accepted(valid_for=timedelta(days=3))
    now = world.clock.forward(hours=25)
    world.amapi.fail("device", THROTTLED)

    world.issue(name)

    assert quiet_until(world) == now + MINUTE
    assert world.action(name).attempts == ()


# -- AMAPI's answers ---------------------------------------------------------------------------------------------


def test_an_operation_that_is_done_already_ends_nothing_but_is_looked_at_at_once(world):
    name = world.accepted()
    world.amapi.issue_reset = done_at_once(world.amapi.issue_reset)

    world.issue(name)

    action = world.action(name)
    assert (action.status, action.wake_at) == (Status.ISSUED, world.clock.now())


def done_at_once(issue_reset):
    return lambda *args, **more: replace(issue_reset(*args, **more), outcome=Outcome.OK)


@pytest.mark.parametrize("word", ["INVALID_ARGUMENT", "NOT_FOUND"])
def test_a_refusal_ends_the_reset_and_tells_its_admin(world, word):
    name = world.accepted()
    world.amapi.fail("issue", PermanentError(word, "text"))

    world.issue(name)

    action = world.action(name)
    assert (action.status, action.attempts, action.status_reason) == (Status.FAILED, (), Reason(word, "text"))
    assert action.notice.pending
    assert (EVENTS, name) in world.bus.take()


def test_429_is_not_counted_and_waits_out_the_quiet_time_with_a_spread(world):
    name = world.accepted()
    world.amapi.fail("issue", THROTTLED)

    world.issue(name)

    action = world.action(name)
    quiet = world.clock.now() + MINUTE
    assert (action.attempts, action.issue_tries, quiet_until(world)) == ((), 0, quiet)
    assert quiet <= action.retry_at <= quiet + MINUTE
    assert world.told(name)[-1] == "NOT_SENT"


def test_a_longer_quiet_time_that_amapi_asks_for_is_kept(world):
    name = world.accepted()
    world.amapi.fail("issue", ThrottledError("RESOURCE_EXHAUSTED", "quota", retry_after_s=600))

    world.issue(name)

    assert quiet_until(world) == world.clock.now() + 10 * MINUTE


def test_401_waits_five_minutes_and_pages_a_person(world, caplog):
    name = world.accepted()
    world.amapi.fail("issue", UNAUTHORISED)

    world.issue(name)

    assert quiet_until(world) == world.clock.now() + 5 * MINUTE
    assert world.action(name).attempts == ()
    assert "AMAPI_UNAUTHORISED" in [getattr(record, "alert", "") for record in caplog.records]


def test_nothing_is_sent_in_the_quiet_time_and_everything_after_it(world):
    name = world.accepted()
    world.amapi.fail("issue", THROTTLED)
    world.issue(name)

    world.clock.forward(seconds=59)
    world.issue(name)
    assert world.amapi.calls == ["issue"]

    world.clock.forward(seconds=62)
    world.issue(name)
    assert world.amapi.calls == ["issue", "issue"]


def test_a_call_that_never_left_is_struck_out_and_tried_again(world):
    name = world.accepted()
    world.amapi.fail("issue", NotSentError("REFUSED", "no connection"))

    world.issue(name)

    action = world.action(name)
    assert (action.attempts, action.issue_tries) == ((), 1)
    assert action.retry_at == action.wake_at == world.clock.now() + MINUTE


def test_a_worker_that_slept_past_its_lease_sends_nothing(world):
    name = world.accepted()
    world.clock.frozen_s = 61

    world.issue(name)

    world.clock.frozen_s = 0
    assert (world.amapi.calls, world.action(name).attempts) == ([], ())


@pytest.mark.parametrize(
    "error", [AMBIGUOUS, TransientError("HTTP_503", "?"), PasscodeResetError("ODD", "?")], ids=lambda e: e.reason
)
def test_whatever_proves_nothing_keeps_the_attempt(world, error):
    """Regression: an answer of an unforeseen kind was taken for a proof that nothing was sent."""
    name = world.accepted()
    world.amapi.takes_it = True
    world.amapi.fail("issue", error)

    world.issue(name)

    action = world.action(name)
    assert (len(action.attempts), action.attempts[0].call_by) == (1, world.clock.now())
    assert (action.status, action.lock_held, world.told(name)[-1]) == (Status.PENDING, True, "ANSWER_LOST")


def test_a_lost_answer_is_found_in_the_list_before_anything_is_sent_again(world):
    name = world.accepted()
    world.amapi.takes_it = True
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.clock.forward(minutes=1)

    world.issue(name)

    assert world.amapi.calls == ["issue", "list", "get"]
    assert world.action(name).attempts[0].operation == f"{DEVICE}/operations/1"
    assert len(world.amapi.passcodes) == 1


def test_a_call_that_is_not_in_the_list_is_repeated_with_the_same_passcode(world):
    name = world.accepted()
    world.amapi.takes_it = True
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.amapi.hides.add(f"{DEVICE}/operations/1")
    world.clock.forward(minutes=1)

    world.issue(name)

    action = world.action(name)
    assert [a.operation for a in action.attempts] == [None, f"{DEVICE}/operations/2"]
    assert action.attempts[1].duration_s < action.attempts[0].duration_s
    assert world.amapi.passcodes[0] == world.amapi.passcodes[1]


def test_nothing_is_sent_again_before_the_list_was_read(world):
    name = world.accepted()
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.clock.forward(minutes=1)
    world.amapi.fail("list", TransientError("HTTP_503", "down"))

    world.issue(name)

    assert world.amapi.calls == ["issue", "list"]


def test_a_dead_workers_attempt_is_looked_for_when_its_lease_is_over(world):
    name = world.accepted()
    world.amapi.fail("issue", RuntimeError("killed"))
    with pytest.raises(RuntimeError):
        world.issue(name)

    world.issue(name)
    assert world.amapi.calls == ["issue"]

    world.clock.forward(seconds=60)
    world.issue(name)
    assert world.amapi.calls == ["issue", "list", "issue"]


def test_after_ten_calls_without_an_answer_there_are_only_looks(world):
    name = world.accepted()
    world.amapi.fail("issue", *[AMBIGUOUS] * 50)
    for _ in range(MAX_ATTEMPTS + 5):
        world.clock.forward(minutes=11)
        world.issue(name)

    assert world.amapi.calls.count("issue") == MAX_ATTEMPTS
    assert len(world.action(name).attempts) == MAX_ATTEMPTS
    assert world.action(name).wake_at > world.clock.now()


def test_a_refusal_of_the_second_call_ends_nothing_while_the_first_may_run(world):
    name = world.accepted()
    world.amapi.fail("issue", AMBIGUOUS, PermanentError("INVALID_ARGUMENT", "no"))
    world.issue(name)
    world.clock.forward(minutes=1)

    world.issue(name)

    action = world.action(name)
    assert (action.status, len(action.attempts), action.refused.code) == (Status.PENDING, 1, "INVALID_ARGUMENT")
    assert action.lock_held


# -- races and lost answers --------------------------------------------------------------------------------------


def test_a_claim_whose_answer_was_lost_is_ours_and_sent_once(world):
    name = world.accepted()
    world.store.faults = ["lost"]

    world.issue(name)

    assert world.amapi.calls == ["issue"]
    assert (len(world.action(name).attempts), world.action(name).status) == (1, Status.ISSUED)


def test_a_claim_that_lost_to_another_worker_sends_nothing(world):
    name = world.accepted()
    world.store.faults = [lambda: world.issue(name)]

    world.issue(name)

    assert world.amapi.calls == ["issue"]


def test_a_claim_that_lost_to_a_cancel_sends_nothing(world):
    name = world.accepted()
    world.store.faults = [lambda: world.cancel(ADMIN, name)]

    world.issue(name)

    assert (world.amapi.calls, world.action(name).status) == ([], Status.CANCELLED)


def test_a_claim_that_lost_five_times_is_left_to_the_timer(world):
    name = world.accepted()
    world.store.faults = ["moved"] * 5

    world.issue(name)

    assert (world.amapi.calls, world.action(name).wake_at) == ([], world.clock.now() + MINUTE)


def test_an_action_that_vanishes_during_the_claim_sends_nothing(world):
    name = world.accepted()
    world.book.store.get_many = vanishing(world.store.get_many, name, after=2)

    world.issue(name)

    assert world.amapi.calls == []


def vanishing(get_many, name, after):
    seen = []

    def read(wanted):
        seen.append(wanted)
        found = get_many(wanted)
        return {key: value for key, value in found.items() if key != name} if len(seen) > after else found

    return read


def test_a_claim_that_landed_is_struck_out_where_it_is_refused_before_it_was_sent(world):
    """Regression: the attempt stayed, so a reset that was surely never sent was unexplained until its expiry."""
    name = world.accepted()

    def revoke():
        world.store.on_commit.clear()
        world.set(ADMIN.member_name(ENTERPRISE), roles=["viewer"])

    world.store.on_commit = [lambda _writes: revoke()]
    world.store.faults = ["lost"]

    assert ended_unsent(world, name) == "ACTOR_NOT_AUTHORISED"


@pytest.mark.parametrize(
    ("error", "status", "attempts"),
    [
        (None, Status.ISSUED, 1),
        (PermanentError("NOT_FOUND", "no"), Status.FAILED, 0),
        (THROTTLED, Status.PENDING, 0),
        (NotSentError("DNS", "no"), Status.PENDING, 0),
        (AMBIGUOUS, Status.PENDING, 1),
    ],
    ids=["accepted", "refused", "held back", "not sent", "ambiguous"],
)
def test_a_record_whose_answer_was_lost_is_recorded_once(world, error, status, attempts):
    name = world.accepted()
    world.set(
        names.QUIET_NAME, quiet_until=world.clock.now() + MINUTE - timedelta(minutes=1), reason="", revision=1
    )
    quiet_writes = 1 if isinstance(error, ThrottledError) else 0
    world.store.faults = ["none"] + ["none"] * quiet_writes + ["lost"]
    world.amapi.fail("issue", error)

    world.issue(name)

    action = world.action(name)
    assert (action.status, len(action.attempts), world.amapi.calls) == (status, attempts, ["issue"])


@pytest.mark.parametrize("error", [None, AMBIGUOUS])
def test_a_record_must_not_give_up_its_fact(world, error):
    name = world.accepted()
    world.store.faults = ["none"] + ["moved"] * 5
    world.amapi.fail("issue", error)

    with pytest.raises(ConflictError):
        world.issue(name)
    assert len(world.action(name).attempts) == 1


def test_a_record_of_an_action_that_vanished_is_no_error(world):
    name = world.accepted()
    world.amapi.during["issue"] = lambda: setattr(
        world.book.store, "get_many", vanishing(world.store.get_many, name, after=0)
    )

    world.issue(name)

    assert world.amapi.calls == ["issue"]


def test_an_operation_that_a_notification_recorded_first_is_not_overwritten(world):
    name = world.accepted()
    operation = f"{DEVICE}/operations/1"

    def notify_early():
        world.amapi.operations[operation] = world.operation_for(name, operation)
        world.amapi.finish()
        world.notification("COMMAND", {"operation": operation})

    world.amapi.during["issue"] = notify_early
    world.amapi.fail("issue", AMBIGUOUS)

    world.issue(name)

    action = world.action(name)
    assert (action.status, [a.operation for a in action.attempts]) == (Status.DONE, [operation])
    assert action.attempts[0].result is Outcome.OK


# -- stop --------------------------------------------------------------------------------------------------------


def test_a_cancelled_command_is_cancelled_at_amapi_once(world):
    name = world.issued()
    world.cancel(ADMIN, name)

    world.issue(name)
    world.issue(name)

    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]
    action = world.action(name)
    assert (action.status, action.attempts[0].cancel_sent) == (Status.ISSUED, world.clock.now())
    assert action.wake_at == world.clock.now() + timedelta(seconds=10)
    assert world.told(name)[-1] == "CANCEL_SENT"


def test_an_expired_command_is_cancelled_at_amapi(world):
    name = world.issued()
    world.clock.time = world.action(name).expire_time

    world.issue(name)

    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]


def test_a_cancel_during_the_call_is_carried_out_when_the_answer_is_there(world):
    name = world.accepted()
    world.amapi.during["issue"] = lambda: world.cancel(ADMIN, name)

    world.issue(name)

    assert world.amapi.calls == ["issue", "cancel"]
    assert world.action(name).status is Status.ISSUED


def test_a_cancel_that_did_not_work_is_asked_again(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.amapi.fail("cancel", TransientError("HTTP_503", "down"))

    world.issue(name)

    assert world.action(name).attempts[0].cancel_sent is None
    assert world.action(name).wake_at == world.clock.now()
    world.issue(name)
    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]


def test_a_throttled_cancel_waits_out_the_quiet_time(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.amapi.fail("cancel", THROTTLED)

    world.issue(name)
    world.issue(name)
    assert world.amapi.calls == ["issue", "cancel"]

    world.clock.forward(seconds=60)
    world.issue(name)
    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]


def test_a_cancel_whose_record_was_lost_is_noted_once(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.store.faults = ["lost"]

    world.issue(name)

    assert world.amapi.cancelled == [f"{DEVICE}/operations/1"]
    assert world.told(name).count("CANCEL_SENT") == 1


def test_mails_wait_while_a_command_is_stopped(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.issue(name)

    assert [d.status for d in world.action(name).deliveries] == [DeliveryStatus.PENDING]
