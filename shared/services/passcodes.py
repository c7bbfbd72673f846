"""Sealing and opening a passcode, bound to its action (service layer)."""

from shared.domain.action import Action
from shared.domain.errors import PermanentError
from shared.domain.passcode_binding import binding
from shared.domain.resource_names import enterprise_of
from shared.domain.secret import Secret
from shared.services.ports import Ciphertext, Decryptor, Document, Encryptor
from shared.services.records import from_fields
from shared.services.stored import StoredPasscode


def seal(encryptor: Encryptor, passcode: Secret, device_name: str, action_name: str) -> Ciphertext:
    """Encrypt a passcode so that it opens only for this action and device.

    Raises:
        TransientError: the key service did not answer (retry).
    """
    return encryptor.encrypt(passcode, binding(enterprise_of(action_name), device_name, action_name))


def unseal(decryptor: Decryptor, document: Document | None, action: Action) -> Secret:
    """Decrypt the stored passcode of an action.

    Raises:
        PermanentError: ``PASSCODE_DESTROYED``, or ``CIPHERTEXT_REJECTED`` (ack).
        TransientError: the key service did not answer, or this function was given another key (retry).
    """
    sealed = from_fields(StoredPasscode, document.fields).sealed if document else None
    if sealed is None:
        raise PermanentError("PASSCODE_DESTROYED", "The passcode of this reset has been destroyed.")
    aad = binding(enterprise_of(action.name), action.device_name, action.name)
    return decryptor.decrypt(sealed, aad)
