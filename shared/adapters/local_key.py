"""Encryption with a key in a file, for one laptop (adapter of ``Encryptor`` and ``Decryptor``).

It promises what Cloud KMS promises to the services: a passcode opens only under the key and the associated data
that it was sealed with. It does not protect against who can read the key file, so it is refused in the cloud.
"""

import hashlib
import logging
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.domain.errors import PermanentError, TransientError
from shared.domain.secret import Secret
from shared.services.ports import Ciphertext

log = logging.getLogger(__name__)

KEY_BYTES = 32
"""AES-256."""

NONCE_BYTES = 12
"""96 bits, GCM's native size. Random: NIST allows 2**32 messages under one key, a laptop makes thousands.

Source: NIST SP 800-38D, 8.3.
"""

TAG_BYTES = 16
"""GCM's full tag; shorter ones weaken it."""

HEADER = b"lkey\x01"
"""Magic and layout version; sealed as associated data too, so it cannot be changed unseen."""

OTHERS_MAY_TOUCH = stat.S_IRWXG | stat.S_IRWXO
"""Mode bits a key file must not have: it is as secret as all passcodes together."""


class LocalKeyCipher:
    """AES-256-GCM under the key of a file, which is made if it is missing.

    Blob: ``HEADER | nonce | ciphertext and tag``. ``Ciphertext.key_name`` is ``local/`` and a fingerprint of the
    key, so a replaced key file is told from a changed blob. Safe to use from several threads and to repeat: each
    encryption draws a fresh nonce.
    """

    def __init__(self, path: str | Path) -> None:
        """Read the key, or make it.

        Raises:
            ValueError: the file is no regular file, has another size than 32 bytes, or others may read it.
            OSError: it can be neither read nor made.
        """
        key = _load_or_create(Path(path))
        self._aead = AESGCM(key)
        self.key_name = f"local/{hashlib.sha256(b'key name of ' + key).hexdigest()[:16]}"

    def encrypt(self, plaintext: Secret, aad: bytes) -> Ciphertext:
        """Encrypt, bound to ``aad``."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._aead.encrypt(nonce, plaintext.reveal().encode(), HEADER + aad)
        return Ciphertext(HEADER + nonce + sealed, self.key_name)

    def decrypt(self, ciphertext: Ciphertext, aad: bytes) -> Secret:
        """Decrypt what was encrypted under the very same ``aad``.

        Raises:
            TransientError: ``KEY_MISMATCH``, with an alert: it was sealed under another key than ours; the right
                key file may be put back (retry).
            PermanentError: ``CIPHERTEXT_REJECTED``: another aad or a changed blob (ack).
        """
        start = len(HEADER)
        nonce, sealed = ciphertext.blob[start : start + NONCE_BYTES], ciphertext.blob[start + NONCE_BYTES :]
        well_formed = ciphertext.blob.startswith(HEADER) and len(sealed) > TAG_BYTES
        if not ciphertext.key_name or not well_formed:
            raise _rejected()
        if ciphertext.key_name != self.key_name:
            log.error("sealed under another key", extra={"alert": "KEY_MISMATCH", "key": self.key_name})
            raise _mismatched()
        try:
            return Secret(self._aead.decrypt(nonce, sealed, HEADER + aad).decode())
        except InvalidTag:
            raise _rejected() from None


def _mismatched() -> TransientError:
    return TransientError("KEY_MISMATCH", "The stored passcode was sealed under another key than this key file's.")


def _rejected() -> PermanentError:
    return PermanentError("CIPHERTEXT_REJECTED", "The stored passcode does not open under this key and action.")


def _load_or_create(path: Path) -> bytes:
    try:
        return _load(path)
    except FileNotFoundError:
        _create(path)
        return _load(path)


def _load(path: Path) -> bytes:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"key file {path}: not a regular file")
        if status.st_mode & OTHERS_MAY_TOUCH:
            raise ValueError(f"key file {path}: others may use it, set its mode to 0600")
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise ValueError(f"key file {path}: a key has exactly {KEY_BYTES} bytes")
    return key


def _create(path: Path) -> None:
    """Make the key file whole or not at all; of several racing processes one wins and all read its key.

    The key is written to a private file first and linked into place, for linking fails where the name exists and
    no reader can ever see half a key.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        _link_unless_there(draft, path)
    finally:
        draft.unlink()


def _link_unless_there(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return  # another process was first: its key counts
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
