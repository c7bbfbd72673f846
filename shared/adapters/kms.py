"""Encryption by Cloud KMS (adapter of ``Encryptor`` and ``Decryptor``).

A passcode is far below the 64 KiB that KMS encrypts directly, so there is no data key to be handled wrongly.
Every byte string travels with its CRC32C both ways; an answer whose checksums do not agree is thrown away.

No error leaves from a frame that holds a passcode: what talks to KMS returns its error, and the public method
raises it. So a traceback that prints local variables, or a chained error of the library, shows no passcode.

Source: https://cloud.google.com/kms/docs/data-integrity-guidelines and the comments of the KMS v1 protocol
(``EncryptRequest``, ``DecryptResponse``).
"""

import logging
import re
from typing import Any

import google_crc32c
from google.api_core.exceptions import (
    FailedPrecondition,
    GoogleAPIError,
    InvalidArgument,
    ServiceUnavailable,
)
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud import kms_v1

from shared.domain.errors import PermanentError, TransientError
from shared.domain.secret import Secret
from shared.services.ports import Ciphertext

log = logging.getLogger(__name__)

CALL_TIMEOUT_S = 8.0
"""For one call with its repeats. KMS answers in well under a second; all calls of a function must fit in 90 s."""

VERSIONS = "/cryptoKeyVersions/"

LIBRARY_ERRORS = (GoogleAPIError, GoogleAuthError)
"""Status answers and given-up repeats; no credentials."""

_DESTROYED = re.compile(r"state is: DESTROYED\b")
"""How KMS names the one state of a key version from which there is no way back. Any other wording is taken for a
state that ends: then a mail waits for hours instead of being given up at once.

Source: ``FAILED_PRECONDITION … is not enabled, current state is: DESTROYED.``, as quoted in
https://github.com/sethvargo/vault-on-gke/issues/56
"""

PAYLOAD_LOGGER = "google.cloud.kms_v1.services.key_management_service.transports.grpc"
"""At DEBUG this logger of the client library writes whole requests and answers, passcode included."""


class KmsCipher:
    """Encrypts and decrypts under one symmetric KMS key, ``projects/…/cryptoKeys/{key}``.

    The account needs only the half it uses (Encrypter or Decrypter). Old key versions open what they sealed: KMS
    finds the version in the ciphertext. Both calls are safe to repeat.
    """

    def __init__(
        self,
        key_name: str,
        client: kms_v1.KeyManagementServiceClient | None = None,
        *,
        timeout_s: float = CALL_TIMEOUT_S,
    ) -> None:
        logging.getLogger(PAYLOAD_LOGGER).setLevel(logging.WARNING)
        self._key_name = key_name
        self._client = client or kms_v1.KeyManagementServiceClient()
        self._options: dict[str, Any] = {
            "timeout": timeout_s,
            "retry": Retry(
                if_exception_type(ServiceUnavailable), initial=0.1, maximum=1.0, multiplier=2.0, timeout=timeout_s
            ),
        }

    def encrypt(self, plaintext: Secret, aad: bytes) -> Ciphertext:
        """Encrypt, bound to ``aad``; ``key_name`` of the result is the key version that was used.

        Raises:
            TransientError: ``KEY_SERVICE_UNAVAILABLE`` (no answer, or refused: a person may have to act) or
                ``KEY_SERVICE_CHECKSUM`` (retry).
        """
        outcome = self._seal(plaintext, aad)
        if isinstance(outcome, Ciphertext):
            return outcome
        raise outcome

    def decrypt(self, ciphertext: Ciphertext, aad: bytes) -> Secret:
        """Decrypt what was encrypted under the very same ``aad`` and a version of this key.

        KMS answers INVALID_ARGUMENT to a blob that does not open and to a request that was damaged on its way.
        A rejection is for good, so it is believed only when asking again brings it again.

        A key version that is disabled or about to be destroyed can be enabled again, so it rejects nothing: a mail
        that was given up for it would be lost for good. Nor does another key's name: it is this function's
        environment that is wrong then, and a person mends it.

        Raises:
            TransientError: ``KEY_SERVICE_UNAVAILABLE`` (also a disabled key version), ``KEY_SERVICE_CHECKSUM``, or
                ``KEY_MISMATCH``, with an alert: it was sealed under another key than ours (retry).
            PermanentError: ``CIPHERTEXT_REJECTED``: another aad, a changed blob, or a key version that is
                destroyed (ack).
        """
        if not ciphertext.blob or not ciphertext.key_name:
            raise _rejected()
        if ciphertext.key_name.partition(VERSIONS)[0] != self._key_name:
            log.error("sealed under another key", extra={"alert": "KEY_MISMATCH", "key": self._key_name})
            raise _mismatched()
        outcome = self._open(ciphertext.blob, aad)
        if isinstance(outcome, PermanentError):
            outcome = self._open(ciphertext.blob, aad)
        if isinstance(outcome, Secret):
            return outcome
        raise outcome

    def _seal(self, plaintext: Secret, aad: bytes) -> Ciphertext | TransientError:
        value = plaintext.reveal().encode()
        request = kms_v1.EncryptRequest(
            name=self._key_name,
            plaintext=value,
            plaintext_crc32c=_crc(value),
            additional_authenticated_data=aad,
            additional_authenticated_data_crc32c=_crc(aad),
        )
        try:
            answer = self._client.encrypt(request=request, **self._options)
        except LIBRARY_ERRORS as problem:
            return _unavailable(problem)
        intact = (
            answer.verified_plaintext_crc32c
            and answer.verified_additional_authenticated_data_crc32c
            and answer.ciphertext_crc32c == _crc(answer.ciphertext)
            and answer.name.startswith(self._key_name + VERSIONS)
        )
        return Ciphertext(bytes(answer.ciphertext), answer.name) if intact else _damaged()

    def _open(self, blob: bytes, aad: bytes) -> Secret | TransientError | PermanentError:
        request = kms_v1.DecryptRequest(
            name=self._key_name,
            ciphertext=blob,
            ciphertext_crc32c=_crc(blob),
            additional_authenticated_data=aad,
            additional_authenticated_data_crc32c=_crc(aad),
        )
        try:
            answer = self._client.decrypt(request=request, **self._options)
        except LIBRARY_ERRORS as problem:
            return _decrypt_error(problem)
        if answer.plaintext_crc32c != _crc(answer.plaintext):
            return _damaged()
        try:
            return Secret(answer.plaintext.decode())
        except ValueError:
            return _rejected()  # empty or not UTF-8: never sealed by ``encrypt``


def _crc(value: bytes) -> int:
    return int.from_bytes(google_crc32c.Checksum(value).digest(), "big")


def _decrypt_error(problem: Exception) -> TransientError | PermanentError:
    if isinstance(problem, FailedPrecondition) and _DESTROYED.search(str(problem)):
        return _rejected()
    if not isinstance(problem, InvalidArgument):
        return _unavailable(problem)
    words = str(problem).lower()
    return _damaged() if "checksum" in words or "crc32c" in words else _rejected()


def _unavailable(problem: Exception) -> TransientError:
    # The alert on refusals (infra/terraform/modules/watch/log_alerts.tf) looks for these words, as in the store's.
    return TransientError("KEY_SERVICE_UNAVAILABLE", f"the key service did not answer: {type(problem).__name__}")


def _damaged() -> TransientError:
    return TransientError("KEY_SERVICE_CHECKSUM", "Bytes to or from the key service were damaged on their way.")


def _mismatched() -> TransientError:
    return TransientError("KEY_MISMATCH", "The stored passcode was sealed under another key than this function's.")


def _rejected() -> PermanentError:
    return PermanentError("CIPHERTEXT_REJECTED", "The stored passcode does not open under this key and action.")
