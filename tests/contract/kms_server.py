"""A small Cloud KMS: Encrypt and Decrypt of one symmetric key over gRPC on loopback, for the contract suite.

It does what the protocol's comments promise: key versions with states, associated data, CRC32C checks both ways.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import google_crc32c
import grpc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.cloud import kms_v1

KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/passcodes"
OTHER_KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/others"


def crc(value: bytes) -> int:
    return int.from_bytes(google_crc32c.Checksum(value).digest(), "big")


def flipped(value: bytes) -> bytes:
    """What a damaged line makes of ``value``."""
    return bytes([value[0] ^ 1]) + value[1:]


class KmsServer:
    """The service. ``faults`` are used up one a call, ``None`` meaning a good call.

    A fault is a status code to answer with, or a word: ``request`` (the payload is damaged on its way in), ``aad``
    (the associated data is), ``answer`` (the payload is damaged on its way back), ``unverified`` (the checksums of
    the request got lost), ``name`` (the answer names another key), ``empty`` and ``binary`` (what decrypt answers).
    """

    def __init__(self) -> None:
        self.keys = {KEY: [AESGCM(os.urandom(32))], OTHER_KEY: [AESGCM(os.urandom(32))]}
        self.states: dict[tuple[str, int], str] = {}
        self.faults: list[Any] = []
        self.calls = 0
        self._pool = ThreadPoolExecutor(4)
        self._server = grpc.server(self._pool)
        handlers = {
            "Encrypt": self._handler(self._encrypt, kms_v1.EncryptRequest, kms_v1.EncryptResponse),
            "Decrypt": self._handler(self._decrypt, kms_v1.DecryptRequest, kms_v1.DecryptResponse),
        }
        service = "google.cloud.kms.v1.KeyManagementService"
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        self._server.stop(0).wait()
        self._pool.shutdown()

    def rotate(self) -> None:
        self.keys[KEY].append(AESGCM(os.urandom(32)))

    @staticmethod
    def _handler(method: Callable[..., Any], request: Any, response: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(
            method, request_deserializer=request.deserialize, response_serializer=response.serialize
        )

    def _begin(self, request: Any, payload: str, context: grpc.ServicerContext) -> Any:
        """Return this call's fault, after checking the request as it arrived."""
        self.calls += 1
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, grpc.StatusCode):
            context.abort(fault, "as told")
        if fault == "request":
            setattr(request, payload, flipped(getattr(request, payload)))
        if fault == "aad":
            request.additional_authenticated_data = flipped(request.additional_authenticated_data)
        if request.name not in self.keys:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such key")
        for field in (payload, "additional_authenticated_data"):
            if getattr(request, f"{field}_crc32c") != crc(getattr(request, field)):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{field} does not match what was sent")
        return fault

    def _encrypt(self, request: Any, context: grpc.ServicerContext) -> Any:
        fault = self._begin(request, "plaintext", context)
        versions = self.keys[request.name]
        number, nonce = len(versions), os.urandom(12)
        sealed = versions[-1].encrypt(nonce, request.plaintext, request.additional_authenticated_data)
        blob = bytes([number]) + nonce + sealed
        name = OTHER_KEY if fault == "name" else request.name
        return kms_v1.EncryptResponse(
            name=f"{name}/cryptoKeyVersions/{number}",
            ciphertext=flipped(blob) if fault == "answer" else blob,
            ciphertext_crc32c=crc(blob),
            verified_plaintext_crc32c=fault != "unverified",
            verified_additional_authenticated_data_crc32c=fault != "unverified",
        )

    def _decrypt(self, request: Any, context: grpc.ServicerContext) -> Any:
        fault = self._begin(request, "ciphertext", context)
        plaintext = {"empty": b"", "binary": b"\xff\xfe"}.get(fault)
        if plaintext is None:
            plaintext = self._opened(request, context)
        return kms_v1.DecryptResponse(
            plaintext=flipped(plaintext) if fault == "answer" else plaintext, plaintext_crc32c=crc(plaintext)
        )

    def _opened(self, request: Any, context: grpc.ServicerContext) -> bytes:
        number, nonce, sealed = request.ciphertext[0], request.ciphertext[1:13], request.ciphertext[13:]
        state = self.states.get((request.name, number), "ENABLED")
        if state != "ENABLED":
            version = f"{request.name}/cryptoKeyVersions/{number}"
            text = f"{version} is not enabled, current state is: {state}."
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)
        try:
            key = dict(enumerate(self.keys[request.name], 1))[number]
            return key.decrypt(nonce, sealed, request.additional_authenticated_data)
        except (KeyError, ValueError, InvalidTag):
            self._refuse(context)

    @staticmethod
    def _refuse(context: grpc.ServicerContext) -> NoReturn:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "Decryption failed: the ciphertext is invalid.")
        raise AssertionError("abort raises")
