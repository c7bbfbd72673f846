"""The small documents beside action, lock and device (service layer)."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.services.ports import Ciphertext


@dataclass(frozen=True, slots=True)
class StoredPasscode:
    """``enterprises/{e}/passcodes/{a}``; destroying it means overwriting the ciphertext.

    Attributes:
        expire_at: backstop for the store's own clean-up; ``purge_at`` of the action is what reads obey.
    """

    device: str
    expire_at: datetime
    ciphertext: bytes | None = None
    key_name: str = ""
    superseded_by: str | None = None
    destroyed_time: datetime | None = None
    reveal_count: int = 0
    revision: int = 1

    @property
    def sealed(self) -> Ciphertext | None:
        """The ciphertext as the decryptor wants it, None where it was destroyed."""
        return Ciphertext(self.ciphertext, self.key_name) if self.ciphertext else None


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """``enterprises/{e}/requests/{hash}``: which action a request id led to, and for which body."""

    action: str
    body_hash: str
    expire_at: datetime


@dataclass(frozen=True, slots=True)
class StoredQuiet:
    """``system/amapi``: no call to AMAPI before ``quiet_until``.

    Attributes:
        refused: until when there is no call about an enterprise that AMAPI refuses to us, by its id.
    """

    quiet_until: datetime
    reason: str
    revision: int = 1
    refused: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Member:
    """``enterprises/{e}/members/{email}``."""

    email: str = ""
    roles: tuple[str, ...] = ()
