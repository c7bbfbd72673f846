"""Telling the next function that there is work."""

from datetime import timedelta

import pytest

from shared.domain.errors import TransientError
from shared.services.announcing import EVENT_TYPE, REQUEST_TYPE, Announcer
from tests.unit.services.world import ADMIN, EVENTS, REQUESTS


class KeepingBus:
    """Keeps whole messages."""

    def __init__(self):
        self.messages = []

    def publish(self, topic, message):
        self.messages.append((topic, dict(message.data), dict(message.attributes)))


def test_a_message_holds_a_name_and_a_type_and_nothing_else():
    bus = KeepingBus()
    announcer = Announcer(bus, REQUESTS, EVENTS)

    announcer.request("a")
    announcer.event("b")

    assert bus.messages == [
        (REQUESTS, {"action": "a"}, {"type": REQUEST_TYPE}),
        (EVENTS, {"action": "b"}, {"type": EVENT_TYPE}),
    ]


def test_a_topic_without_the_right_to_it_is_left_to_the_timer():
    bus = KeepingBus()

    Announcer(bus).request("a")
    Announcer(bus).event("a")

    assert bus.messages == []


def test_a_failure_is_forgotten(world, caplog):
    world.bus.down = True

    world.announcer.request("a")

    assert [record.reason for record in caplog.records] == ["BUS_UNAVAILABLE"]
    with pytest.raises(TransientError):
        world.bus.publish(REQUESTS, None)


def follow_up(world, name, quiet_until=None):
    world.bus.take()
    world.announcer.follow_up(world.action(name), world.clock.now(), quiet_until)
    return world.bus.take()


def test_what_can_be_sent_is_requested_but_not_in_the_quiet_time(world):
    name = world.accepted()

    assert follow_up(world, name) == [(REQUESTS, name)]
    assert follow_up(world, name, world.clock.now() + timedelta(seconds=1)) == []


def test_a_command_to_stop_is_requested_even_in_the_quiet_time(world):
    name = world.issued()
    assert follow_up(world, name) == []

    world.cancel(ADMIN, name)
    assert follow_up(world, name, world.clock.now() + timedelta(seconds=1)) == [(REQUESTS, name)]


def test_a_mail_that_is_due_is_announced_until_it_is_sent(world):
    name = world.done()
    assert follow_up(world, name) == [(EVENTS, name)]

    world.mail(name)
    assert follow_up(world, name) == []
