"""The real client against the simulator, and against servers that fail in ways the simulator cannot."""

import json
import logging
import ssl
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from google.auth.credentials import Credentials
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from local.simulator.server import running
from shared.adapters.android_management import AndroidManagement, transport
from shared.adapters.android_management.client import LEAKING_LOGGERS
from shared.domain.errors import (
    AmbiguousOutcomeError,
    NotSentError,
    PasscodeResetError,
    PermanentError,
    ThrottledError,
    TransientError,
    UnauthorisedError,
)
from shared.domain.operation import Outcome
from shared.domain.secret import Secret
from tests.contract.raw_server import HOLD, answering, http, refused_url

ENTERPRISE = "enterprises/LC00demo"
DEVICE = f"{ENTERPRISE}/devices/5db9013678962373"
OPERATION = f"{DEVICE}/operations/1795464334422"
PASSCODE = "Kx7#mP2qaa"


class FakeCredentials(Credentials):
    """Credentials whose refresh does what a test says."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.refreshes = 0
        self._error = error

    def refresh(self, _request: object) -> None:
        self.refreshes += 1
        if self._error:
            raise self._error
        self.token = f"token-{self.refreshes}"


@pytest.fixture
def simulator():
    with running() as simulator:
        yield simulator


@pytest.fixture
def make_client():
    clients = []

    def make(url, **options):
        clients.append(AndroidManagement(url, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(simulator, make_client):
    return make_client(simulator.url)


def issue(client, device=DEVICE, passcode=PASSCODE, **changes):
    options = {"duration_s": 3600, "lock_now": True, "require_entry": False, **changes}
    return client.issue_reset(device, Secret(passcode), **options)


def issue_failure(client, passcode=PASSCODE):
    with pytest.raises(PasscodeResetError) as caught:
        issue(client, passcode=passcode)
    return caught.value


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.005)


def done(client, operation):
    wait_until(lambda: client.get_operation(operation.name).outcome is not None)
    return client.get_operation(operation.name)


def test_a_reset_reaches_the_phone_with_its_passcode_duration_and_flags(simulator, client):
    operation = issue(client, duration_s=7123)
    assert operation.device_name == DEVICE
    assert operation.command_type == "RESET_PASSWORD"
    assert (operation.duration_s, operation.outcome) == (7123, None)
    assert done(client, operation).outcome is Outcome.OK
    phone = simulator.world.phones[DEVICE]
    assert (phone.passcode, phone.locked, phone.executed[0]["flags"]) == (PASSCODE, True, ["LOCK_NOW"])


@pytest.mark.parametrize(
    ("lock_now", "require_entry", "flags"),
    [
        (False, False, []),
        (True, False, ["LOCK_NOW"]),
        (False, True, ["REQUIRE_ENTRY"]),
        (True, True, ["LOCK_NOW", "REQUIRE_ENTRY"]),
    ],
)
def test_only_the_wanted_flags_are_sent(simulator, client, lock_now, require_entry, flags):
    issue(client, lock_now=lock_now, require_entry=require_entry)
    body = simulator.world.calls[0]["body"]
    assert body == {
        "type": "RESET_PASSWORD",
        "newPassword": PASSCODE,
        "duration": "3600s",
        "resetPasswordFlags": flags,
    }


def test_a_refusal_of_the_phone_is_read_from_the_metadata(client):
    found = done(client, issue(client, passcode="12"))
    assert (found.outcome, found.error_code) == (Outcome.ERROR, "INVALID_VALUE")


@pytest.mark.parametrize(
    ("completion", "outcome", "error_code"),
    [
        ("error_code_only", Outcome.ERROR, "INVALID_VALUE"),
        ("error_only", Outcome.ERROR, "RPC_9"),
        ("both", Outcome.ERROR, "INVALID_VALUE"),
        ("cancelled", Outcome.VOID, ""),
        ("expired", Outcome.VOID, ""),
    ],
)
def test_every_shape_of_a_failure_is_understood(simulator, client, completion, outcome, error_code):
    simulator.world.phones[DEVICE].completion = completion
    found = done(client, issue(client, passcode="12"))
    assert (found.outcome, found.error_code) == (outcome, error_code)


def test_an_operation_that_amapi_forgot_is_none(simulator, client):
    assert client.get_operation(OPERATION) is None


def test_cancelling_ends_a_command_that_has_not_run(simulator, client):
    simulator.world.phones[DEVICE].online = False
    operation = issue(client)
    client.cancel_operation(operation.name)
    assert client.get_operation(operation.name).outcome is Outcome.VOID
    assert simulator.world.phones[DEVICE].executed == []


@pytest.mark.parametrize("kind", ["http_400", "http_404", "http_409", "http_412", "http_501"])
def test_a_refused_cancellation_is_swallowed(simulator, client, kind):
    simulator.world.faults.add("operations.cancel", kind, 1)
    client.cancel_operation(OPERATION)
    assert [call["method"] for call in simulator.world.calls] == ["enterprises.devices.operations.cancel"]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("http_401", UnauthorisedError),
        ("http_403", UnauthorisedError),
        ("http_429", ThrottledError),
        ("http_500", TransientError),
        ("http_503", TransientError),
        ("drop_after_accept", TransientError),
        ("reset_after_accept", TransientError),
        ("malformed", TransientError),
        ("truncated", TransientError),
        ("redirect", TransientError),
    ],
)
@pytest.mark.parametrize(
    "method_and_call",
    [
        ("operations.get", lambda client, operation: client.get_operation(operation)),
        ("operations.list", lambda client, _: client.list_operations(DEVICE)),
        ("operations.cancel", lambda client, operation: client.cancel_operation(operation)),
        ("devices.get", lambda client, _: client.get_device(DEVICE)),
        ("devices.list", lambda client, _: client.list_devices(ENTERPRISE, "")),
    ],
)
def test_a_call_without_an_answer_may_be_tried_again(simulator, client, kind, error, method_and_call):
    method, call = method_and_call
    operation = issue(client).name
    before = len(simulator.world.calls)
    simulator.world.faults.add(method, kind, 1)
    with pytest.raises(TransientError) as caught:
        call(client, operation)
    assert type(caught.value) is error
    assert len(simulator.world.calls) == before + 1
    call(client, operation)


def test_an_answer_about_another_resource_is_not_believed(simulator, client):
    operation = issue(client).name
    for method, call in (
        ("operations.get", lambda: client.get_operation(operation)),
        ("devices.get", lambda: client.get_device(DEVICE)),
    ):
        simulator.world.faults.add(method, "wrong_name", 1)
        with pytest.raises(TransientError, match="UNREADABLE_ANSWER"):
            call()


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("http_400", PermanentError),
        ("http_404", PermanentError),
        ("http_401", UnauthorisedError),
        ("http_403", UnauthorisedError),
        ("http_429", ThrottledError),
        ("http_408", AmbiguousOutcomeError),
        ("http_409", AmbiguousOutcomeError),
        ("http_412", AmbiguousOutcomeError),
        ("http_500", AmbiguousOutcomeError),
        ("http_503", AmbiguousOutcomeError),
        ("http_504", AmbiguousOutcomeError),
        ("redirect", AmbiguousOutcomeError),
        ("drop_before_accept", AmbiguousOutcomeError),
        ("drop_after_accept", AmbiguousOutcomeError),
        ("reset_after_accept", AmbiguousOutcomeError),
        ("http_503_after_accept", AmbiguousOutcomeError),
        ("malformed", AmbiguousOutcomeError),
        ("truncated", AmbiguousOutcomeError),
        ("wrong_name", AmbiguousOutcomeError),
    ],
)
def test_a_failed_command_is_posted_once_and_named_for_what_it_proves(simulator, client, kind, error):
    client.get_device(DEVICE)  # so that the command goes out on a kept connection, where libraries like to repeat
    simulator.world.faults.add("issueCommand", kind, 1)
    assert type(issue_failure(client)) is error
    posts = [call for call in simulator.world.calls if call["method"].endswith("issueCommand")]
    assert len(posts) == 1


@pytest.mark.parametrize("kind", ["timeout", "timeout_before_accept"])
def test_a_command_without_answer_in_time_is_ambiguous(simulator, make_client, kind):
    client = make_client(simulator.url, timeout_s=0.2)
    client.get_device(DEVICE)
    simulator.world.faults.add("issueCommand", kind, 1)
    assert type(issue_failure(client)) is AmbiguousOutcomeError
    assert len(client.list_operations(DEVICE)) == (1 if kind == "timeout" else 0)


def test_the_reason_of_a_refusal_is_the_rpc_word(simulator, client):
    simulator.world.faults.add("issueCommand", "http_404", 1)
    assert issue_failure(client).reason == "NOT_FOUND"


@pytest.mark.parametrize("passcode", [PASSCODE, "48291736", "plainword"])
def test_a_refusal_that_quotes_the_passcode_does_not_tell_it(simulator, client, passcode, caplog):
    caplog.set_level(logging.WARNING)
    simulator.world.faults.add("issueCommand", "http_400_echo", 1)
    error = issue_failure(client, passcode=passcode)
    assert type(error) is PermanentError
    assert error.reason == "INVALID_ARGUMENT"
    told = (
        f"{error} {error.message} {dict(error.metadata)} {caplog.text} {''.join(traceback.format_exception(error))}"
    )
    assert passcode not in told
    assert "Invalid value at" in error.message


def test_a_passcode_that_reads_like_a_word_is_not_told_either(make_client):
    body = json.dumps({"error": {"message": "Value plainword is too weak", "status": "INVALID_ARGUMENT"}})
    with answering(http("400 Bad Request", body.encode())) as server:
        error = issue_failure(make_client(server.url), passcode="plainword")
    assert error.message == "AMAPI refused the command: Value … is too weak"


@pytest.mark.parametrize("kind", ["http_400_echo", "http_503", "drop_after_accept", "malformed", "http_429"])
def test_no_error_drags_the_libraries_error_along(simulator, client, kind):
    simulator.world.faults.add("issueCommand", kind, 1)
    error = issue_failure(client)
    assert (error.__cause__, error.__context__) == (None, None)


def test_loggers_that_leak_are_quiet_at_warning_and_above(simulator, client, caplog):
    for name in LEAKING_LOGGERS:
        caplog.set_level(logging.WARNING, logger=name)
    for kind in ("", "http_403", "http_400_echo", "malformed", "http_503"):
        if kind:
            simulator.world.faults.add("issueCommand", kind, 1)
            issue_failure(client)
        else:
            issue(client)
    assert caplog.text == ""


def test_every_logger_that_writes_a_passcode_at_debug_is_on_the_list(simulator, client, caplog):
    caplog.set_level(logging.DEBUG)
    issue(client)
    simulator.world.faults.add("issueCommand", "http_400_echo", 1)
    issue_failure(client)
    leaking = {record.name for record in caplog.records if PASSCODE in record.getMessage()}
    assert leaking <= set(LEAKING_LOGGERS)


def test_a_command_to_a_port_that_nobody_listens_on_was_not_sent(make_client):
    error = issue_failure(make_client(refused_url()))
    assert type(error) is NotSentError


def test_a_command_to_a_host_that_does_not_exist_was_not_sent(make_client):
    error = issue_failure(make_client("https://amapi.invalid", credentials=FakeCredentials()))
    assert type(error) is NotSentError


def test_a_command_to_a_server_without_tls_was_not_sent(make_client):
    with answering(http("200 OK", b"{}")) as server:
        client = make_client(server.url.replace("http", "https"), credentials=FakeCredentials())
        assert type(issue_failure(client)) is NotSentError
        assert server.posts == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_command_to_a_server_of_unknown_authority_was_not_sent(make_client, tls):
    with answering(b"", tls) as server:
        assert type(issue_failure(make_client(server.url, credentials=FakeCredentials()))) is NotSentError
        assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "error"), [(b"", AmbiguousOutcomeError), (http("404 Not Found", b"{}"), PermanentError)]
)
def test_a_command_that_left_over_tls_gets_one_post(make_client, tls, certificate, answer, error):
    with answering(answer, tls) as server:
        client = make_client(server.url, credentials=FakeCredentials())
        client._devices()
        client._transport._authorised()[0].verify = str(certificate)
        assert type(issue_failure(client)) is error
        assert server.posts == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", AmbiguousOutcomeError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", AmbiguousOutcomeError),
        (b"\x00\x01\x02garbage\r\n\r\n", AmbiguousOutcomeError),
        (http("200 OK", b""), AmbiguousOutcomeError),
        (http("200 OK", b"[1, 2]"), AmbiguousOutcomeError),
        (http("200 OK", b"{}"), AmbiguousOutcomeError),
        (http("200 OK", b'{"name": 7}'), AmbiguousOutcomeError),
        (http("200 OK", b"\xff\xfe\x00"), AmbiguousOutcomeError),
        (http("200 OK", b"[" * 100_000), AmbiguousOutcomeError),
        (http("403 Forbidden", b"[" * 100_000), UnauthorisedError),
        (http("200 OK", b"not gzip", "Content-Encoding: gzip"), AmbiguousOutcomeError),
        (http("200 OK", b'{"name": "' + OPERATION.encode() + b'"}')[:-9], AmbiguousOutcomeError),
        (http("204 No Content"), AmbiguousOutcomeError),
        (http("301 Moved Permanently", b"", "Location: /elsewhere"), AmbiguousOutcomeError),
        (http("308 Permanent Redirect", b"", "Location: /elsewhere"), AmbiguousOutcomeError),
        (http("503 Unavailable", b"", "Retry-After: 0"), AmbiguousOutcomeError),
        (http("400 Bad Request", b"<html>"), PermanentError),
        (http("401 Unauthorized", b""), UnauthorisedError),
        (http("403 Forbidden", b"not json"), UnauthorisedError),
        (http("429 Too Many", b""), ThrottledError),
    ],
)
def test_whatever_a_server_answers_it_gets_one_post(make_client, answer, error):
    with answering(answer) as server:
        found = issue_failure(make_client(server.url))
        assert type(found) is error
        assert server.posts == len(server.requests) == 1


def test_a_server_that_says_nothing_gets_one_post(make_client):
    with answering(HOLD) as server:
        assert type(issue_failure(make_client(server.url, timeout_s=0.2))) is AmbiguousOutcomeError
        assert server.posts == 1


def test_an_answer_without_measure_is_not_read_to_its_end(make_client):
    body = b'{"name": "' + b"x" * (17 * 1024 * 1024) + b'"}'
    with answering(http("200 OK", body)) as server:
        assert type(issue_failure(make_client(server.url))) is AmbiguousOutcomeError
        assert server.posts == 1


def test_an_answer_is_not_read_beyond_the_deadline(make_client, monkeypatch):
    monkeypatch.setattr(transport, "CONNECT_TIMEOUT_S", -1.0)  # the deadline is over before the first byte
    client = make_client("http://127.0.0.1:1", timeout_s=0.5)
    client._devices()
    session = client._transport._authorised()[0]
    with answering(http("200 OK", b'{"name": "x"}')) as server:
        timeout = (1.0, 0.5)
        monkeypatch.setattr(
            session,
            "request",
            lambda *args, **kw: type(session).request(session, *args, **{**kw, "timeout": timeout}),
        )
        failure, _ = client._transport._exchange(f"{server.url}/v1/x", "POST", "{}", {})
    assert (failure.sent, failure.word) == (True, "ReadTimeout")


def test_401_is_not_answered_by_sending_again_with_a_new_token(make_client):
    credentials = FakeCredentials()
    with answering(http("401 Unauthorized", b"{}")) as server:
        assert type(issue_failure(make_client(server.url, credentials=credentials))) is UnauthorisedError
        assert (server.posts, credentials.refreshes) == (1, 1)
        assert b"authorization: bearer token-1" in server.requests[0].lower()


def test_without_credentials_on_loopback_no_token_is_sent(make_client):
    with answering(http("404 Not Found", b"{}")) as server:
        issue_failure(make_client(server.url))
        assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (RefreshError("invalid_grant"), UnauthorisedError),
        (DefaultCredentialsError("none"), UnauthorisedError),
        (RefreshError("busy", retryable=True), NotSentError),
        (TransportError("no route"), NotSentError),
        (ConnectionResetError(), NotSentError),
    ],
)
def test_without_a_token_nothing_is_sent(make_client, failure, error):
    with answering(http("200 OK")) as server:
        assert type(issue_failure(make_client(server.url, credentials=FakeCredentials(failure)))) is error
        assert server.requests == []


def test_a_token_server_that_did_not_answer_is_no_refusal(make_client):
    failure = RefreshError("metadata server")
    failure.__cause__ = TransportError("timed out")
    client = make_client("https://amapi.invalid", credentials=FakeCredentials(failure))
    assert type(issue_failure(client)) is NotSentError


def test_a_token_that_took_too_long_leaves_no_time_to_send(make_client, monkeypatch):
    monkeypatch.setattr(transport, "TOKEN_TIMEOUT_S", -1.0)
    with answering(http("200 OK")) as server:
        error = issue_failure(make_client(server.url, credentials=FakeCredentials()))
        assert (type(error), error.reason, server.requests) == (NotSentError, "TOKEN_TIMEOUT", [])


def test_the_environments_credentials_are_looked_for_at_the_first_call(make_client, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    client = make_client(None)
    assert type(issue_failure(client)) is UnauthorisedError


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ([], 60.0),
        (["Retry-After: 7"], 60.0),
        (["Retry-After: 240"], 240.0),
        (["Retry-After: 99999999999999999999"], 3600.0),
        (["Retry-After: soon"], 60.0),
        (["Retry-After: -5"], 60.0),
        (["Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"], 60.0),
        (["Retry-After: Fri, 31 Dec 2179 23:59:59 GMT"], 3600.0),
    ],
)
def test_after_429_the_wait_is_a_minute_or_what_amapi_asks(make_client, headers, wait_s):
    with answering(http("429 Too Many Requests", b"{}", *headers)) as server:
        assert issue_failure(make_client(server.url)).retry_after_s == wait_s


@pytest.mark.parametrize(
    "error",
    [{"status": "RESOURCE_EXHAUSTED"}, {"errors": [{"reason": "userRateLimitExceeded"}]}],
)
def test_a_403_about_the_quota_is_throttling(make_client, error):
    with answering(http("403 Forbidden", json.dumps({"error": error}).encode())) as server:
        assert type(issue_failure(make_client(server.url))) is ThrottledError


def test_a_stale_connection_is_not_used_for_a_command(simulator, client, monkeypatch):
    client.get_device(DEVICE)
    open_before = set(simulator.connections())
    monkeypatch.setattr(transport, "IDLE_LIMIT_S", -1.0)
    issue(client)
    assert set(simulator.connections()) != open_before


def test_all_operations_are_read_over_all_pages(simulator, client):
    simulator.world.phones[DEVICE].online = False
    names = [issue(client).name for _ in range(205)]
    assert [operation.name for operation in client.list_operations(DEVICE)] == names
    pages = [call for call in simulator.world.calls if call["method"].endswith("operations.list")]
    assert [call["query"]["pageSize"] for call in pages] == ["100"] * 3


def test_pages_without_end_are_left_at_some_point(make_client):
    page = json.dumps({"operations": [{"name": OPERATION}], "nextPageToken": "again"}).encode()
    with answering(http("200 OK", page)) as server:
        assert len(make_client(server.url).list_operations(DEVICE)) == len(server.requests) == 20


def test_operations_of_another_device_are_left_out(make_client):
    foreign = OPERATION.replace("5db9", "0000")
    page = json.dumps({"operations": [{"name": OPERATION}, {"name": foreign}, {}, 7]}).encode()
    with answering(http("200 OK", page)) as server:
        assert [found.name for found in make_client(server.url).list_operations(DEVICE)] == [OPERATION]


def test_a_device_that_amapi_does_not_know_is_none_and_has_no_operations(client):
    unknown = f"{ENTERPRISE}/devices/0000000000000000"
    assert client.get_device(unknown) is None
    assert client.list_operations(unknown) == []
    with pytest.raises(PermanentError, match="NOT_FOUND"):
        issue(client, device=unknown)


def test_the_whole_fleet_is_listed(simulator, client):
    devices, next_token = client.list_devices(ENTERPRISE, "")
    assert {device.name for device in devices} == set(simulator.world.phones)
    assert next_token == ""
    assert client.get_device(devices[0].name) == devices[0]


def test_devices_are_listed_page_by_page(make_client):
    first = {
        "devices": [{"name": DEVICE}, {"name": "enterprises/LC00other/devices/d"}, 3],
        "nextPageToken": "p/2 =",
    }
    with answering(http("200 OK", json.dumps(first).encode())) as server:
        client = make_client(server.url)
        devices, token = client.list_devices(ENTERPRISE, "")
        assert ([device.name for device in devices], token) == ([DEVICE], "p/2 =")
        client.list_devices(ENTERPRISE, token)
        assert b"pageToken=p%2F2+%3D" in server.requests[1]


def test_an_unknown_page_token_and_an_unknown_enterprise_say_so(client):
    with pytest.raises(TransientError) as caught:
        client.list_devices(ENTERPRISE, "bm9wZQ==")
    assert caught.value.reason == "INVALID_ARGUMENT"
    with pytest.raises(TransientError) as caught:
        client.list_devices("enterprises/LC00other", "")
    assert caught.value.reason == "NOT_FOUND"


HOSTILE = [
    "",
    f"{DEVICE}:wipe",
    f"{DEVICE}\n",
    f"{DEVICE}/",
    f"{DEVICE}%2F..",
    f"{DEVICE}?x=y",
    f"{DEVICE}#",
    f"{ENTERPRISE}/devices/..",
    f"{ENTERPRISE}/devices/",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_hostile_name_gets_into_a_url(simulator, client, name):
    calls = [
        lambda: issue(client, device=name),
        lambda: client.get_device(name),
        lambda: client.list_operations(name),
        lambda: client.get_operation(f"{name}/operations/1" if name else name),
        lambda: client.cancel_operation(f"{name}/operations/1" if name else name),
        lambda: client.get_operation(f"{OPERATION}:cancel"),
        lambda: client.list_devices(name, ""),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="not a"):
            call()
    assert simulator.world.calls == []


@pytest.mark.parametrize("duration_s", [0, -1])
def test_a_command_without_validity_is_not_sent(simulator, client, duration_s):
    with pytest.raises(ValueError, match="duration"):
        issue(client, duration_s=duration_s)
    assert simulator.world.calls == []


@pytest.mark.parametrize(
    "endpoint", ["http://example.com", "http://10.0.0.1:80", "ftp://127.0.0.1", "nonsense", "https://"]
)
def test_passcodes_do_not_travel_in_the_clear(endpoint):
    with pytest.raises(ValueError, match="https"):
        AndroidManagement(endpoint).get_device(DEVICE)


@pytest.mark.parametrize("timeout_s", [0, -1, 26])
def test_a_call_outlives_no_lease(timeout_s):
    with pytest.raises(ValueError, match="timeout_s"):
        AndroidManagement(timeout_s=timeout_s)


def test_sixteen_threads_get_their_own_answers(simulator, client):
    devices = sorted(simulator.world.phones)[:16]
    start = threading.Barrier(16)

    def work(device):
        start.wait()
        names = [issue(client, device=device).name for _ in range(20)]
        found = [client.get_operation(name) for name in names]
        return all(operation.device_name == device for operation in found) and len(set(names)) == 20

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, devices))
    posts = [call for call in simulator.world.calls if call["method"].endswith("issueCommand")]
    assert len(posts) == 16 * 20


def test_a_proxy_of_the_environment_is_not_asked(simulator, make_client, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", refused_url())
    monkeypatch.setenv("http_proxy", refused_url())
    assert make_client(simulator.url).get_device(DEVICE) is not None


def test_closing_a_client_that_never_called_is_fine():
    AndroidManagement().close()
