"""Devices and resets as lines for a person, all of them inert."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from passcodectl.address import last_part
from passcodectl.answers import Json
from passcodectl.inert import inert
from passcodectl.moments import local, parse_time

Paint = Callable[[object], str]

WIDTH = 79
"""Sentences are wrapped here: every terminal has eighty columns."""

IN_SECONDS, IN_MINUTES = 120, 7200
"""Below two minutes every tenth of a second tells something; below two hours, every minute."""

MEANINGS = {
    "PENDING": "accepted, waiting to be sent",
    "ISSUED": "sent, the phone has not answered yet",
    "DONE": "the phone acknowledged the new passcode",
    "FAILED": "nothing ran; the old passcode still works",
    "EXPIRED": "it can run no more; the old passcode still works",
    "CANCELLED": "nothing ran; the old passcode still works",
    "UNKNOWN": "nobody can tell whether it ran: a person must look",
}
"""Every status there is. Source: ``docs/openapi.yaml``."""

ENDS = frozenset(MEANINGS) - {"PENDING", "ISSUED"}
"""Statuses in which a reset has ended."""

_TITLES = len("Valid until  ")
"""What stands before a text at most."""

SILENT = "NO_ANSWER"
"""Reason of an EXPIRED reset that was sent and never answered: the phone may have run it and not told, and the
status can still become DONE. With every other reason of EXPIRED it is known that nothing ran."""

SILENT_MEANS = "it can run no more; should the old passcode fail, the new one was set"


def never_answered(action: Json) -> bool:
    """Tell whether the phone was silent to the end."""
    return action["status"] == "EXPIRED" and (action.get("statusReason") or {}).get("code") == SILENT


def person(user: Mapping[str, str] | None) -> str:
    """Return who holds a device, ``Ada Okonkwo <ada@example.com>``."""
    if not user:
        return "nobody known"
    name, email = user.get("displayName", ""), user.get("email", "")
    return inert(f"{name} <{email}>" if name and email else name or email or "nobody known")


def device_lines(device: Json, verdict: Json, status: Paint) -> list[str]:
    """Return a device and what a reset would meet."""
    running = device.get("openAction")
    system = f"Android {device.get('androidVersion')}, {_words(device.get('managementMode'))}"
    rows: list[tuple[str, str]] = [
        ("Device", inert(last_part(str(device["name"])))),
        ("", inert(device["displayName"])),
        ("User", person(device["user"])),
        ("System", inert(f"{system}, {_words(device.get('ownership'))}")),
        ("State", inert(f"{device.get('state')}, screen lock {_words(device.get('screenLock'))}")),
        ("Last seen", local(device.get("lastSeen"))),
    ]
    if running:
        rows.append(("Running", f"{inert(last_part(running['name']))} {status(running['status'])}"))
    if device.get("latestAction"):
        rows.append(("Last reset", inert(last_part(str(device["latestAction"])))))
    return [*fields(rows), "", *verdict_lines(verdict)]


def verdict_lines(verdict: Json) -> list[str]:
    """Return whether a reset would be accepted, what it changes, and all that stands against it."""
    told = ["A reset would be accepted." if verdict["eligible"] else "A reset would be refused:"]
    for each in verdict["blockers"]:
        told += _wrapped(f"- {each['message']} [{each['code']}]")
    if verdict["scopeSentence"]:
        told += _wrapped(verdict["scopeSentence"])
    if verdict.get("passcodeRule"):
        told += _wrapped(f"New passcode: {verdict['passcodeRule']}.")
    for each in verdict["warnings"]:
        told += _wrapped(f"- {each['message']}")
    return told


def action_lines(action: Json, status: Paint, program: str) -> list[str]:
    """Return a reset in full; ``program`` begins the command that reads its passcode."""
    word = str(action["status"])
    means = SILENT_MEANS if never_answered(action) else MEANINGS.get(word, "not known to this program")
    rows = [
        ("Reset", inert(last_part(str(action["name"])))),
        ("Device", inert(f"{last_part(str(action['device']))}, {action.get('deviceDisplayName')}")),
        ("User", person(action.get("user"))),
        ("Status", f"{status(word)}, {means}"),
    ]
    rows += [("", line) for line in textwrap.wrap(ended_because(action), WIDTH - _TITLES)]
    rows.append(("Asked", f"{local(action['createTime'])} by {inert(action.get('actor'))}"))
    if action.get("reason"):
        rows.append(("For", inert(action["reason"])))
    if action.get("completeTime"):
        rows.append(("Ended", local(action["completeTime"])))
    elif word not in ENDS:
        rows.append(("Valid until", local(action["expireTime"])))
    if action.get("cancelRequested") and word not in ENDS:
        rows.append(("", "it was asked to be withdrawn"))
    rows += [("Mail", mail(each)) for each in _letters(action)]
    if action.get("passcodeAvailable"):
        rows.append(("Passcode", f"{program} reveal {inert(last_part(str(action['name'])))} --reason …"))
    return fields(rows)


def ended_because(action: Json) -> str:
    """Return why a reset ended as it did, "" where nothing is told."""
    reason = action.get("statusReason") or {}
    code, message = inert(reason.get("code", "")), inert(reason.get("message", ""))
    return f"{message} [{code}]" if code and message else message or code


def mail(letter: Json) -> str:
    """Return one mail: to whom, and what became of it."""
    detail = letter.get("reason") if letter.get("status") == "FAILED" else letter.get("provider")
    return inert(f"{letter.get('status')} to {letter.get('email')}{f' ({detail})' if detail else ''}")


def event_line(event: Json, since: object, status: Paint) -> str:
    """Return one row of a history, its time as distance from the request."""
    begun, moment = parse_time(since), parse_time(event.get("time"))
    distance = moment - begun if begun and moment else timedelta(0)
    details = event.get("details") or {}
    told = " ".join(f"{inert(key)}={inert(value)}" for key, value in sorted(details.items()))
    kind = str(event.get("type", ""))
    gap = " " * max(1, 19 - len(inert(kind)))
    begin = f"{_distance(distance.total_seconds()):>9}  {status(kind)}{gap}"
    return f"{begin}{inert(event.get('who', ''))}  {told}".rstrip()


def fields(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Return titles and what belongs to them, one below the other."""
    widest = max(len(title) for title, _ in rows)
    return [f"{title:<{widest}}  {text}".rstrip() for title, text in rows]


def _letters(action: Json) -> list[Json]:
    """Return the mails of a reset; those with a passcode are never sent where it ended other than DONE."""
    notice, over = action.get("notice"), action["status"] in ENDS - {"DONE"}
    sent = [each for each in action.get("deliveries", []) if not (over and each.get("status") == "PENDING")]
    return [*sent, *([notice] if notice else [])]


def _distance(seconds: float) -> str:
    if seconds < IN_SECONDS:
        return f"+{seconds:.1f} s"
    return f"+{seconds / 60:.0f} min" if seconds < IN_MINUTES else f"+{seconds / 3600:.1f} h"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(inert(text), WIDTH, subsequent_indent="  ", break_long_words=False)


def _words(text: object) -> str:
    return str(text or "unknown").lower().replace("_", " ")
