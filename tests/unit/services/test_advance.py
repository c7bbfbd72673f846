"""``advance``: what AMAPI's answers end, and what the timer does with what is over."""

import logging
from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.action import DeliveryStatus, Reason, Status
from shared.domain.errors import AmbiguousOutcomeError, ConflictError, ThrottledError, TransientError
from shared.domain.operation import Outcome
from shared.domain.timing import DELIVERY_LIMIT, LATE_LOOK_UNTIL
from tests.unit.services.world import ADMIN, DEVICE, EVENTS

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AMBIGUOUS = AmbiguousOutcomeError("TIMEOUT", "no answer")
FIRST = f"{DEVICE}/operations/1"


def over_at(world, name):
    return world.action(name).attempts[0].over_at


def unanswered_until_over(world) -> str:
    """Return a reset whose call was never answered, at the moment when its command can run no more."""
    name = world.accepted(valid_for=HOUR)
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.clock.time = over_at(world, name)
    return name


# -- what an answer ends -----------------------------------------------------------------------------------------


def test_done_without_a_response_is_done_and_the_mails_are_announced(world):
    name = world.issued()
    world.amapi.finish(Outcome.OK)
    world.bus.take()

    assert world.advance(name)

    action = world.action(name)
    assert (action.status, action.complete_time, action.lock_held) == (Status.DONE, world.clock.now(), True)
    assert world.events(name)[-1].who == "DEVICE"
    assert world.bus.take() == [(EVENTS, name)]


@pytest.mark.parametrize("code", ["INVALID_VALUE", "RPC_9"])
def test_an_error_fails_the_reset_and_frees_the_phone(world, code):
    name = world.issued()
    world.amapi.finish(Outcome.ERROR, code)

    world.advance(name)

    action = world.action(name)
    assert (action.status, action.status_reason) == (Status.FAILED, Reason(code))
    assert (world.lock().holder, world.lock().actions) == (None, ())
    assert world.record().open_action is None


def test_code_1_after_a_cancel_is_cancelled(world):
    name = world.issued()
    world.cancel(ADMIN, name)
    world.issue(name)
    world.amapi.finish(Outcome.VOID)

    world.advance(name)

    assert world.action(name).status is Status.CANCELLED


def test_code_4_without_a_cancel_is_expired(world):
    name = world.issued()
    world.amapi.finish(Outcome.VOID)

    world.advance(name)

    assert (world.action(name).status, world.action(name).notice.pending) == (Status.EXPIRED, True)


def test_what_is_not_done_ends_nothing(world):
    name = world.issued()

    assert world.advance(name)
    assert world.action(name).status is Status.ISSUED


def test_404_is_unknown_only_when_the_command_is_over(world):
    name = world.issued(valid_for=HOUR)
    world.amapi.forgets.add(FIRST)

    world.clock.time = over_at(world, name) - timedelta(seconds=1)
    world.advance(name)
    assert world.action(name).status is Status.ISSUED
    assert world.lock().holder == name

    world.clock.forward(seconds=1)
    world.advance(name)
    assert world.action(name).status is Status.UNKNOWN
    assert world.lock().holder is None


def test_silence_is_expired_only_when_the_command_is_over(world):
    name = world.issued(valid_for=HOUR)
    world.clock.time = over_at(world, name)

    world.advance(name)

    assert world.action(name).status_reason == Reason("NO_ANSWER")


@pytest.mark.parametrize("error", [TransientError("HTTP_503", "down"), ThrottledError("QUOTA", "x")])
def test_no_answer_ends_nothing_however_late(world, error):
    name = world.issued(valid_for=HOUR)
    world.clock.time = over_at(world, name) + DAY
    world.amapi.fail("get", error)

    assert not world.advance(name)
    assert world.action(name).status is Status.ISSUED


def test_429_of_a_look_is_kept_quiet_and_honoured(world):
    name = world.issued()
    world.amapi.fail("get", ThrottledError("QUOTA", "x"))
    world.advance(name)

    assert not world.advance(name)

    assert world.amapi.calls == ["issue", "get"]
    assert world.action(name).wake_at >= world.clock.now() + MINUTE


def test_an_outage_of_weeks_does_not_leave_a_reset_open_for_ever(world):
    """Regression: a week after the command's end nobody asked AMAPI any more, and the end waited for the answer."""
    name = world.issued(valid_for=HOUR)
    world.clock.forward(days=20)

    world.advance(name)

    assert (world.action(name).status, world.lock().holder) == (Status.EXPIRED, None)


def test_an_unanswered_call_that_was_never_found_is_unknown_with_an_alert(world, caplog):
    name = unanswered_until_over(world)

    world.advance(name)

    assert world.action(name).status is Status.UNKNOWN
    assert "OUTCOME_UNKNOWN" in [getattr(record, "alert", "") for record in caplog.records]


def test_after_an_unknown_outcome_the_phone_can_be_reset_again_at_once(world):
    """Regression: page and mail said that an operator had to close it first, which nobody can and nobody must."""
    name = unanswered_until_over(world)
    world.advance(name)
    assert world.action(name).status is Status.UNKNOWN

    assert world.lock().holder is None
    assert world.action(world.accepted("r2")).status is Status.PENDING


@pytest.mark.parametrize("faults", [["lost"], ["moved"], ["moved", "lost"]])
def test_an_end_that_wakes_somebody_does_so_once_whatever_became_of_its_commits_answer(world, caplog, faults):
    """Regression: the next turn found the end already there, so nobody was told."""
    name = unanswered_until_over(world)
    world.store.faults = faults

    with caplog.at_level(logging.INFO):
        world.advance(name)

    assert world.action(name).status is Status.UNKNOWN
    assert [record.alert for record in caplog.records if hasattr(record, "alert")] == ["OUTCOME_UNKNOWN"]
    assert [record.status for record in caplog.records if record.message == "status"] == ["UNKNOWN"]


def test_a_live_attempt_is_not_looked_for(world):
    name = world.accepted()
    world.amapi.during["issue"] = lambda: world.advance(name)

    world.issue(name)

    assert world.amapi.calls == ["issue"]


def test_an_unknown_action_is_nothing_to_do(world):
    assert not world.advance("enterprises/e/actions/unknown")


def test_advancing_again_writes_no_second_row(world):
    name = world.done()
    rows = world.told(name)

    world.advance(name)

    assert world.told(name) == rows


def test_advancing_an_end_takes_two_reads_and_one_commit(world):
    name = world.issued()
    world.amapi.finish()
    world.store.trips()

    world.advance(name)

    assert world.store.trips() == (2, 1)


# -- superseding -------------------------------------------------------------------------------------------------


def test_the_newer_done_destroys_the_older_passcodes_in_the_same_commit(world):
    first = world.done("r1")
    world.mail(first)
    second = world.issued_again("r2")
    assert world.passcode(first).ciphertext is not None

    world.amapi.finish()
    world.store.trips()
    world.advance(second)

    sealed = world.passcode(first)
    assert (sealed.ciphertext, sealed.superseded_by) == (None, second)
    assert sealed.destroyed_time == world.clock.now()
    assert world.passcode(second).ciphertext is not None
    assert world.store.trips() == (3, 1)


def test_a_passcode_that_was_destroyed_keeps_its_first_reason(world):
    first = world.done("r1")
    world.mail(first)
    second = world.done("r2")
    world.mail(second)
    third = world.done("r3")

    assert world.passcode(first).superseded_by == second
    assert world.passcode(second).superseded_by == third


# -- time --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("faults", [[], ["lost"]])
def test_mails_are_given_up_after_six_hours_with_an_alert(world, caplog, faults):
    name = world.done()
    caplog.set_level(logging.ERROR)
    world.store.faults = faults
    world.clock.time = world.action(name).complete_time + DELIVERY_LIMIT

    world.advance(name)

    action = world.action(name)
    assert [(d.status, d.reason) for d in action.deliveries] == [(DeliveryStatus.FAILED, "GAVE_UP")]
    assert (action.lock_held, world.lock().holder) == (False, None)
    assert [getattr(record, "alert", "") for record in caplog.records] == ["MAIL_GAVE_UP"]
    assert world.told(name)[-1] == "MAIL_FAILED"


def test_a_passcode_is_destroyed_when_its_time_is_over(world):
    name = world.done()
    world.mail(name)
    world.tick(minutes=1)  # counted, so that nothing but the purge is left
    world.clock.time = world.action(name).purge_at

    world.advance(name)

    action = world.action(name)
    assert (action.purge_time, action.wake_at) == (world.clock.now(), None)
    sealed = world.passcode(name)
    assert (sealed.ciphertext, sealed.superseded_by) == (None, None)
    assert world.told(name)[-1] == "PASSCODE_DESTROYED"


def test_a_purge_that_loses_to_a_reveal_is_decided_again(world):
    name = world.done()
    world.mail(name)
    world.clock.time = world.action(name).purge_at - timedelta(seconds=1)
    reveal_at = world.clock.now()

    def reveal_first():
        now, world.clock.time = world.clock.now(), reveal_at
        world.reveal(ADMIN, name, "because")
        world.clock.time = now

    world.clock.forward(seconds=1)
    world.store.faults = [reveal_first]
    world.advance(name)

    assert world.passcode(name).ciphertext is None
    assert world.passcode(name).reveal_count == 1


def test_a_purge_of_what_the_store_forgot_is_no_error(world):
    name = world.done()
    world.mail(name)
    document = world.document(names.passcode_name(name))
    world.delete(document)
    world.clock.time = world.action(name).purge_at

    world.advance(name)

    assert world.action(name).purge_time == world.clock.now()


def test_looks_end_a_week_after_the_commands_end(world):
    older = world.accepted("r1", valid_for=HOUR)
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(older)
    world.clock.time = over_at(world, older)
    world.advance(older)
    world.amapi.calls.clear()

    world.clock.time = over_at(world, older) + LATE_LOOK_UNTIL
    assert not world.advance(older)

    assert world.amapi.calls == []


def test_a_reset_that_was_never_sent_expires(world):
    name = world.accepted(valid_for=HOUR)
    world.clock.forward(hours=1)

    world.advance(name)

    assert (world.action(name).status, world.lock().actions) == (Status.EXPIRED, ())


# -- races and lost answers --------------------------------------------------------------------------------------


def test_a_result_whose_commit_lost_its_answer_is_told_once(world):
    name = world.issued()
    world.amapi.finish()
    world.store.faults = ["lost"]

    world.advance(name)

    assert (world.action(name).status, world.told(name).count("DONE")) == (Status.DONE, 1)


def test_amapi_is_asked_once_for_all_turns(world):
    name = world.issued()
    world.amapi.finish()
    world.store.faults = ["moved", "moved"]

    world.advance(name)

    assert (world.amapi.calls, world.action(name).status) == (["issue", "get"], Status.DONE)


def test_the_list_is_read_once_for_all_turns(world):
    name = world.accepted()
    world.amapi.fail("issue", AMBIGUOUS)
    world.issue(name)
    world.clock.forward(minutes=1)
    world.store.faults = ["moved", "moved"]

    world.advance(name)

    assert (world.amapi.calls, world.store.faults) == (["issue", "list"], [])


def test_after_the_last_turn_it_raises(world):
    name = world.issued()
    world.amapi.finish()
    world.store.faults = ["moved"] * 5

    with pytest.raises(ConflictError):
        world.advance(name)
    assert world.action(name).status is Status.ISSUED


def test_a_slow_release_does_not_free_the_next_resets_lock(world):
    first = world.done("r1")
    seen = []

    def next_reset():
        world.mail(first)
        seen.append(world.accepted("r2"))

    world.clock.forward(hours=7)
    world.store.faults = [next_reset]

    world.advance(first)

    assert world.lock().holder == seen[0]
