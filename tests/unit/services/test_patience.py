"""An AMAPI that hangs or is slow takes a bounded share of a run; everything else goes on, and nothing starves."""

from datetime import timedelta

import pytest

from shared.adapters.android_management.client import ANSWER_TIMEOUT_S
from shared.domain.action import Status
from shared.domain.errors import AmbiguousOutcomeError, TransientError
from shared.services import poll_status
from shared.services.accept_reset import ResetWish
from shared.services.patience import LOOKS_UNTIL_S
from shared.services.poll_status import MAX_RUN_S, PollStatus
from tests.unit.services.world import ADMIN, ENTERPRISE, EVENTS, REQUESTS, World, phone

FUNCTION_S = 50
HUNG = TransientError("TIMEOUT", "no answer")


class Fleet:
    """Some phones of one world, and an AMAPI whose looks take their time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.slow: dict[str, float] = {}
        self.hangs = ""
        self.asked: list[str] = []
        self._get, world.amapi.get_operation = world.amapi.get_operation, self.get_operation
        self.timer = PollStatus(world.book, world.advance, lambda: world.clock.now().timestamp())

    def get_operation(self, name):
        self.asked.append(name.rpartition("/operations/")[0])
        if self.hangs and name.startswith(self.hangs):
            self.world.clock.forward(seconds=ANSWER_TIMEOUT_S)
            raise HUNG
        self.world.clock.forward(seconds=self.slow.get(self.asked[-1], 0.0))
        return self._get(name)

    def list_operations(self, device_name):
        if self.hangs:
            self.world.clock.forward(seconds=ANSWER_TIMEOUT_S)
            raise HUNG
        return []

    def issued(self, number: int) -> str:
        """Accept and send a reset of a new phone."""
        name, world = f"{ENTERPRISE}/devices/phone{number}", self.world
        world.amapi.devices[name] = phone(world.clock.now(), name)
        world.mirror.put_one(world.amapi.devices[name], world.clock.now())
        action = world.accept(ADMIN, name, ResetWish(), f"of-{number}").name
        world.issue(action)
        return action

    def minute(self) -> None:
        """Let the scheduler call once; the next minute begins when this one is over."""
        began = self.world.clock.now()
        self.timer()
        took = self.world.clock.now() - began
        assert took < timedelta(seconds=FUNCTION_S), "the function would have been killed"
        self.world.clock.forward(seconds=60 - took.total_seconds())


@pytest.fixture
def fleet(world):
    return Fleet(world)


def due_mail(world) -> str:
    """Return a reset that is done and whose mail's message was lost: only the timer can wake it."""
    name = world.done("mail")
    world.bus.take()
    return name


def test_a_mail_does_not_wait_behind_looks_that_hang(fleet, world):
    """Regression: while AMAPI hung, the timer did one look a minute and nothing else."""
    looks = [fleet.issued(number) for number in range(5)]
    mail = due_mail(world)
    world.clock.forward(minutes=2)
    fleet.hangs = ENTERPRISE
    fleet.asked.clear()

    fleet.minute()

    assert (EVENTS, mail) in world.bus.take()
    assert len(fleet.asked) == 1
    assert {world.action(name).status for name in looks} == {Status.ISSUED}


def test_each_run_begins_with_another_look(fleet, world):
    for number in range(4):
        fleet.issued(number)
    world.clock.forward(minutes=5)
    fleet.hangs = ENTERPRISE

    for _ in range(4):
        fleet.minute()

    assert len(set(fleet.asked)) == len(fleet.asked) == 4


def test_one_phone_at_which_amapi_hangs_does_not_hold_up_the_others(fleet, world):
    looks = [fleet.issued(number) for number in range(4)]
    for index in range(4):
        world.amapi.finish(which=index)
    world.clock.forward(minutes=1)
    fleet.hangs = f"{ENTERPRISE}/devices/phone0"

    fleet.minute()
    fleet.minute()

    assert [world.action(name).status for name in looks] == [Status.ISSUED] + [Status.DONE] * 3


def test_looks_that_were_left_out_do_not_fill_the_next_runs(fleet, world, monkeypatch):
    """What was left out comes behind what is due by then: a mail is at most some runs of looks away."""
    monkeypatch.setattr(poll_status, "MAX_DUE", 3)
    for number in range(6):
        fleet.issued(number)
    mail = due_mail(world)
    world.clock.forward(minutes=10)
    fleet.hangs = ENTERPRISE

    told = []
    for _ in range(4):
        fleet.minute()
        told += world.bus.take()

    assert (EVENTS, mail) in told


def test_an_amapi_that_answers_slowly_gets_its_share_and_no_more(fleet, world):
    for number in range(6):
        action = fleet.issued(number)
        fleet.slow[world.action(action).device_name] = 11.0
    mail = due_mail(world)
    world.clock.forward(minutes=2)
    fleet.asked.clear()

    fleet.minute()

    assert len(fleet.asked) == 2 == LOOKS_UNTIL_S // 11
    assert (EVENTS, mail) in world.bus.take()


def test_a_look_that_was_left_out_is_no_answer(fleet, world):
    """An end by time waits for AMAPI's word, however long that takes."""
    looks = [fleet.issued(number) for number in range(2)]
    world.clock.forward(days=2)
    fleet.hangs = ENTERPRISE

    fleet.minute()
    assert [world.action(name).status for name in looks] == [Status.ISSUED] * 2

    fleet.hangs = ""
    fleet.minute()
    fleet.minute()
    assert [world.action(name).status for name in looks] == [Status.EXPIRED] * 2


def test_the_worker_is_not_woken_for_a_look_that_was_left_out(fleet, world):
    """It would ask the same of the same AMAPI: messages would pile up, minute after minute."""
    actions = set()
    for number in range(3):
        world.amapi.fail("issue", AmbiguousOutcomeError("TIMEOUT", "no answer"))
        actions.add(fleet.issued(number))
    world.amapi.list_operations = fleet.list_operations
    world.clock.forward(minutes=5)
    fleet.hangs = ENTERPRISE
    world.bus.take()

    fleet.minute()
    (tried,) = world.bus.take()
    assert tried[0] == REQUESTS

    fleet.hangs = ""
    fleet.minute()
    assert {action for _, action in world.bus.take()} == actions - {tried[1]}


def test_an_amapi_that_begins_to_hang_in_the_middle_of_a_run_does_not_outlast_the_function(fleet, world):
    for number in range(20):
        action = fleet.issued(number)
        fleet.slow[world.action(action).device_name] = 1.9
    last = world.action(action).device_name
    fleet.slow[last] = 0.0
    fleet.hangs = f"{ENTERPRISE}/devices/phone11"
    world.clock.forward(minutes=2)

    fleet.minute()

    assert f"{ENTERPRISE}/devices/phone11" in fleet.asked


def test_how_many_looks_were_left_out_is_told(fleet, world, caplog):
    for number in range(3):
        fleet.issued(number)
    world.clock.forward(minutes=2)
    fleet.hangs = ENTERPRISE

    fleet.minute()

    assert [record.looks for record in caplog.records if hasattr(record, "looks")] == [2]


def test_a_call_that_begins_in_time_ends_before_the_function_does():
    assert LOOKS_UNTIL_S + ANSWER_TIMEOUT_S < FUNCTION_S
    assert LOOKS_UNTIL_S < MAX_RUN_S
