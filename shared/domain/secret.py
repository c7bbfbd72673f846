"""The wrapper around a plaintext passcode, and around text that contains one (domain layer)."""

import hmac
from typing import NoReturn


class Secret:
    """A string that cannot be printed, formatted, logged, pickled, copied or put into JSON by accident.

    ``repr`` says only that there is one, so that tracebacks and assertion messages stay readable. The one way
    to the value is ``reveal()``, which a reviewer can search for. Python cannot wipe a ``str`` from memory;
    what is promised is that the value does not leave it unasked.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not value:
            # An empty newPassword makes a phone drop its lock: it must not exist, here or anywhere.
            raise ValueError("a secret is never empty")
        self._value = value

    def reveal(self) -> str:
        """Return the plaintext; call it only where it goes straight to the phone, the mail or the reader."""
        return self._value

    def __repr__(self) -> str:
        return "<Secret>"

    def __str__(self) -> NoReturn:
        raise TypeError("a Secret has no text form; use reveal() where the value must leave")

    def __format__(self, _spec: str) -> NoReturn:
        raise TypeError("a Secret has no text form; use reveal() where the value must leave")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    __hash__ = None  # type: ignore[assignment]  # a hash would be a fingerprint of the value

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied")

    def __copy__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied")
