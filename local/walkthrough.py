"""One reset from request to e-mail, step by step, through the same doors that a person uses (laptop stack)."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.json_http import HttpError, Json, fetch
from local.seed import ENTERPRISE

ACTOR = "admin@example.com"

TIMEOUT_S = 60.0
"""A reset takes about a second here; a minute also bears one lost message and the timer that mends it."""

LOOK_EVERY_S = 0.1

MAX_DEVICES = 200
"""Where none of so many can be reset, the fleet is not a demo's."""

Say = Callable[[str], None]


class WalkError(Exception):
    """The reset did not go through; the message says where it stopped."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the walk goes: base addresses of the gateway, of AMAPI's simulator and of the inbox."""

    gateway: str
    amapi: str
    mail: str


class Walk:
    """The walk; ``run`` it once."""

    def __init__(self, addresses: Addresses, say: Say, timeout_s: float = TIMEOUT_S) -> None:
        self._at = addresses
        self._say = say
        self._timeout_s = timeout_s
        self._token = ""

    def run(self) -> None:
        """Reset the passcode of one phone and follow it.

        Raises:
            WalkError: any step failed, or the passcode in the mail does not open the phone.
        """
        try:
            self._token = fetch("GET", f"{self._at.gateway}/_local/token?email={ACTOR}")["token"]
            device = self._choose()
            action = self._request(device)
            action = self._follow(action)
            self._compare(action)
        except (HttpError, KeyError, TypeError) as fault:
            raise WalkError(f"{type(fault).__name__}: {fault}") from fault

    def _choose(self) -> Json:
        reachable = self._reachable()
        for device in self._devices():
            address = (device.get("user") or {}).get("email")
            if (
                not address
                or device.get("openAction")
                or (reachable is not None and device["name"] not in reachable)
            ):
                continue
            if self._api("GET", f"{device['name']}:checkReset")["eligible"]:
                self._say(f"Phone    {device['displayName']}  ({device['name']})")
                self._say(f"User     {device['user'].get('displayName', '')} <{address}>")
                return device
        raise WalkError("no phone can be reset: none is eligible, online, free and has a user with an address")

    def _devices(self) -> Iterator[Json]:
        token, seen = "", 0
        while seen < MAX_DEVICES:
            page = self._api("GET", f"{ENTERPRISE}/devices?pageSize=50&pageToken={token}")
            yield from page["devices"]
            seen += len(page["devices"])
            token = page.get("nextPageToken", "")
            if not token:
                return

    def _reachable(self) -> set[str] | None:
        """Return the names of phones that are online; None where AMAPI is no simulator and cannot be asked."""
        try:
            answer = fetch("GET", f"{self._at.amapi}/_sim/devices")
        except HttpError:
            return None
        phones = answer["devices"] if isinstance(answer, dict) else answer
        return {phone["name"] for phone in phones if phone.get("online")}

    def _request(self, device: Json) -> Json:
        body = {"requestId": str(uuid.uuid4()), "notifyUser": True, "reason": "Demonstration: forgot the passcode"}
        started = time.monotonic()
        action: Json = self._api("POST", f"{device['name']}:resetPasscode", body)
        self._say(f"Accepted in {1000 * (time.monotonic() - started):.0f} ms as {action['name']}")
        return action

    def _follow(self, action: Json) -> Json:
        shown = 0
        deadline = time.monotonic() + self._timeout_s
        while True:
            # The action is read before its history, so that the last look at the history misses no step.
            action = self._api("GET", action["name"])
            events = self._api("GET", f"{action['name']}/events?pageSize=200")["events"]
            for event in events[shown:]:
                self._say(_step(event, action["createTime"]))
            shown = len(events)
            if _is_through(action):
                return action
            if time.monotonic() >= deadline:
                raise WalkError(f"not through after {self._timeout_s:.0f} s: {_state(action)}")
            time.sleep(LOOK_EVERY_S)

    def _compare(self, action: Json) -> None:
        try:
            phone = fetch("GET", f"{self._at.amapi}/_sim/devices/{action['device'].rpartition('/')[2]}")
            letters = fetch("GET", f"{self._at.mail}/_inbox/messages")
        except HttpError as fault:
            self._say(f"The phone or the mailbox cannot be looked into from here: {fault}")
            return
        for delivery in action["deliveries"]:
            letter = _newest(letters, delivery["email"])
            if not _tells(letter["text"], phone["passcode"]):
                raise WalkError(f"the mail to {delivery['email']} does not hold the passcode of the phone")
            self._say(f'Mail to {delivery["email"]}: "{letter["subject"]}", passcode {_masked(phone["passcode"])}')
        self._say("The passcode in the mail opens the phone.")

    def _api(self, method: str, path: str, body: Json | None = None) -> Any:
        return fetch(method, f"{self._at.gateway}/v1/{path}", body, self._token)


def _is_through(action: Json) -> bool:
    """Tell whether the reset is done and every mail is out.

    Raises:
        WalkError: it ended otherwise.
    """
    states = [delivery["status"] for delivery in action["deliveries"]]
    if action["status"] not in {"PENDING", "ISSUED", "DONE"} or "FAILED" in states:
        raise WalkError(_state(action))
    return action["status"] == "DONE" and set(states) == {"SENT"}


def _state(action: Json) -> str:
    mails = ", ".join(f"{delivery['recipient']} {delivery['status']}" for delivery in action["deliveries"])
    return f"the action is {action['status']}, {action.get('statusReason')}; mails: {mails or 'none'}"


def _step(event: Json, since: str) -> str:
    elapsed = datetime.fromisoformat(event["time"]) - datetime.fromisoformat(since)
    details = " ".join(f"{key}={value}" for key, value in sorted(event.get("details", {}).items()))
    return f"  +{elapsed.total_seconds():6.3f} s  {event['type']:<12} {event['who']:<18} {details}".rstrip()


def _newest(letters: list[Json], address: str) -> Json:
    found = [letter for letter in letters if letter["to"] == address]
    if not found:
        raise WalkError(f"there is no mail to {address} in the inbox")
    return max(found, key=lambda letter: str(letter["receivedAt"]))


def _tells(text: str, passcode: str) -> bool:
    """Tell whether a line of the letter ends with the passcode, which is grouped by spaces there."""
    return bool(passcode) and any("".join(line.split()).endswith(passcode) for line in text.splitlines())


def _masked(passcode: str) -> str:
    """Return as many dots as the passcode has characters: a screen is no place for it, not even here."""
    return "•" * len(passcode)
