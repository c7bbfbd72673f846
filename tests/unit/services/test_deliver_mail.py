"""The mails: once, under the lock, by whichever provider works; never a stale passcode."""

from datetime import timedelta

import pytest

from shared.domain import resource_names as names
from shared.domain.device import DeviceUser
from shared.domain.errors import (
    AmbiguousOutcomeError,
    ConflictError,
    NotSentError,
    PermanentError,
    RejectedError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from shared.domain.mail import MailKind
from shared.domain.timing import CALL_LEASE, GRACE
from shared.services.deliver_mail import DeliverMail
from tests.unit.services.world import ADMIN, DEVICE, ENTERPRISE, EVENTS

MINUTE = timedelta(minutes=1)
DOWN = TransientError("HTTP_503", "down")
AMBIGUOUS = AmbiguousOutcomeError("TIMEOUT", "no answer")
REFUSED = RejectedError("ADDRESS_REFUSED", "no such mailbox")


def states(world, name):
    return [(d.status.value, d.reason, d.provider) for d in world.action(name).deliveries]


# -- sending -----------------------------------------------------------------------------------------------------


def test_the_passcode_is_mailed_once_and_the_lock_is_let_go(world):
    name = world.done()

    world.mail(name)
    world.mail(name)

    (mail,) = world.first.box
    assert (mail.to, mail.text) == ("admin@example.com", world.amapi.passcodes[0])
    action = world.action(name)
    assert states(world, name) == [("SENT", None, "first")]
    assert action.deliveries[0].send_time == world.clock.now()
    assert (action.lock_held, world.lock().holder) == (False, None)
    assert world.told(name)[-1] == "MAIL_SENT"
    assert world.record().open_action is None


def test_admin_and_user_each_get_their_own_letter(world):
    name = world.done(notify_user=True)

    world.mail(name)

    assert [mail.to for mail in world.first.box] == ["admin@example.com", "jo@example.com"]
    assert world.renderer.kinds == [MailKind.DONE_ADMIN, MailKind.DONE_USER]
    admin, user = world.renderer.facts
    assert admin.link == f"https://console.example.com/{DEVICE}?passcode={names.id_of(name)}"
    assert user.link == ""
    assert (admin.locale, user.locale) == ("en", "de")


def test_the_letter_tells_the_facts_of_the_reset(world):
    name = world.done(reason="taxi")

    world.mail(name)

    (facts,) = world.renderer.facts
    action = world.action(name)
    assert (facts.device_model, facts.serial_tail, facts.scope) == ("Pixel 9", "1234", "DEVICE")
    assert (facts.user_display_name, facts.user_email) == ("Jo Doe", "jo@example.com")
    assert (facts.requested_by, facts.request_reason) == ("admin@example.com", "taxi")
    assert (facts.request_time, facts.confirmed_time) == (action.create_time, action.complete_time)
    assert (facts.reference, facts.cause_code) == (name, "")


@pytest.mark.parametrize("roles", [["viewer"], ["revealer"], []])
def test_who_lost_the_right_meanwhile_is_not_mailed_the_passcode(world, roles, caplog):
    """Regression: a phone that came online weeks later had its passcode mailed to somebody who had left."""
    name = world.done(notify_user=True)
    world.set(ADMIN.member_name(ENTERPRISE), roles=roles)

    world.mail(name)

    assert [mail.to for mail in world.first.box] == ["jo@example.com"]
    assert states(world, name) == [("FAILED", "ACTOR_NOT_AUTHORISED", None), ("SENT", None, "first")]
    assert (world.told(name)[-2:], world.lock().holder) == (["MAIL_FAILED", "MAIL_SENT"], None)
    assert not any(hasattr(record, "alert") for record in caplog.records)


@pytest.mark.parametrize("now_of", [DeviceUser("Kim", "kim@example.com"), DeviceUser()])
def test_who_gave_the_device_away_meanwhile_is_not_mailed_its_passcode(world, now_of, caplog):
    """Regression: a phone that came online weeks later had its passcode mailed to whoever held it before."""
    name = world.done(notify_user=True)
    world.assign(ADMIN, DEVICE, now_of)

    world.mail(name)

    assert [mail.to for mail in world.first.box] == ["admin@example.com"]
    assert states(world, name) == [("SENT", None, "first"), ("FAILED", "USER_CHANGED", None)]
    assert (world.told(name)[-2:], world.lock().holder) == (["MAIL_SENT", "MAIL_FAILED"], None)
    assert not any(hasattr(record, "alert") for record in caplog.records)


def test_a_user_who_got_another_name_is_mailed(world):
    name = world.done(notify_user=True)
    world.assign(ADMIN, DEVICE, DeviceUser("Jo Roe", "Jo@Example.com"))

    world.mail(name)

    assert states(world, name) == [("SENT", None, "first"), ("SENT", None, "first")]


def test_who_is_no_member_any_more_is_still_told_of_a_failure_which_holds_no_passcode(world):
    name = world.accepted()
    world.amapi.fail("issue", PermanentError("INVALID_ARGUMENT", "no"))
    world.issue(name)
    world.delete(world.document(ADMIN.member_name(ENTERPRISE)))

    world.mail(name)

    assert world.renderer.kinds == [MailKind.FAILED]


def test_a_device_without_user_is_told_without_one(world):
    world.assign(ADMIN, DEVICE, DeviceUser())
    name = world.done()

    world.mail(name)

    assert (world.renderer.facts[0].user_display_name, world.renderer.facts[0].user_email) == ("", "")


def test_one_mail_takes_six_reads_and_two_commits(world):
    name = world.done()
    world.store.trips()

    world.mail(name)

    assert world.store.trips() == (6, 2)


def test_mails_with_a_link_hold_no_passcode(world):
    world.set(ENTERPRISE, delivery="LINK")
    name = world.done(notify_user=True)

    world.mail(name)

    assert [facts.passcode for facts in world.renderer.facts] == [None, None]
    assert all(facts.link for facts in world.renderer.facts)


def test_without_a_public_console_there_is_no_link(world):
    name = world.done()
    plain = DeliverMail(world.book, world.cipher, world.renderer, [world.first], world.new_id)

    plain(name)

    assert world.renderer.facts[0].link == ""


def test_without_any_provider_the_mail_waits(world):
    name = world.done()

    DeliverMail(world.book, world.cipher, world.renderer, [], world.new_id)(name)

    assert states(world, name) == [("PENDING", None, None)]


def test_the_call_is_written_down_before_it_is_made(world):
    name = world.done()
    seen = []
    world.first.during = lambda: seen.append(world.action(name).deliveries[0])

    world.mail(name)

    (call,) = seen[0].calls
    assert (call.provider, call.call_by, seen[0].tries) == ("first", world.clock.now() + CALL_LEASE, 1)


@pytest.mark.parametrize("state", ["accepted", "issued", "cancelled"])
def test_nothing_is_mailed_before_the_phone_acknowledged(world, state):
    name = world.accepted()
    if state == "issued":
        world.issue(name)
    if state == "cancelled":
        world.cancel(ADMIN, name)

    world.mail(name)

    assert world.first.asked == 0
    assert world.cipher.decrypted == (1 if state == "issued" else 0)


def test_an_unknown_action_is_acknowledged(world):
    world.mail(f"{ENTERPRISE}/actions/unknown")

    assert world.first.asked == 0


def test_nothing_is_mailed_without_the_lock(world):
    name = world.done()
    world.set(name, lock_held=False, revision=99)

    world.mail(name)

    assert world.first.asked == 0


# -- providers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [DOWN, ThrottledError("QUOTA", "x"), UnauthorisedError("KEY", "x"), NotSentError("DNS", "x")],
    ids=lambda e: type(e).__name__,
)
def test_a_provider_that_took_nothing_is_replaced_at_once(world, error):
    name = world.done()
    world.first.faults = [error]

    world.mail(name)

    assert states(world, name) == [("SENT", None, "second")]
    assert world.action(name).deliveries[0].tries == 2
    assert (len(world.first.box), len(world.second.box)) == (0, 1)


def test_a_mail_that_no_provider_takes_waits(world):
    name = world.done()
    world.first.faults, world.second.faults = [DOWN], [DOWN]

    world.mail(name)

    (delivery,) = world.action(name).deliveries
    assert (delivery.pending, delivery.calls) == (True, ())
    assert world.action(name).wake_at <= delivery.retry_at == world.clock.now() + 2 * MINUTE
    assert world.lock().holder == name


def test_a_mail_that_waits_is_sent_later(world):
    name = world.done()
    world.first.faults, world.second.faults = [DOWN], [DOWN]
    world.mail(name)
    world.bus.take()

    world.mail(name)
    assert world.first.asked == 1

    world.tick(minutes=2)
    assert world.bus.take() == [(EVENTS, name)]
    world.mail(name)
    assert states(world, name) == [("SENT", None, "first")]


def test_a_refused_address_is_final_and_no_other_provider_is_asked(world):
    name = world.done(notify_user=True)
    world.first.faults = [REFUSED]

    world.mail(name)

    assert states(world, name) == [("FAILED", "REJECTED", None), ("SENT", None, "first")]
    assert world.second.asked == 0
    assert world.lock().holder is None


@pytest.mark.parametrize("error", [AMBIGUOUS, PermanentError("ODD", "x")])
def test_a_mail_that_may_have_been_taken_is_not_given_to_the_other_provider(world, error):
    name = world.done()
    world.first.faults = [error]
    world.first.takes_it = True

    world.mail(name)

    assert world.second.asked == 0
    (delivery,) = world.action(name).deliveries
    assert (delivery.pending, delivery.retry_at) == (True, world.clock.now() + MINUTE)
    assert [call.call_by for call in delivery.calls] == [world.clock.now()]


def test_a_mail_that_may_still_arrive_holds_the_lock_though_its_repeat_was_sent(world):
    name = world.done()
    world.first.faults = [AMBIGUOUS]
    world.mail(name)
    unanswered = world.action(name).deliveries[0].calls[0]
    world.tick(minutes=1)

    world.mail(name)

    assert (states(world, name), world.lock().holder) == ([("SENT", None, "first")], name)
    world.clock.time = unanswered.call_by + GRACE
    world.poll()
    assert world.lock().holder is None


# -- unreadable passcodes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ciphertext", "reason"), [(None, "PASSCODE_DESTROYED"), (b"other", "CIPHERTEXT_REJECTED")]
)
def test_a_passcode_that_cannot_be_opened_ends_its_mail_with_an_alert(world, ciphertext, reason, caplog):
    name = world.done()
    world.set(names.passcode_name(name), ciphertext=ciphertext)

    world.mail(name)

    assert states(world, name) == [("FAILED", reason, None)]
    assert (world.first.asked, world.lock().holder) == (0, None)
    assert "PASSCODE_UNREADABLE" in [getattr(record, "alert", "") for record in caplog.records]


def test_a_mailer_with_the_wrong_key_gives_no_mail_up(world):
    name = world.done()
    right = world.passcode(name).key_name
    world.set(names.passcode_name(name), key_name="local/another")

    with pytest.raises(TransientError, match="KEY_MISMATCH"):
        world.mail(name)
    assert [status for status, *_ in states(world, name)] == ["PENDING"]

    world.set(names.passcode_name(name), key_name=right)
    world.mail(name)
    assert [status for status, *_ in states(world, name)] == ["SENT"]


def test_a_key_service_that_is_down_is_a_reason_to_come_again(world):
    name = world.done()
    world.cipher.faults = [TransientError("KEY_SERVICE_UNAVAILABLE", "down")]

    with pytest.raises(TransientError):
        world.mail(name)
    assert world.action(name).deliveries[0].calls == ()


def test_an_ended_mail_whose_commit_moved_is_ended_by_the_next_message(world):
    name = world.done()
    world.set(names.passcode_name(name), ciphertext=None)
    world.store.faults = ["moved"]

    with pytest.raises(ConflictError):
        world.mail(name)
    world.mail(name)

    assert states(world, name) == [("FAILED", "PASSCODE_DESTROYED", None)]
