"""The device's lock: at most one action per device whose command may still run (domain layer)."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.timing import MAX_LOCK_ACTIONS


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A command ran, or may have run, although a newer reset exists: the passcode on the phone is in doubt."""

    action: str
    time: datetime
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceLock:
    """The lock document of a device; made by its first accepted reset and never deleted.

    Attributes:
        holder: the action that holds it, None where it is free.
        actions: newest last: actions whose passcode is, was or may come on the phone.
    """

    holder: str | None = None
    actions: tuple[str, ...] = ()
    uncertain: Uncertain | None = None
    revision: int = 1

    def taken_by(self, action: str) -> "DeviceLock":
        """Return the lock held by a newly accepted action."""
        return replace(self, holder=action, actions=(*self.actions, action)[-MAX_LOCK_ACTIONS:])

    @property
    def claimants(self) -> tuple[str, ...]:
        """The actions an unexplained command may belong to, likeliest first: the holder, then from the newest."""
        holder = (self.holder,) if self.holder else ()
        return tuple(dict.fromkeys((*holder, *reversed(self.actions))))

    def is_newest(self, action: str) -> bool:
        """Tell whether no later action was accepted."""
        return bool(self.actions) and self.actions[-1] == action

    def before(self, action: str) -> tuple[str, ...]:
        """Return the actions that were accepted before this one, oldest first."""
        return self.actions[: self.actions.index(action)] if action in self.actions else ()

    def without(self, action: str) -> "DeviceLock":
        """Return the lock that no longer remembers this action."""
        return replace(self, actions=tuple(name for name in self.actions if name != action))
