"""The first enterprise, its members and its devices."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from local.ports import free_ports
from local.seed import ENTERPRISE, MEMBERS, PAUSE_S, SyncError, begin_new_pass, end_quiet, seed, sync
from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import ConflictError, UnauthorisedError
from shared.domain.resource_names import QUIET_NAME, member_name
from shared.domain.roles import ROLE_RIGHTS
from shared.domain.settings import EnterpriseSettings
from shared.runtime.stores import open_store
from shared.services.ports import Create, Update
from shared.services.quiet import is_quiet, keep_quiet
from shared.services.sync_devices import state_name

STATE = state_name(ENTERPRISE)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def store():
    return SqliteStore(":memory:")


def test_the_seed_writes_settings_and_members(store):
    assert seed(store) == 1 + len(MEMBERS)
    names = [member_name(ENTERPRISE, email) for email in MEMBERS]
    found = store.get_many([ENTERPRISE, *names])
    assert EnterpriseSettings(**found[ENTERPRISE].fields) == EnterpriseSettings(display_name="Demo")
    assert store.enterprises() == [ENTERPRISE]
    for email, name in zip(MEMBERS, names, strict=True):
        assert dict(found[name].fields) == {"email": email, "roles": [MEMBERS[email]]}


def test_every_role_that_exists_has_a_persona_and_the_stranger_none(store):
    assert sorted(MEMBERS.values()) == sorted(ROLE_RIGHTS)
    seed(store)
    assert store.get_many([member_name(ENTERPRISE, "stranger@example.com")]) == {}


def test_seeding_again_changes_nothing_that_a_person_changed(store):
    seed(store)
    name = member_name(ENTERPRISE, "viewer@example.com")
    store.commit([Update(name, {"roles": ["admin"]}, store.get_many([name])[name].version)])
    assert seed(store) == 0
    assert store.get_many([name])[name].fields["roles"] == ["admin"]


class RacingStore:
    """A store where another seed is faster, once."""

    def __init__(self, store):
        self._store = store
        self.races = 0

    def get_many(self, names):
        return self._store.get_many(names)

    def commit(self, writes):
        if not self.races:
            self.races += 1
            self._store.commit(writes)
            raise ConflictError
        self._store.commit(writes)


def test_two_seeds_at_once_both_end_well(store):
    racing = RacingStore(store)
    assert seed(racing) == 0
    assert racing.races == 1


def test_a_new_start_reads_all_devices_anew(store):
    begin_new_pass(store)
    assert store.get_many([STATE]) == {}
    fields = {"number": 3, "page_token": "of a fleet that is no more", "revision": 7}
    store.commit([Create(STATE, {**fields, "started": NOW, "finished": NOW})])
    begin_new_pass(store)
    assert dict(store.get_many([STATE])[STATE].fields) == {"number": 3, "page_token": "", "revision": 8}


def test_a_new_start_does_not_wait_for_an_amapi_that_is_no_more(store):
    end_quiet(store)
    assert store.get_many([QUIET_NAME]) == {}
    now = datetime.now(UTC)
    keep_quiet(store, UnauthorisedError("UNAUTHENTICATED", "by the last run's server"), now, ENTERPRISE)
    assert is_quiet(store, now, ENTERPRISE)
    end_quiet(store)
    assert not is_quiet(store, datetime.now(UTC), ENTERPRISE)
    assert keep_quiet(store, UnauthorisedError("UNAUTHENTICATED", "by this run's"), now, ENTERPRISE)
    assert is_quiet(store, now, ENTERPRISE), "one that this run's AMAPI asks for is kept as ever"


def test_a_pass_that_amapi_keeps_waiting_is_not_asked_for_endlessly(make_upstream):
    upstream = make_upstream()
    upstream.reply = lambda _request: (200, [], b'{"complete": false, "pages": 0}')
    with pytest.raises(SyncError, match="did not complete a pass"):
        sync(upstream.url, timeout_s=3 * PAUSE_S)
    assert len(upstream.requests) <= 4


def test_sync_goes_on_until_the_pass_is_complete(make_upstream):
    upstream = make_upstream()
    upstream.reply = lambda _request: (
        200,
        [],
        json.dumps({"complete": len(upstream.requests) == 3}).encode(),
    )
    assert sync(upstream.url) == 3
    assert {request["method"] for request in upstream.requests} == {"POST"}


@pytest.mark.parametrize(
    ("status", "content", "told"),
    [(500, b"broken", "HTTP 500: broken"), (200, b"no json", "not JSON"), (200, b"[]", "not answer a JSON object")],
)
def test_sync_tells_what_went_wrong(make_upstream, status, content, told):
    upstream = make_upstream()
    upstream.reply = lambda _request: (status, [], content)
    with pytest.raises(SyncError, match=told):
        sync(upstream.url)


def test_sync_gives_up_on_a_pass_without_end(make_upstream):
    upstream = make_upstream()
    upstream.reply = lambda _request: (200, [], b'{"complete": false}')
    with pytest.raises(SyncError, match="did not complete a pass"):
        sync(upstream.url, timeout_s=0.0)


def test_sync_tells_that_nobody_answers():
    with pytest.raises(SyncError, match="no answer"):
        sync(f"http://127.0.0.1:{next(free_ports())}")


def run_seed(env):
    command = [sys.executable, "-m", "local.seed"]
    return subprocess.run(command, env=env, capture_output=True, check=False, text=True)


@pytest.mark.stack
def test_the_program_seeds_the_store_of_the_environment(tmp_path, make_upstream):
    upstream = make_upstream()
    upstream.reply = lambda _request: (200, [], b'{"complete": true}')
    where = f"sqlite:{tmp_path / 'store.sqlite'}"
    env = {"STORE": where, "SYNC_DEVICES_URL": upstream.url}
    ended = subprocess.run(
        [sys.executable, "-m", "local.seed"], env=env, capture_output=True, check=False, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    store = open_store(where, "unused")
    assert store.enterprises() == [ENTERPRISE]
    keep_quiet(
        store, UnauthorisedError("UNAUTHENTICATED", "by the last run's server"), datetime.now(UTC), ENTERPRISE
    )
    upstream.reply = lambda _request: (500, [], b"")
    ended = subprocess.run(
        [sys.executable, "-m", "local.seed"], env=env, capture_output=True, check=False, text=True
    )
    assert ended.returncode == 1
    assert "HTTP 500" in ended.stderr
    assert not is_quiet(store, datetime.now(UTC), ENTERPRISE)


def test_the_seed_is_the_same_on_firestore(firestore_emulator, monkeypatch):
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    store = open_store("firestore", "seed-test")
    try:
        assert seed(store) == 1 + len(MEMBERS)
        assert seed(store) == 0
    finally:
        store.close()
