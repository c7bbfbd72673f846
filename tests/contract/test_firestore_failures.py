"""What the Firestore store makes of refusals, lost answers and broken reads, over the real client and wire."""

import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.cloud.firestore_v1.types import BatchGetDocumentsResponse, RunQueryResponse
from google.cloud.firestore_v1.types import Document as WireDocument

from shared.adapters.firestore import FirestoreStore
from shared.domain.errors import ConflictError, TransientError
from shared.services.ports import ActionFilter, Create, PageRequest
from tests.contract.scripted_firestore import AnswerSwallower, ScriptedFirestore, scripted_firestore

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOC = "enterprises/LC0/things/one"
DATABASE = "projects/p/databases/passcodes/documents"

# gRPC status of a commit, and whether it proves that nothing was written.
OPEN, REFUSED = ConflictError, TransientError
COMMIT_ANSWERS = {
    grpc.StatusCode.ALREADY_EXISTS: OPEN,
    grpc.StatusCode.NOT_FOUND: OPEN,
    grpc.StatusCode.FAILED_PRECONDITION: OPEN,
    grpc.StatusCode.ABORTED: OPEN,
    grpc.StatusCode.DEADLINE_EXCEEDED: OPEN,
    grpc.StatusCode.UNAVAILABLE: OPEN,
    grpc.StatusCode.INTERNAL: OPEN,
    grpc.StatusCode.UNKNOWN: OPEN,
    grpc.StatusCode.CANCELLED: OPEN,
    grpc.StatusCode.DATA_LOSS: OPEN,
    grpc.StatusCode.INVALID_ARGUMENT: REFUSED,
    grpc.StatusCode.OUT_OF_RANGE: REFUSED,
    grpc.StatusCode.UNAUTHENTICATED: REFUSED,
    grpc.StatusCode.PERMISSION_DENIED: REFUSED,
    grpc.StatusCode.RESOURCE_EXHAUSTED: REFUSED,
    grpc.StatusCode.UNIMPLEMENTED: REFUSED,
}


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedFirestore]:
    with scripted_firestore() as (server, address):
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", address)
        yield server


@pytest.fixture
def store(scripted: ScriptedFirestore) -> Iterator[FirestoreStore]:
    opened = FirestoreStore("p", "passcodes")
    yield opened
    opened.close()


def wire_document(number: int) -> WireDocument:
    return WireDocument(
        name=f"{DATABASE}/enterprises/LC0/actions/{number}", fields={}, create_time=NOON, update_time=NOON
    )


def hold(_request: Any, context: grpc.ServicerContext) -> list[Any]:
    """Give no answer until the caller has gone."""
    gone = threading.Event()
    if context.add_callback(gone.set):
        gone.wait()
    return []


@pytest.mark.parametrize("code", COMMIT_ANSWERS, ids=lambda code: code.name)
def test_a_failed_commit_is_sent_once_and_named_by_what_it_proves(
    store: FirestoreStore, scripted: ScriptedFirestore, code: grpc.StatusCode
) -> None:
    scripted.commit = lambda _request, context: context.abort(code, f"about {DOC}")
    with pytest.raises(TransientError) as caught:
        store.commit([Create(DOC, {"a": 1})])
    assert type(caught.value) is COMMIT_ANSWERS[code]
    assert DOC not in str(caught.value)
    assert len(scripted.requests) == 1


def test_a_commit_waits_no_longer_than_its_bound(
    store: FirestoreStore, scripted: ScriptedFirestore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.firestore.store.COMMIT_TIMEOUT_S", 0.2)
    scripted.commit = hold
    with pytest.raises(ConflictError):
        store.commit([Create(DOC, {"a": 1})])


@pytest.mark.parametrize("code", COMMIT_ANSWERS, ids=lambda code: code.name)
def test_a_failed_read_is_no_answer(
    store: FirestoreStore, scripted: ScriptedFirestore, code: grpc.StatusCode
) -> None:
    def fail(_request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        context.abort(code, f"about {DOC}")
        yield

    scripted.batch_get = scripted.run_query = fail
    tries = 2 if code is grpc.StatusCode.UNAVAILABLE else 1
    for read in (lambda: store.get_many([DOC]), store.enterprises, lambda: store.due_actions(NOON, 5)):
        scripted.requests.clear()
        with pytest.raises(TransientError) as caught:
            read()
        assert type(caught.value) is TransientError
        assert DOC not in str(caught.value)
        assert len(scripted.requests) == tries


def test_a_read_waits_no_longer_than_its_bound(
    store: FirestoreStore, scripted: ScriptedFirestore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.firestore.store.READ_TIMEOUT_S", 0.2)
    scripted.batch_get = scripted.run_query = hold
    for read in (lambda: store.get_many([DOC]), store.enterprises):
        with pytest.raises(TransientError):
            read()


def test_a_read_that_breaks_off_is_repeated_from_its_start(
    store: FirestoreStore, scripted: ScriptedFirestore
) -> None:
    broken: list[str] = []

    def break_once(_request: Any, context: grpc.ServicerContext, answers: list[Any]) -> Iterator[Any]:
        yield answers[0]
        if not broken:
            broken.append("yes")
            context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        yield from answers[1:]

    rows = [RunQueryResponse(document=wire_document(number), read_time=NOON) for number in range(3)]
    scripted.run_query = lambda request, context: break_once(request, context, rows)
    page = store.actions("enterprises/LC0", ActionFilter(), PageRequest(5))
    assert [document.name[-1] for document in page.documents] == ["0", "1", "2"]
    assert len(scripted.requests) == 2
    broken.clear()
    found = [BatchGetDocumentsResponse(found=wire_document(number), read_time=NOON) for number in range(3)]
    scripted.batch_get = lambda request, context: break_once(request, context, found)
    assert len(store.get_many([f"enterprises/LC0/actions/{number}" for number in range(3)])) == 3


def test_where_nobody_listens_a_read_fails_and_a_commit_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_firestore() as (_, address):
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", address)
    store = FirestoreStore("p", "passcodes")
    with pytest.raises(ConflictError):
        store.commit([Create(DOC, {"a": 1})])
    with pytest.raises(TransientError, match="STORE_UNAVAILABLE"):
        store.get_many([DOC])
    store.close()


@pytest.mark.emulator
@pytest.mark.parametrize("how", ["cut", "silent"])
def test_a_commit_whose_answer_is_lost_is_a_conflict_though_it_landed(
    firestore_emulator: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Regression of this test: a busy emulator's first commit took longer than the second that it was given."""
    project = f"t-{uuid.uuid4().hex[:20]}"
    proxy = AnswerSwallower(firestore_emulator)
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", proxy.address)
    far = FirestoreStore(project, "passcodes")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator)
    near = FirestoreStore(project, "passcodes")
    assert far.get_many([DOC]) == {}
    near.commit([Create(f"{DOC}-first", {"attempt": "the first is slow"})])
    started = time.monotonic()
    near.commit([Create(f"{DOC}-second", {"attempt": "to see how long one takes"})])
    enough_s = 2.0 + 20 * (time.monotonic() - started)
    monkeypatch.setattr("shared.adapters.firestore.store.COMMIT_TIMEOUT_S", 60.0 if how == "cut" else enough_s)
    proxy.swallow()
    with ThreadPoolExecutor(1) as pool:
        committing = pool.submit(far.commit, [Create(DOC, {"attempt": "mine"})])
        while not (found := near.get_many([DOC])):
            assert not committing.done()
        if how == "cut":
            proxy.cut()
        assert type(committing.exception()) is ConflictError
    assert found[DOC].fields == {"attempt": "mine"}
    far.close()
    near.close()
    proxy.close()
