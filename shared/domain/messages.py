"""What travels on the bus: the name of an action, never a passcode, never an address (domain layer)."""

from dataclasses import dataclass, field
from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Message:
    """One message: JSON object ``data`` and string attributes."""

    data: Mapping[str, object]
    attributes: Mapping[str, str] = field(default_factory=dict)
