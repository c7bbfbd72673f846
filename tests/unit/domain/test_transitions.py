"""Every edge of the transition table, and whatever happens in whatever order: no other."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import issuing, mailing, retention
from shared.domain.action import ENDS, TRANSITIONS, Action, Cause, DeliveryStatus, Reason, Status
from shared.domain.history import EventType, change_of
from shared.domain.lock import DeviceLock
from shared.domain.looking import with_answers, with_found
from shared.domain.operation import Operation, Outcome
from shared.domain.settlement import settle
from shared.domain.statistics import tally_of
from shared.domain.timing import LATE_LOOK_UNTIL
from tests.unit.domain.facts import (
    DAY,
    DEVICE,
    EXPIRE,
    MINUTE,
    NAME,
    NEWER,
    OVER,
    T0,
    action,
    attempt,
    ended,
    finished,
    issued,
    lock,
)

SOON = T0 + 2 * MINUTE
OK, ERROR, VOID = ended(Outcome.OK), ended(Outcome.ERROR), ended(Outcome.VOID)
RUNNING = {"status": Status.ISSUED}

EDGES = [
    (action(issued()), SOON, Status.ISSUED),
    (action(OK), SOON, Status.DONE),
    (action(OK, **RUNNING), SOON, Status.DONE),
    (action(refused=Reason("X")), SOON, Status.FAILED),
    (action(ERROR, **RUNNING), SOON, Status.FAILED),
    (action(), EXPIRE, Status.EXPIRED),
    (action(issued(), **RUNNING), OVER, Status.EXPIRED),
    (action(cancel_time=SOON), SOON, Status.CANCELLED),
    (action(VOID, cancel_time=SOON, **RUNNING), SOON, Status.CANCELLED),
    (action(attempt()), OVER, Status.UNKNOWN),
    (action(issued(gone=True), **RUNNING), OVER, Status.UNKNOWN),
    (finished(Status.EXPIRED, OK), OVER, Status.DONE),
    (finished(Status.UNKNOWN, OK), OVER, Status.DONE),
]


@pytest.mark.parametrize(("before", "now", "after"), EDGES, ids=[f"{e[0].status}-{e[2]}" for e in EDGES])
def test_each_edge_of_the_table_is_taken_for_its_cause(before, now, after):
    done = settle(before, lock(), now, looked=True)

    assert done.action.status is after
    assert done.cause is TRANSITIONS[before.status, after]


def test_every_edge_of_the_table_is_tested():
    assert {(before.status, after) for before, _now, after in EDGES} == set(TRANSITIONS)


def test_only_a_late_acknowledgement_leaves_an_end():
    leaving = {edge: cause for edge, cause in TRANSITIONS.items() if edge[0] in ENDS}

    assert set(leaving.values()) == {Cause.LATE_ACKNOWLEDGEMENT}
    assert {after for _before, after in leaving} == {Status.DONE}


def test_every_cause_moves_something_and_every_status_but_the_first_has_a_row():
    assert set(TRANSITIONS.values()) == set(Cause)
    assert {after.value for _before, after in TRANSITIONS} <= {kind.value for kind in EventType}


class Life:
    """One reset and its lock, to which anything may happen that the steps can make happen."""

    def __init__(self) -> None:
        self.action = replace(action(), wake_at=T0 + MINUTE)
        self.lock: DeviceLock = lock()
        self.now = T0
        self.operations: dict[str, Operation] = {}
        self.rng = random.Random(0)

    def settle(self, changed: Action, *, looked: bool = False) -> None:
        """Settle, and check what holds after every step."""
        before = self.action
        done = settle(changed, self.lock, self.now, looked=looked)
        self.action, self.lock = done.action, done.lock
        assert before.status is self.action.status or (before.status, self.action.status) in TRANSITIONS
        change_of(before, self.action)
        assert (self.lock.holder == NAME) is self.action.lock_held
        assert self.action.wake_at is not None or not self.work_left()
        again = settle(self.action, self.lock, self.now, looked=looked)
        assert replace(again.action, wake_at=None) == replace(self.action, wake_at=None)
        assert (again.lock, again.superseded, again.cause, again.alerts) == (self.lock, (), None, ())

    def work_left(self) -> bool:
        """Tell, without asking the timer, whether anybody still has to do something."""
        late = any(self.now + DAY < a.over_at + LATE_LOOK_UNTIL for a in self.action.open_attempts)
        kept = self.action.purge_time is None
        return not self.action.ended or self.action.lock_held or kept or late

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def cancel(self, _n: int) -> None:
        if not self.action.ended:
            self.settle(replace(self.action, cancel_time=self.now))

    def claim(self, _n: int) -> None:
        new_id = f"t{len(self.operations)}-{self.now:%H%M%S}-{len(self.action.attempts)}"
        made = issuing.new_attempt(self.action, self.now, new_id, self.rng)
        if made and issuing.may_claim(self.action, self.now, None):
            self.settle(issuing.claimed(self.action, made))

    def take(self, n: int) -> None:
        """AMAPI takes a call, whether or not its answer comes."""
        if self.action.attempts:
            one = self.action.attempts[n % len(self.action.attempts)]
            name = f"{DEVICE}/operations/{one.id}"
            self.operations.setdefault(name, Operation(name, DEVICE, True, self.now, one.duration_s))

    def unanswered(self):
        return [a for a in self.action.attempts if a.operation is None]

    def answer(self, n: int) -> None:
        for one in self.unanswered():
            found = self.operations.get(f"{DEVICE}/operations/{one.id}")
            if found:
                self.settle(issuing.accepted(self.action, one, found))
                return
        for one in self.unanswered()[:1]:
            changed = (
                issuing.not_sent(self.action, one, self.now),
                issuing.held_back(self.action, one, self.now + MINUTE),
                issuing.refused(self.action, Reason("NO"), one),
                issuing.ambiguous(self.action, one, self.now),
            )
            self.settle(changed[n % 4])

    def finish(self, n: int) -> None:
        for name, known in self.operations.items():
            if known.outcome is None:
                self.operations[name] = replace(known, outcome=list(Outcome)[n % 3])
                return

    def stop(self, _n: int) -> None:
        self.settle(issuing.stop_sent(self.action, self.action.attempts_to_stop(self.now), self.now))

    def look(self, n: int) -> None:
        gone = n % 4 == 0
        found = with_found(self.action, self.operations.values(), frozenset())
        answers = {name: None if gone else known for name, known in self.operations.items()}
        self.settle(with_answers(found, answers), looked=True)

    def advance(self, _n: int) -> None:
        aged = mailing.aged(self.action, self.now)
        self.settle(retention.purged(aged, self.now) if retention.purge_due(aged, self.now) else aged)

    def mail(self, n: int) -> None:
        for letter in mailing.letters(self.action):
            if letter.calls:
                call = letter.calls[0].id
                answers = (
                    mailing.sent(letter, call, "p", self.now),
                    mailing.rejected(letter, call),
                    mailing.postponed(letter, call, self.now),
                    mailing.given_back(letter, call),
                )
                self.settle(mailing.with_letter(self.action, letter, answers[n % 4]))
                return
            if mailing.is_due(self.action, letter, self.now):
                written = mailing.claimed(letter, f"c{letter.tries}", "p", self.now)
                self.settle(mailing.with_letter(self.action, letter, written))
                return

    def count(self, _n: int) -> None:
        self.settle(replace(self.action, counted=tally_of(self.action).code))

    def newer(self, _n: int) -> None:
        """Another reset of the device is accepted, as soon as the lock is free."""
        if self.lock.holder is None:
            self.lock = self.lock.taken_by(NEWER)


STEPS = ("cancel", "claim", "take", "answer", "finish", "stop", "look", "advance", "mail", "count", "newer")
MINUTES = st.sampled_from([0, 0, 1, 2, 7, 30, 70, 400, 1500, 60 * 24 * 8, 60 * 24 * 31])
HAPPENINGS = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11), MINUTES), max_size=40)


@given(HAPPENINGS)
def test_whatever_happens_in_whatever_order_the_facts_settle_along_the_table(happenings):
    life = Life()
    for step, n, minutes in happenings:
        getattr(life, step)(n)
        life.wait(minutes)
        life.advance(n)


@given(HAPPENINGS)
def test_whatever_happened_the_timer_alone_brings_the_reset_to_rest(happenings):
    life = Life()
    for step, n, minutes in happenings:
        getattr(life, step)(n)
        life.wait(minutes)
    for _ in range(400):
        wake_at = life.action.wake_at
        if wake_at is None:
            break
        life.now = max(life.now, wake_at) + timedelta(seconds=1)
        life.advance(0)
        life.look(1)
        life.stop(0)
        life.mail(0)
        life.count(0)
    assert life.action.wake_at is None
    assert life.action.ended
    assert not life.action.lock_held
    assert not any(d.status is DeliveryStatus.PENDING for d in mailing.letters(life.action)), (
        "every mail is settled"
    )
