"""Notifications come once, twice, early, late or never, as ordered, and tell no passcode."""

from local.simulator import schemas
from local.simulator.server import running
from tests.contract.simulator.amapi_client import DEVICE, RESET, Http, wait_until
from tests.contract.simulator.time_by_hand import TimeByHand


def test_a_finished_command_is_notified_once_and_the_phone_reports(api, bus):
    name = api.issue()
    wait_until(lambda: bus.of("COMMAND") and bus.of("STATUS_REPORT"))
    assert [(found["name"], found["done"]) for found in bus.of("COMMAND")] == [(name, True)]
    assert [found["name"] for found in bus.of("STATUS_REPORT")] == [DEVICE]
    assert schemas.flaws("Device", bus.of("STATUS_REPORT")[0]) == []


def test_duplicates_are_sent_twice(api, bus):
    assert api("POST", "/_sim/notifications", {"mode": "duplicate"}) == (200, {"mode": "duplicate"})
    name = api.issue()
    wait_until(lambda: [found["name"] for found in bus.of("COMMAND")] == [name, name])


def test_no_notification_is_sent_when_they_are_off(simulator, api, bus):
    """Regression of this test: they were on again before a busy phone came to tell of the first command."""
    time = TimeByHand.of(simulator.world)
    api("POST", "/_sim/notifications", {"mode": "off"})
    first = api.issue()
    time.forward(0)
    api.done(first)
    api("POST", "/_sim/notifications", {"mode": "normal"})
    second = api.issue()
    time.forward(0)
    wait_until(lambda: [found["name"] for found in bus.of("COMMAND")] == [second])


def test_early_notifications_come_before_the_answer(api, bus):
    api("POST", "/_sim/notifications", {"mode": "early"})
    status, answer = api("POST", f"/v1/{DEVICE}:issueCommand", RESET)
    assert [found["name"] for found in bus.of("COMMAND")] == [answer["name"]]
    assert status == 200
    assert "done" not in answer


def test_late_notifications_wait(simulator, api, bus):
    time = TimeByHand.of(simulator.world.notifier)
    api("POST", "/_sim/notifications", {"mode": "late", "delay": "30s"})
    api.done(api.issue())
    wait_until(lambda: time.waiting == 2)
    time.forward(29)
    assert bus.messages == []
    time.forward(1)
    assert bus.of("COMMAND")
    assert bus.of("STATUS_REPORT")


def test_a_bus_that_is_down_loses_notifications_and_tells_no_passcode(api, bus, caplog):
    bus.is_down = True
    api.knob(echo="all")
    api.done(api.issue())
    wait_until(lambda: "was lost: ConnectionError" in caplog.text)
    assert RESET["newPassword"] not in caplog.text
    assert api.phone()["passcode"] == RESET["newPassword"]


def test_a_device_that_is_deleted_says_so_and_may_enrol_again(api, bus):
    api.knob(deleted=True)
    wait_until(lambda: [found["appliedState"] for found in bus.of("STATUS_REPORT")] == ["DELETED"])
    assert api("GET", f"/v1/{DEVICE}")[0] == 404
    api.knob(deleted=False)
    wait_until(lambda: [found["name"] for found in bus.of("ENROLLMENT")] == [DEVICE])
    assert api("GET", f"/v1/{DEVICE}")[0] == 200


def test_single_notifications_can_be_ordered(api, bus):
    api("POST", "/_sim/notify", {"type": "ENROLLMENT", "device": DEVICE})
    api("POST", "/_sim/notify", {"type": "test"})
    api("POST", "/_sim/notify", {"type": "USAGE_LOGS"})
    assert [message.attributes["notificationType"] for message in bus.messages] == [
        "ENROLLMENT",
        "test",
        "USAGE_LOGS",
    ]
    assert bus.of("ENROLLMENT")[0]["name"] == DEVICE


def test_without_a_bus_the_phones_work_all_the_same():
    with running() as simulator:
        client = Http(simulator.url)
        client.done(client.issue())
        client("POST", "/_sim/notify", {"type": "test"})
        client.connection.close()
