"""The facts of log lines that metrics are made of: few values, harmless text, times that make sense."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.action import Status
from shared.domain.device import Device
from shared.services.log_facts import MAX_WORD, device_facts, seconds_between, time_facts
from tests.unit.services.world import ADMIN

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEVICE = Device("enterprises/e/devices/d", management_mode="DEVICE_OWNER", model="Pixel 9", android_version="16")


def test_a_phones_kind_is_told_in_three_words():
    assert device_facts(DEVICE) == {
        "model": "Pixel 9",
        "android_version": "16",
        "management_mode": "DEVICE_OWNER",
    }


def test_the_api_level_stands_in_for_a_version_that_is_not_reported():
    assert device_facts(replace(DEVICE, android_version="", api_level=34))["android_version"] == "API 34"


@pytest.mark.parametrize("device", [None, Device("enterprises/e/devices/d")])
def test_what_is_not_known_is_empty_but_there(device):
    assert device_facts(device) == {"model": "", "android_version": "", "management_mode": ""}


def test_what_a_maker_or_a_forger_wrote_is_cut_and_made_harmless():
    hostile = replace(DEVICE, model='x\n{"severity":"EMERGENCY"}\x1b[31m' * 50, android_version="\u202e16" * 99)
    for text in device_facts(hostile).values():
        assert len(text) <= MAX_WORD
        assert text.isprintable()


def test_clocks_that_disagree_make_no_negative_time():
    assert seconds_between(NOW, NOW - timedelta(seconds=3)) == 0
    assert seconds_between(NOW, NOW + timedelta(microseconds=1_234_567)) == 1.235


def test_each_time_is_told_once(world):
    name = world.accepted()
    accepted = world.action(name)
    world.clock.forward(seconds=2)
    world.issue(name)
    issued = world.action(name)
    world.amapi.finish()
    world.clock.forward(minutes=2)
    world.advance(name)
    done = world.action(name)

    assert time_facts(accepted, issued) == {"issue_s": 2.0}
    assert time_facts(issued, done) == {"end_s": 122.0, "confirm_s": 122.0}
    assert time_facts(done, done) == {}
    assert time_facts(issued, replace(done, status=Status.FAILED)) == {"end_s": 122.0}


def test_calls_tell_how_long_they_took(world, caplog):
    caplog.set_level(logging.INFO)
    name = world.done()
    world.clock.forward(seconds=5)
    world.mail(name)

    sent = next(record for record in caplog.records if record.message == "command sent")
    mailed = next(record for record in caplog.records if record.message == "mailed")
    assert (sent.action, sent.call_s) == (name, 0)
    assert (mailed.action, mailed.provider, mailed.call_s, mailed.mail_s) == (name, "first", 0, 5)


def test_a_wish_to_cancel_is_told(world, caplog):
    caplog.set_level(logging.INFO)
    name = world.issued()
    world.cancel(ADMIN, name)
    assert [record.action for record in caplog.records if record.message == "cancel asked for"] == [name]
