"""Follows a reset until it has ended, and says what that means for the exit code."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from passcodectl import moments
from passcodectl.address import last_part
from passcodectl.answers import Json
from passcodectl.api import Api
from passcodectl.errors import CtlError, UnavailableError
from passcodectl.exits import Exit
from passcodectl.moments import duration, local, parse_time
from passcodectl.views import ENDS, ended_because, never_answered

FIRST_LOOK_S = 0.5
SLOWER = 0.1
SLOWEST_S = 15.0
"""Looks are a tenth of the time waited apart, from half a second to a quarter of a minute: quick while someone
watches, and a wait of an hour is some 250 requests."""

OUTCOMES = {"DONE": Exit.DONE, "UNKNOWN": Exit.UNKNOWN}
"""Every other end is ``ENDED_OTHERWISE``."""


@dataclass
class Follower:
    """Follows one reset.

    Attributes:
        show: called with each new row of the history, oldest first.
        note: told that the API does not answer for now.
    """

    api: Api
    show: Callable[[Json], None]
    note: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def until_ended(self, action: Json, wait_s: float) -> Json:
        """Return the action as it ended, or as it is when the time is over.

        An API that does not answer does not end the wait: the reset goes on meanwhile.

        Raises:
            UnavailableError: the time is over, and the last look failed.
            CtlError: the right to look was taken away, or the reset is not found.
        """
        started, shown, action_id = self.clock(), 0, last_part(str(action["name"]))
        seen: Json | None = None
        while True:
            waited = self.clock() - started
            try:
                # The action is read before its history, so that the last look at the history misses no step.
                action = self.api.action(action_id, wait_s - waited)
                if action != seen:
                    shown = self._show_new(action_id, shown, wait_s - waited)
                    seen = action
            except UnavailableError as fault:
                waited = self.clock() - started
                if waited >= wait_s:
                    raise
                self.note(f"{fault.message} The reset goes on; still looking.")
            if action["status"] in ENDS or waited >= wait_s:
                return action
            self.pause(max(0.05, min(max(FIRST_LOOK_S, SLOWER * waited), SLOWEST_S, wait_s - waited)))

    def _show_new(self, action_id: str, shown: int, patience_s: float) -> int:
        history = list(self.api.events(action_id, patience_s))
        for event in history[shown:]:
            self.show(event)
        return max(shown, len(history))


def outcome(action: Json, waited_s: float, program: str) -> None:
    """Return where the reset is done.

    ``program`` begins the commands that are told (``Ctl.program``).

    Raises:
        CtlError: it ended otherwise, or has not ended.
    """
    status, action_id = str(action["status"]), last_part(str(action["name"]))
    facts = {"action": str(action["name"]), "status": status}
    if status not in ENDS:
        raise CtlError(
            Exit.STILL_RUNNING,
            f"{status} after {duration(waited_s)}. {_how_long(action['expireTime'])}",
            reason="STILL_RUNNING",
            hint=how_to_go_on(action_id, program),
            facts=facts,
        )
    code = OUTCOMES.get(status, Exit.ENDED_OTHERWISE)
    if code is not Exit.DONE:
        because = ended_because(action)
        told = f"The reset ended {status}{f': {because}' if because else ''}. {_consequence(action)}"
        raise CtlError(code, told, reason=status, facts=facts)


def how_to_go_on(action_id: str, program: str) -> tuple[str, ...]:
    """Return what to do about a reset that is not watched any more."""
    return (f"Follow it: {program} status {action_id} --wait", f"Stop it:   {program} cancel {action_id}")


def _how_long(expire_time: object) -> str:
    end = parse_time(expire_time)
    if end is None or end > moments.now():
        return f"The reset goes on until {local(expire_time)}."
    return f"It could run until {local(expire_time)}; whether it did is still being found out."


def _consequence(action: Json) -> str:
    if action["status"] == "UNKNOWN":
        return "It may have run: try the new passcode, then the old one. If neither opens it, reset it again."
    if never_answered(action):
        return "The phone never answered. Should the old passcode fail, the new one was set: reveal it."
    return "The old passcode still works."
