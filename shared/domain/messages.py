"""What travels on the bus: the name of an action, never a passcode, never an address (domain layer)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """One message: JSON object ``data`` and string attributes."""

    data: Mapping[str, object]
    attributes: Mapping[str, str] = field(default_factory=dict)
