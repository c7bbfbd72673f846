"""One suite for both ciphers: Cloud KMS over the real client, and the key file of a laptop."""

import itertools
import logging
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.auth.exceptions import RefreshError
from google.cloud import kms_v1
from google.cloud.kms_v1.services.key_management_service.transports import KeyManagementServiceGrpcTransport

from shared.adapters.kms import PAYLOAD_LOGGER, KmsCipher
from shared.adapters.local_key import LocalKeyCipher
from shared.domain.errors import PasscodeResetError, PermanentError, TransientError
from shared.domain.passcode_binding import binding
from shared.domain.secret import Secret
from shared.services.ports import Ciphertext, Decryptor, Encryptor
from tests.contract.kms_server import KEY, OTHER_KEY, KmsServer

CANARY = "canary-7f3a91c5"
AAD = binding("enterprises/e", "enterprises/e/devices/d", "enterprises/e/actions/a")


def _client(port: int) -> kms_v1.KeyManagementServiceClient:
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")
    return kms_v1.KeyManagementServiceClient(transport=KeyManagementServiceGrpcTransport(channel=channel))


@pytest.fixture
def server() -> Iterator[KmsServer]:
    server = KmsServer()
    yield server
    server.stop()


@pytest.fixture
def client(server: KmsServer) -> Iterator[kms_v1.KeyManagementServiceClient]:
    with _client(server.port) as client:
        yield client


@pytest.fixture
def kms(client: kms_v1.KeyManagementServiceClient) -> KmsCipher:
    return KmsCipher(KEY, client)


@pytest.fixture(params=["kms", "local_key"])
def ciphers(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, Any]:
    """The cipher under test, and one of the same kind under another key."""
    if request.param == "local_key":
        return LocalKeyCipher(tmp_path / "key"), LocalKeyCipher(tmp_path / "other")
    client = request.getfixturevalue("client")
    return KmsCipher(KEY, client), KmsCipher(OTHER_KEY, client)


@pytest.fixture
def cipher(ciphers: tuple[Any, Any]) -> Any:
    return ciphers[0]


def _is_rejected(cipher: Decryptor, ciphertext: Ciphertext, aad: bytes = AAD) -> bool:
    with pytest.raises(PermanentError) as caught:
        cipher.decrypt(ciphertext, aad)
    return caught.value.reason == "CIPHERTEXT_REJECTED"


def _shown(error: BaseException) -> str:
    """All that a report with local variables shows, below the frame of the test itself."""
    assert error.__traceback__
    below = error.with_traceback(error.__traceback__.tb_next)
    return "".join(traceback.TracebackException.from_exception(below, capture_locals=True).format())


# What both promise


@pytest.mark.parametrize("value", ["1", CANARY, "pässwörd ☃ 🔒", "0" * 4096])
def test_what_was_sealed_opens_under_the_same_associated_data(cipher: Any, value: str) -> None:
    sealed = cipher.encrypt(Secret(value), AAD)
    assert cipher.decrypt(sealed, AAD).reveal() == value


def test_a_blob_does_not_hold_the_passcode(cipher: Any) -> None:
    assert CANARY.encode() not in cipher.encrypt(Secret(CANARY), AAD).blob


def test_the_same_passcode_never_gives_the_same_blob(cipher: Any) -> None:
    assert len({cipher.encrypt(Secret(CANARY), AAD).blob for _ in range(20)}) == 20


def test_a_blob_of_any_other_action_device_enterprise_purpose_or_version_is_rejected(cipher: Any) -> None:
    names = [
        ("enterprises/e", "enterprises/e/devices/d", "enterprises/e/actions/a"),
        ("enterprises/e", "enterprises/e/devices/d", "enterprises/e/actions/b"),
        ("enterprises/e", "enterprises/e/devices/x", "enterprises/e/actions/a"),
        ("enterprises/f", "enterprises/f/devices/d", "enterprises/f/actions/a"),
    ]
    bindings = [binding(*each) for each in names]
    bindings += [binding(*names[0], purpose="mail"), binding(*names[0], version=2), b""]
    sealed = {aad: cipher.encrypt(Secret(CANARY), aad) for aad in bindings}
    for own, foreign in itertools.permutations(bindings, 2):
        assert _is_rejected(cipher, sealed[own], foreign)
    assert all(cipher.decrypt(sealed[aad], aad).reveal() == CANARY for aad in bindings)


def test_each_flipped_bit_is_rejected(cipher: Any) -> None:
    sealed = cipher.encrypt(Secret("482915"), AAD)
    for position, bit in itertools.product(range(len(sealed.blob)), (0, 7)):
        changed = bytearray(sealed.blob)
        changed[position] ^= 1 << bit
        assert _is_rejected(cipher, replace(sealed, blob=bytes(changed)))


def test_each_truncation_and_any_addition_is_rejected(cipher: Any) -> None:
    sealed = cipher.encrypt(Secret("482915"), AAD)
    for length in range(len(sealed.blob)):
        assert _is_rejected(cipher, replace(sealed, blob=sealed.blob[:length]))
    assert _is_rejected(cipher, replace(sealed, blob=sealed.blob + b"\0"))


def test_another_key_does_not_open_the_blob_even_under_its_own_name(ciphers: tuple[Any, Any]) -> None:
    own, other = ciphers
    sealed, foreign = own.encrypt(Secret(CANARY), AAD), other.encrypt(Secret(CANARY), AAD)
    assert sealed.key_name != foreign.key_name
    assert _is_rejected(other, replace(sealed, key_name=foreign.key_name))
    assert _is_rejected(own, replace(sealed, key_name=""))
    assert _is_rejected(own, replace(sealed, blob=b""))


def test_a_function_that_was_given_the_wrong_key_gives_nothing_up_and_calls_for_a_person(
    ciphers: tuple[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Regression: a wrong ``KMS_KEY`` ended every reset and mail that it met for good."""
    own, other = ciphers
    sealed = own.encrypt(Secret(CANARY), AAD)
    with pytest.raises(TransientError) as caught:
        other.decrypt(sealed, AAD)
    assert caught.value.reason == "KEY_MISMATCH"
    assert [getattr(record, "alert", "") for record in caplog.records] == ["KEY_MISMATCH"]
    assert own.decrypt(sealed, AAD).reveal() == CANARY


def test_many_threads_may_share_a_cipher(cipher: Any) -> None:
    def there_and_back(number: int) -> bool:
        aad = binding("enterprises/e", "enterprises/e/devices/d", f"enterprises/e/actions/{number}")
        return bool(cipher.decrypt(cipher.encrypt(Secret(f"{number:06}"), aad), aad).reveal() == f"{number:06}")

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(there_and_back, range(64)))


def test_no_error_shows_the_passcode(ciphers: tuple[Any, Any]) -> None:
    own, other = ciphers
    sealed = own.encrypt(Secret(CANARY), AAD)
    for cipher, aad, reason in ((other, AAD, "KEY_MISMATCH"), (own, b"", "CIPHERTEXT_REJECTED")):
        with pytest.raises(PasscodeResetError) as caught:
            cipher.decrypt(sealed, aad)
        text = _shown(caught.value)
        assert reason in text
        assert CANARY not in text


def test_both_ciphers_are_the_ports() -> None:
    def accepts(encryptor: type[Encryptor], decryptor: type[Decryptor]) -> tuple[Any, Any]:
        return encryptor, decryptor

    assert accepts(KmsCipher, KmsCipher)
    assert accepts(LocalKeyCipher, LocalKeyCipher)


# Cloud KMS


def test_kms_names_the_key_version_and_old_versions_still_open(server: KmsServer, kms: KmsCipher) -> None:
    old = kms.encrypt(Secret("111111"), AAD)
    server.rotate()
    new = kms.encrypt(Secret("222222"), AAD)
    assert (old.key_name, new.key_name) == (f"{KEY}/cryptoKeyVersions/1", f"{KEY}/cryptoKeyVersions/2")
    assert (kms.decrypt(old, AAD).reveal(), kms.decrypt(new, AAD).reveal()) == ("111111", "222222")


def test_a_key_version_that_is_destroyed_rejects_its_blobs(server: KmsServer, kms: KmsCipher) -> None:
    sealed = kms.encrypt(Secret(CANARY), AAD)
    server.states[(KEY, 1)] = "DESTROYED"
    assert _is_rejected(kms, sealed)


@pytest.mark.parametrize("state", ["DISABLED", "DESTROY_SCHEDULED"])
def test_a_key_version_that_can_come_back_is_waited_for(server: KmsServer, kms: KmsCipher, state: str) -> None:
    """Regression: a key version that was disabled for a minute ended every waiting mail for good."""
    sealed = kms.encrypt(Secret(CANARY), AAD)
    server.states[(KEY, 1)] = state
    with pytest.raises(TransientError) as caught:
        kms.decrypt(sealed, AAD)
    assert caught.value.reason == "KEY_SERVICE_UNAVAILABLE"
    server.states.clear()
    assert kms.decrypt(sealed, AAD).reveal() == CANARY


@pytest.mark.parametrize("fault", ["answer", "unverified", "name"])
def test_an_encryption_damaged_in_transit_is_not_believed(server: KmsServer, kms: KmsCipher, fault: str) -> None:
    server.faults = [fault]
    with pytest.raises(TransientError) as caught:
        kms.encrypt(Secret(CANARY), AAD)
    assert caught.value.reason == "KEY_SERVICE_CHECKSUM"
    assert kms.decrypt(kms.encrypt(Secret(CANARY), AAD), AAD).reveal() == CANARY


@pytest.mark.parametrize("fault", ["request", "aad"])
def test_a_request_to_encrypt_that_is_damaged_in_transit_is_to_be_retried(
    server: KmsServer, kms: KmsCipher, fault: str
) -> None:
    server.faults = [fault]
    with pytest.raises(TransientError):
        kms.encrypt(Secret(CANARY), AAD)


def test_a_decryption_damaged_in_transit_is_not_believed(server: KmsServer, kms: KmsCipher) -> None:
    sealed = kms.encrypt(Secret(CANARY), AAD)
    server.faults = ["answer"]
    with pytest.raises(TransientError) as caught:
        kms.decrypt(sealed, AAD)
    assert caught.value.reason == "KEY_SERVICE_CHECKSUM"
    assert CANARY[1:] not in _shown(caught.value)


@pytest.mark.parametrize("fault", ["request", "aad"])
def test_a_good_blob_is_not_given_up_for_one_damaged_request(server: KmsServer, kms: KmsCipher, fault: str) -> None:
    sealed = kms.encrypt(Secret(CANARY), AAD)
    server.faults = [fault]
    assert kms.decrypt(sealed, AAD).reveal() == CANARY


def test_a_damage_that_kms_names_is_never_a_rejection(
    server: KmsServer, kms: KmsCipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = kms.encrypt(Secret(CANARY), AAD)

    def abort(_request: Any, _payload: str, context: grpc.ServicerContext) -> None:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "The checksum in field ciphertext_crc32c did not match.")

    monkeypatch.setattr(server, "_begin", abort)
    with pytest.raises(TransientError):
        kms.decrypt(sealed, AAD)


@pytest.mark.parametrize("fault", ["empty", "binary"])
def test_a_plaintext_that_was_never_sealed_here_is_rejected(server: KmsServer, kms: KmsCipher, fault: str) -> None:
    sealed = kms.encrypt(Secret(CANARY), AAD)
    server.faults = [fault, fault]
    assert _is_rejected(kms, sealed)


@pytest.mark.parametrize(
    ("status", "told"),
    {
        "PERMISSION_DENIED": "PermissionDenied",
        "NOT_FOUND": "NotFound",
        "UNAUTHENTICATED": "Unauthenticated",
        "FAILED_PRECONDITION": "FailedPrecondition",
        "RESOURCE_EXHAUSTED": "ResourceExhausted",
        "INTERNAL": "InternalServerError",
        "DEADLINE_EXCEEDED": "DeadlineExceeded",
    }.items(),
)
def test_a_key_service_that_refuses_now_is_to_be_retried_and_says_why(
    server: KmsServer, kms: KmsCipher, status: str, told: str
) -> None:
    """Regression: the reason was in the error's metadata alone, which no log line shows."""
    sealed = kms.encrypt(Secret(CANARY), AAD)
    for call in (lambda: kms.decrypt(sealed, AAD), lambda: kms.encrypt(Secret(CANARY), AAD)):
        server.faults = [grpc.StatusCode[status]]
        with pytest.raises(TransientError) as caught:
            call()
        assert caught.value.reason == "KEY_SERVICE_UNAVAILABLE"
        assert caught.value.message == f"the key service did not answer: {told}"


def test_a_short_outage_is_bridged(server: KmsServer, kms: KmsCipher) -> None:
    server.faults = [grpc.StatusCode.UNAVAILABLE]
    sealed = kms.encrypt(Secret(CANARY), AAD)
    server.faults = [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE]
    assert kms.decrypt(sealed, AAD).reveal() == CANARY


def test_a_long_outage_ends_at_the_time_limit_and_shows_no_passcode(server: KmsServer) -> None:
    with _client(server.port) as client:
        cipher = KmsCipher(KEY, client, timeout_s=0.4)
        server.stop()
        with pytest.raises(TransientError) as caught:
            cipher.encrypt(Secret(CANARY), AAD)
    assert CANARY not in _shown(caught.value)


def test_missing_credentials_are_to_be_retried() -> None:
    class NoCredentials:
        def encrypt(self, **_request: object) -> None:
            raise RefreshError("no metadata server")  # type: ignore[no-untyped-call]

    with pytest.raises(TransientError):
        KmsCipher(KEY, NoCredentials()).encrypt(Secret(CANARY), AAD)


def test_the_library_does_not_log_passcodes_at_debug(server: KmsServer) -> None:
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler, logger = Keep(), logging.getLogger("google")
    logger.addHandler(handler)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    logging.getLogger(PAYLOAD_LOGGER).setLevel(logging.NOTSET)
    try:
        with _client(server.port) as client:
            cipher = KmsCipher(KEY, client)
            cipher.decrypt(cipher.encrypt(Secret(CANARY), AAD), AAD)
            kept = [str(vars(record)) for record in records]
            logging.getLogger(PAYLOAD_LOGGER).setLevel(logging.DEBUG)
            cipher.encrypt(Secret(CANARY), AAD)
    finally:
        logger.setLevel(before)
        logger.removeHandler(handler)
        logging.getLogger(PAYLOAD_LOGGER).setLevel(logging.WARNING)
    assert not [text for text in kept if "plaintext" in text]
    assert [text for text in map(str, map(vars, records)) if "plaintext" in text], "the trap is no longer there"
