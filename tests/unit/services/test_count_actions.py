"""Counting: every reset once, under its day, however often, late or interrupted that happens."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.action import DeliveryStatus, Status
from shared.domain.operation import Outcome
from shared.domain.resource_names import day_name
from shared.domain.statistics import Figures, day_of, tally_of, total_of
from shared.services import count_actions
from shared.services.count_actions import CountActions
from shared.services.ports import ActionFilter, Create, PageRequest
from shared.services.records import from_fields, to_fields
from tests.unit.domain.facts import action, ended, finished
from tests.unit.services.fakes import START
from tests.unit.services.world import ENTERPRISE

DAY = timedelta(days=1)


@pytest.fixture
def count(world):
    return CountActions(world.store)


def put(world, number, subject, day=0):
    """Store an action of the day that lies so many days after the first."""
    name = f"{ENTERPRISE}/actions/{number:04d}"
    world.store.inner.commit([Create(name, to_fields(replace(subject, name=name, create_time=START + day * DAY)))])
    return name


def figures(world, day=0):
    document = world.document(day_name(ENTERPRISE, (START + day * DAY).date()))
    return from_fields(Figures, document.fields) if document else Figures()


def true_figures(world):
    """Count all actions as they stand, from nothing."""
    page = world.store.inner.actions(ENTERPRISE, ActionFilter(), PageRequest(1000))
    return Counter(tally_of(world.action(document.name)).bucket.value for document in page.documents)


def test_resets_are_counted_under_their_days_and_remember_it(world, count):
    names = [put(world, 1, action()), put(world, 2, finished(Status.CANCELLED)), put(world, 3, action(), day=1)]

    assert count(names) == 3

    assert figures(world) == Figures({"OPEN": 1, "CANCELLED": 1}, {"CANCELLED:": 1}, {}, {"0001": "WAITING"})
    assert figures(world, 1).counts == {"OPEN": 1}
    assert world.action(names[1]).counted == "CANCELLED::"
    assert world.action(names[1]).revision == 2


def test_counting_twice_changes_nothing(world, count):
    names = [put(world, number, action()) for number in range(3)]
    count(names)
    world.store.trips()

    assert count(names) == 0
    assert world.store.trips() == (1, 0)
    assert figures(world).revision == 1


def test_an_outcome_that_changes_moves_the_count(world, count):
    name = put(world, 1, action())
    for subject, counts in [
        (finished(Status.EXPIRED), {"EXPIRED": 1}),
        (finished(Status.DONE, ended(Outcome.OK)), {"DONE": 1}),
    ]:
        count([name])
        world.set_action(name, status=subject.status, complete_time=subject.complete_time)
        assert count([name]) == 1
        assert figures(world).counts == counts
    assert figures(world).reasons == {}
    assert figures(world).revision == 3


def test_counting_touches_nothing_of_the_protocol(world, count):
    name = put(world, 1, finished(Status.DONE))
    before = world.action(name)
    events = world.told(name)

    count([name])

    after = world.action(name)
    assert replace(after, counted=None, revision=1) == before
    assert world.told(name) == events


@pytest.mark.parametrize("fault", ["lost", "moved", "down"])
def test_a_commit_that_fails_counts_nothing_twice_and_is_made_up_for(world, count, fault):
    names = [put(world, number, finished(Status.FAILED)) for number in range(4)]
    world.store.faults = [fault]

    count(names)
    count(names)

    assert figures(world).counts == {"FAILED": 4}
    assert all(world.action(name).counted for name in names)


def test_an_action_that_moves_meanwhile_is_counted_as_it_then_stands(world, count):
    names = [put(world, 1, action()), put(world, 2, action())]
    ends = finished(Status.CANCELLED)
    world.store.faults = [lambda: world.set_action(names[0], status=ends.status, complete_time=ends.complete_time)]

    assert count(names) == 0
    assert figures(world) == Figures()
    assert count(names) == 2
    assert figures(world).counts == {"OPEN": 1, "CANCELLED": 1}


def test_two_runs_at_once_count_once(world, count):
    names = [put(world, number, action()) for number in range(3)]
    world.store.faults = [lambda: CountActions(world.store.inner)(names)]

    assert count(names) == 0
    assert figures(world).counts == {"OPEN": 3}


def test_a_run_is_bounded_and_the_next_one_goes_on(world, count, monkeypatch):
    monkeypatch.setattr(count_actions, "MAX_COMMIT", 2)
    monkeypatch.setattr(count_actions, "MAX_DAYS", 2)
    names = [put(world, 10 * day + number, action(), day) for day in range(3) for number in range(3)]

    assert [count(names) for _ in range(5)] == [4, 2, 2, 1, 0]
    assert [figures(world, day).counts for day in range(3)] == [{"OPEN": 3}] * 3


def test_what_cannot_be_understood_holds_up_nobody_and_is_told(world, count, caplog):
    broken, strange = f"{ENTERPRISE}/actions/broken", put(world, 2, action(counted="LATER:1:"))
    world.set(broken, status="NONSENSE")
    name = put(world, 1, action())

    assert count([broken, strange, f"{ENTERPRISE}/actions/gone", name]) == 1
    assert figures(world).counts == {"OPEN": 1}
    assert [record.alert for record in caplog.records if hasattr(record, "alert")] == ["COUNT_FAILED"] * 2


def test_a_day_that_cannot_be_understood_holds_up_no_other(world, count, caplog):
    names = [put(world, 1, action()), put(world, 2, action(), day=1)]
    world.set(day_name(ENTERPRISE, START.date()), counts="many")

    assert count(names) == 1
    assert figures(world, 1).counts == {"OPEN": 1}
    assert "COUNT_FAILED" in [getattr(record, "alert", "") for record in caplog.records]


def test_a_store_that_does_not_answer_only_delays(world, count):
    name = put(world, 1, action())
    world.store.down = True

    assert count([name]) == 0
    assert count([]) == 0


# -- with the timer ----------------------------------------------------------------------------------------------


def test_an_open_reset_is_counted_at_its_first_visit_and_its_end_within_minutes(world):
    name = world.issued()
    world.tick(minutes=1)
    assert figures(world).counts == {"OPEN": 1}

    world.amapi.finish()
    world.tick(minutes=1)
    assert figures(world).counts == {"DONE": 1}
    assert sum(figures(world).times.values()) == 1
    assert world.action(name).counted == tally_of(world.action(name)).code


def test_an_end_between_two_visits_wakes_the_timer_to_be_counted(world):
    name = world.done()
    assert world.action(name).counted is None
    assert world.action(name).wake_at <= world.clock.now() + timedelta(minutes=1)

    world.tick(minutes=1)

    assert figures(world).counts == {"DONE": 1}


def test_a_mail_that_is_given_up_hours_later_is_noted(world):
    name = world.done()
    for _ in range(40):  # no message ever arrives
        world.tick(minutes=10)

    assert world.action(name).deliveries[0].status is DeliveryStatus.FAILED
    assert figures(world).needing == {name.rpartition("/")[2]: "MAIL"}


def test_many_resets_over_days_with_faults_sum_to_their_number(world, count):
    """Every third commit is lost, does not land, or is not answered."""
    statuses = [Status.DONE, Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.UNKNOWN]
    names = [put(world, number, action(), number % 4) for number in range(120)]
    for turn in range(12):
        world.store.faults = [("none", "lost", "moved", "down")[(turn + n) % 4] for n in range(8)]
        for name in names[turn * 10 : turn * 10 + 10]:
            ends = finished(statuses[turn % 5])
            world.set_action(name, status=ends.status, complete_time=ends.complete_time)
        count(names)
    world.store.faults = []
    count(names)
    count(names)

    total = total_of(figures(world, day) for day in range(4))
    assert total.total == 120
    assert total.counts == true_figures(world)
    assert {day_of(world.action(name)) for name in names} == {(START + day * DAY).date() for day in range(4)}
