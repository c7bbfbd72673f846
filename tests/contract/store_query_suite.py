"""What every store promises about its queries: one suite, run against each store.

Each query is compared with the same question asked of a plain list in Python.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from shared.domain.errors import RejectedError
from shared.services.ports import ActionFilter, Create, Delete, DeviceQuery, Page, PageRequest, Store, Update

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE, THERE = "enterprises/LC0", "enterprises/LC0-b"
PHONES = [f"{HERE}/devices/{number}" for number in range(3)]
STATUSES = ["PENDING", "ISSUED", "DONE"]
ACTORS = ["a@example.com", "b@example.com"]
ORDERS = {"user": "user_key", "model": "model_key", "seen": "last_seen"}

Fields = dict[str, Any]
Ask = Callable[[PageRequest], Page]


def create(store: Store, documents: dict[str, Fields]) -> None:
    """Create all documents in one commit."""
    store.commit([Create(name, fields) for name, fields in documents.items()])


def some_actions(seed: int, count: int, parent: str = HERE) -> dict[str, Fields]:
    """Actions of few minutes, so that many share their time, and of few devices, statuses and actors."""
    dice = random.Random(seed)
    return {
        f"{parent}/actions/{dice.getrandbits(60):015x}": {
            "device_name": dice.choice(PHONES),
            "status": dice.choice(STATUSES),
            "actor": dice.choice(ACTORS),
            "create_time": NOON + timedelta(minutes=dice.randrange(8), microseconds=dice.randrange(2)),
        }
        for _ in range(count)
    }


def some_devices(seed: int, count: int, parent: str = HERE) -> dict[str, Fields]:
    """Devices of few users and models; one in eight was never seen."""
    dice = random.Random(seed)
    devices: dict[str, Fields] = {}
    for _ in range(count):
        model = dice.choice(["pixel 9", "pixel 9a", "galaxy s26", ""])
        seen = NOON + timedelta(hours=dice.randrange(5))
        devices[f"{parent}/devices/{dice.getrandbits(60):015x}"] = {
            "user_key": dice.choice(["ann", "änne", "Zoë", "zoe", "", "🔑", "ﬀ"]),
            "model_key": model,
            "last_seen": dice.choice([None] + [seen] * 7),
            "search": [model[:length] for length in range(1, len(model) + 1)],
        }
    return devices


def pages(ask: Ask, size: int) -> Iterator[Page]:
    """Follow the cursors from the first page to the last."""
    cursor = None
    while True:
        page = ask(PageRequest(size, cursor))
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return


def listed(ask: Ask, size: int) -> list[str]:
    """Names on all pages, in order."""
    return [document.name for page in pages(ask, size) for document in page.documents]


def sorted_by(documents: dict[str, Fields], field: str, *, descending: bool) -> list[str]:
    """Names of those that have the field, by its value in UTF-8 order, then by name."""

    def place(name: str) -> tuple[Any, str]:
        value = documents[name][field]
        return (value.encode() if isinstance(value, str) else value), name

    return sorted(
        (name for name in documents if documents[name].get(field) is not None), key=place, reverse=descending
    )


def matches(fields: Fields, where: ActionFilter) -> bool:
    """Tell whether an action is asked for."""
    equal = ((where.device_name, "device_name"), (where.status, "status"), (where.actor, "actor"))
    return (
        all(
            value is None or fields[field] in ((value,) if isinstance(value, str) else value)
            for value, field in equal
        )
        and (where.created_from is None or fields["create_time"] >= where.created_from)
        and (where.created_before is None or fields["create_time"] < where.created_before)
    )


def rejected(ask: Callable[[], Page]) -> bool:
    """Tell whether the cursor was refused for what it is."""
    with pytest.raises(RejectedError) as caught:
        ask()
    return caught.value.reason == "INVALID_PAGE_TOKEN"


class QuerySuite:
    """Named queries, their pages and cursors. Subclasses give the fixtures ``store`` and ``bench``."""

    def test_due_actions_of_all_enterprises_come_oldest_first_and_bounded(self, store, bench):
        minutes = {
            f"{parent}/actions/{n}": n for parent in (HERE, THERE) for n in random.Random(1).sample(range(50), 8)
        }
        minutes = {name: n + name.startswith(THERE + "/") / 2 for name, n in minutes.items()}
        create(store, {name: {"wake_at": NOON + timedelta(minutes=n)} for name, n in minutes.items()})
        create(store, {f"{HERE}/actions/settled": {"status": "DONE"}, f"{HERE}/locks/l": {"wake_at": NOON}})
        due = sorted((name for name, n in minutes.items() if n <= 25), key=minutes.__getitem__)
        limit = NOON + timedelta(minutes=25)
        assert len(due) > 4
        assert [document.name for document in store.due_actions(limit, 50)] == due
        before = bench.reads()
        assert [document.name for document in store.due_actions(limit, 3)] == due[:3]
        assert bench.reads() - before == 3

    def test_an_action_is_due_at_its_very_microsecond_and_no_longer_once_it_sleeps(self, store):
        name, tick = f"{HERE}/actions/a", timedelta(microseconds=1)
        create(store, {name: {"wake_at": NOON}})
        assert store.due_actions(NOON - tick, 5) == []
        (found,) = store.due_actions(NOON, 5)
        assert found.fields == {"wake_at": NOON}
        store.commit([Update(name, {"wake_at": NOON + tick}, found.version)])
        assert store.due_actions(NOON, 5) == []
        (found,) = store.due_actions(NOON + tick, 5)
        store.commit([Update(name, {"wake_at": None}, found.version)])
        assert store.due_actions(NOON + timedelta(days=9999), 5) == []

    def test_enterprises_are_those_with_a_document(self, store):
        create(store, {HERE: {"locale": "de"}, THERE: {}, "enterprises/LC9/devices/d": {"user_key": ""}})
        assert store.enterprises() == [HERE, THERE]
        store.commit([Delete(THERE, store.get_many([THERE])[THERE].version)])
        assert store.enterprises() == [HERE]

    @pytest.mark.parametrize("device_name", [None, PHONES[1]], ids=["", "device"])
    @pytest.mark.parametrize("status", [None, "DONE"], ids=["", "status"])
    @pytest.mark.parametrize("actor", [None, ACTORS[0]], ids=["", "actor"])
    def test_actions_are_complete_and_newest_first_under_any_mix_of_filters(
        self, store, device_name, status, actor
    ):
        actions = some_actions(2, 60)
        create(store, actions)
        create(store, some_actions(3, 10, THERE))
        tick = timedelta(microseconds=1)
        bounds = product((None, NOON + timedelta(minutes=2)), (None, NOON + timedelta(minutes=5) + tick))
        for created_from, created_before in bounds:
            where = ActionFilter(device_name, status, actor, created_from, created_before)
            wanted = {name: fields for name, fields in actions.items() if matches(fields, where)}
            assert wanted

            def ask(page: PageRequest, where: ActionFilter = where) -> Page:
                return store.actions(HERE, where, page)

            expected = sorted_by(wanted, "create_time", descending=True)
            assert listed(ask, 4) == expected
            assert [document.fields for document in ask(PageRequest(100)).documents] == [
                actions[n] for n in expected
            ]

    @pytest.mark.parametrize("device_name", [None, PHONES[0], tuple(PHONES[:2])], ids=["", "device", "devices"])
    @pytest.mark.parametrize("status", [("DONE", "PENDING"), ("DONE",)], ids=["statuses", "status"])
    @pytest.mark.parametrize("actor", [None, tuple(ACTORS)], ids=["", "actors"])
    def test_any_of_several_values_fits_and_no_more_is_read_for_it(self, store, bench, device_name, status, actor):
        actions = some_actions(21, 60)
        create(store, actions)
        where = ActionFilter(device_name, status, actor, NOON, NOON + timedelta(minutes=9))
        expected = sorted_by(
            {n: f for n, f in actions.items() if matches(f, where)}, "create_time", descending=True
        )
        assert len(expected) > 3
        assert listed(lambda page: store.actions(HERE, where, page), 3) == expected
        assert listed(lambda page: store.actions(HERE, where, page), 100) == expected
        before = bench.reads()
        assert len(store.actions(HERE, where, PageRequest(3)).documents) == 3
        assert bench.reads() - before == 4

    def test_a_filter_has_few_mixes_and_every_value_list_something_in_it(self, store):
        phones = tuple(f"{HERE}/devices/{number}" for number in range(15))
        fits = ActionFilter(phones, ("PENDING", "ISSUED"))
        assert store.actions(HERE, fits, PageRequest(1)) == Page((), None)
        for wrong in (replace(fits, actor=tuple(ACTORS)), ActionFilter(status=())):
            with pytest.raises(ValueError, match="mixes"):
                store.actions(HERE, wrong, PageRequest(1))

    def test_actions_move_between_filters_with_their_status(self, store):
        name = f"{HERE}/actions/a"
        create(store, {name: {"status": "PENDING", "create_time": NOON, "actor": ACTORS[0]}})

        def having(status: str) -> int:
            return len(store.actions(HERE, ActionFilter(status=status), PageRequest(5)).documents)

        assert (having("PENDING"), having("DONE")) == (1, 0)
        store.commit([Update(name, {"status": "DONE"}, store.get_many([name])[name].version)])
        assert (having("PENDING"), having("DONE")) == (0, 1)
        store.commit([Delete(name, store.get_many([name])[name].version)])
        assert (having("PENDING"), having("DONE")) == (0, 0)

    @pytest.mark.parametrize("term", [None, "pixel 9", "p"], ids=["all", "pixel 9", "p"])
    @pytest.mark.parametrize("order", [sign + word for word in ORDERS for sign in ("", "-")])
    def test_devices_are_complete_and_in_order(self, store, term, order):
        devices = some_devices(4, 40)
        create(store, devices)
        create(store, some_devices(5, 10, THERE))
        wanted = {name: fields for name, fields in devices.items() if term is None or term in fields["search"]}

        def ask(page: PageRequest) -> Page:
            return store.devices(HERE, DeviceQuery(term, order), page)

        expected = sorted_by(wanted, ORDERS[order.removeprefix("-")], descending=order.startswith("-"))
        assert len(expected) > 8
        assert listed(ask, 3) == expected
        assert listed(ask, 100) == expected

    def test_a_device_that_is_gone_leaves_every_list(self, store):
        name = f"{HERE}/devices/d"
        create(store, {name: {"user_key": "", "model_key": "", "last_seen": NOON, "search": ["a", "ab"]}})

        def lists() -> int:
            asked = product((None, "a", "ab"), ORDERS)
            return sum(
                len(store.devices(HERE, DeviceQuery(term, word), PageRequest(5)).documents) for term, word in asked
            )

        assert lists() == 9
        store.commit([Update(name, {"search": ["a"]}, store.get_many([name])[name].version)])
        assert lists() == 6
        hidden = {"user_key": None, "model_key": None, "last_seen": None, "search": None, "gone_time": NOON}
        store.commit([Update(name, hidden, store.get_many([name])[name].version)])
        assert lists() == 0

    def test_events_come_by_name(self, store):
        action = f"{HERE}/actions/a"
        names = [f"{action}/events/{number:06}" for number in range(7)] + [f"{action}/events/000003-f00"]
        create(store, {name: {"n": 1} for name in names})
        create(store, {f"{HERE}/actions/ab/events/000001": {"n": 2}, action: {"create_time": NOON}})
        assert listed(lambda page: store.events(action, page), 2) == sorted(names)

    def test_pages_stay_complete_and_in_order_while_rows_are_added(self, store):
        create(store, some_actions(6, 12) | some_devices(7, 12))
        asked: list[Ask] = [
            lambda page: store.actions(HERE, ActionFilter(), page),
            lambda page: store.actions(HERE, ActionFilter(status="DONE"), page),
            lambda page: store.devices(HERE, DeviceQuery(), page),
            lambda page: store.devices(HERE, DeviceQuery("p", "-model"), page),
        ]
        for number, ask in enumerate(asked):
            before = listed(ask, 100)
            seen: list[str] = []
            for turn, page in enumerate(pages(ask, 2)):
                seen += [document.name for document in page.documents]
                create(store, some_actions(100 * number + turn + 10, 1) | some_devices(100 * number + turn + 10, 1))
                assert turn < 60
            assert len(seen) == len(set(seen))
            assert set(before) <= set(seen)
            after = listed(ask, 100)
            assert seen == [name for name in after if name in set(seen)]

    def test_a_page_ends_with_a_cursor_only_when_more_follows(self, store):
        create(store, some_actions(8, 6))
        sizes = [
            [len(page.documents) for page in pages(lambda p: store.actions(HERE, ActionFilter(), p), size)]
            for size in (2, 3, 4, 6, 7)
        ]
        assert sizes == [[2, 2, 2], [3, 3], [4, 2], [6], [6]]
        assert store.actions(THERE, ActionFilter(), PageRequest(2)) == Page((), None)
        with pytest.raises(ValueError, match="one row"):
            store.actions(HERE, ActionFilter(), PageRequest(0))

    def test_a_page_reads_one_document_more_than_it_shows(self, store, bench):
        create(store, some_actions(9, 40) | some_devices(10, 40))
        create(store, {f"{HERE}/actions/a/events/{number:06}": {"n": 1} for number in range(40)})
        asked: list[Ask] = [
            lambda page: store.actions(HERE, ActionFilter(), page),
            lambda page: store.actions(HERE, ActionFilter(PHONES[0], None, ACTORS[0]), page),
            lambda page: store.devices(HERE, DeviceQuery(), page),
            lambda page: store.devices(HERE, DeviceQuery("p", "-seen"), page),
            lambda page: store.events(f"{HERE}/actions/a", page),
        ]
        for ask in asked:
            cursor = None
            for _ in range(2):
                before = bench.reads()
                page = ask(PageRequest(3, cursor))
                assert len(page.documents) == 3
                assert bench.reads() - before == 4
                cursor = page.next_cursor
                assert cursor is not None

    def test_a_cursor_is_url_safe_and_tied_to_its_query(self, store):
        create(store, some_actions(11, 12) | some_actions(12, 12, THERE) | some_devices(13, 12))
        create(store, {f"{HERE}/actions/a/events/{number}": {"n": 1} for number in range(4)})
        where = ActionFilter(status="DONE")
        cursor = store.actions(HERE, where, PageRequest(1)).next_cursor
        assert cursor.replace("-", "").replace("_", "").isalnum()
        page = PageRequest(1, cursor)
        assert store.actions(HERE, where, page).documents
        assert rejected(lambda: store.actions(THERE, where, page))
        assert rejected(lambda: store.events(f"{HERE}/actions/a", page))
        assert rejected(lambda: store.devices(HERE, DeviceQuery(), page))
        for other in (
            ActionFilter(),
            replace(where, actor=ACTORS[0]),
            replace(where, status="PENDING"),
            replace(where, created_from=NOON),
        ):
            assert rejected(lambda other=other: store.actions(HERE, other, page))
        cursor = store.devices(HERE, DeviceQuery(), PageRequest(1)).next_cursor
        for query in (DeviceQuery("p"), DeviceQuery(order="-user"), DeviceQuery(order="model")):
            assert rejected(lambda query=query: store.devices(HERE, query, PageRequest(1, cursor)))

    def test_a_cursor_that_was_cut_or_edited_is_refused(self, store):
        create(store, some_actions(14, 3))

        def ask(cursor: str) -> Page:
            return store.actions(HERE, ActionFilter(), PageRequest(1, cursor))

        good = store.actions(HERE, ActionFilter(), PageRequest(1)).next_cursor
        edited = [good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(len(good) - 1)]
        cut = [good[:length] for length in (0, 1, 8, 16, 17, len(good) - 4, len(good) - 1)]
        for bad in [*edited, *cut, good + "AAAA", "not a cursor", "ä", "%00", "====", "null", "e30"]:
            assert rejected(lambda bad=bad: ask(bad)), bad
        assert ask(good).documents
