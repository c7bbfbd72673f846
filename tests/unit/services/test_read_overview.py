"""What the overview reads: few documents, the newest truth about what needs a look."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.action import Status
from shared.domain.errors import RejectedError
from shared.domain.roles import Right
from shared.domain.statistics import Bucket, Figures, Need
from shared.services.count_actions import CountActions
from shared.services.ports import Create
from shared.services.read_overview import DAYS, MAIL_DAYS, MAX_ATTENTION, ReadOverview
from shared.services.records import to_fields
from tests.unit.domain.facts import ADMIN, action, finished
from tests.unit.services.world import ENTERPRISE

READ = frozenset({Right.READ})
UNTOLD = (ADMIN.failed("REJECTED"),)


class Counted:
    """Names what is read by name; there is no other way to read here."""

    def __init__(self, store):
        self.store, self.names = store, []

    def get_many(self, names):
        self.names.append(len(names))
        return self.store.get_many(names)


@pytest.fixture
def store(world):
    return Counted(world.store)


@pytest.fixture
def read(world, store):
    return lambda: ReadOverview(store, world.clock)(ENTERPRISE, READ)


def put(world, number, subject, *, days_ago=0):
    """Store an action of so many days ago, and count it; ids sort by their time, as true ones do."""
    name = f"{ENTERPRISE}/actions/{1000 - days_ago:04d}-{number:03d}"
    made = replace(subject, name=name, create_time=world.clock.now() - timedelta(days=days_ago))
    world.store.inner.commit([Create(name, to_fields(made))])
    CountActions(world.store.inner)([name])
    return name


def test_thirty_days_without_a_gap_end_today(world, read):
    put(world, 1, finished(Status.FAILED), days_ago=DAYS - 1)
    put(world, 2, finished(Status.CANCELLED), days_ago=DAYS)

    overview = read()

    dates = [day for day, _ in overview.days]
    assert dates == [world.clock.now().date() - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
    assert overview.days[0][1].counts == {"FAILED": 1}
    assert overview.days[-1][1] == Figures()
    assert (overview.total.counts, overview.open_resets) == ({"FAILED": 1}, 0)


def test_nothing_is_read_but_days_without_resets(read, store):
    assert read().attention == ()
    assert store.names == [DAYS]


def test_however_many_resets_there_are_at_most_35_documents_are_read(world, read, store):
    for days_ago in range(DAYS):
        for number in range(9):
            put(world, number, action(status=Status.ISSUED), days_ago=days_ago)

    overview = read()

    assert overview.open_resets == 9 * DAYS
    assert store.names == [DAYS, MAX_ATTENTION]
    assert sum(store.names) <= 35


def test_the_most_urgent_come_first_and_of_these_the_oldest(world, read):
    waiting = [put(world, n, action(), days_ago=n) for n in (1, 2, 3)]
    mail = put(world, 4, finished(Status.DONE, deliveries=UNTOLD), days_ago=1)
    unknown = [put(world, n, finished(Status.UNKNOWN), days_ago=n) for n in (5, 20)]

    found = [(one.action.name, one.need) for one in read().attention]

    assert found == [
        (unknown[1], Need.UNKNOWN),
        (unknown[0], Need.UNKNOWN),
        (mail, Need.MAIL),
        (waiting[2], Need.WAITING),
        (waiting[1], Need.WAITING),
    ]


def test_a_mail_that_did_not_arrive_is_told_for_a_week(world, read):
    kept = put(world, 1, finished(Status.DONE, deliveries=UNTOLD), days_ago=MAIL_DAYS - 1)
    put(world, 2, finished(Status.DONE, deliveries=UNTOLD), days_ago=MAIL_DAYS)

    assert [one.action.name for one in read().attention] == [kept]


def test_a_reset_that_ended_since_it_was_counted_is_told_as_it_is_now(world, read):
    gone, turned = put(world, 1, action()), put(world, 2, action())
    world.set_action(gone, status=Status.CANCELLED, complete_time=world.clock.now())
    world.set_action(turned, status=Status.UNKNOWN, complete_time=world.clock.now())

    overview = read()

    assert [(one.action.name, one.need) for one in overview.attention] == [(turned, Need.UNKNOWN)]
    assert overview.total.of(Bucket.OPEN) == 2  # until the timer's next visit


def test_who_may_not_read_learns_nothing(world, store):
    with pytest.raises(RejectedError, match="NOT_FOUND"):
        ReadOverview(store, world.clock)(ENTERPRISE, frozenset({Right.RESET}))
    assert store.names == []
