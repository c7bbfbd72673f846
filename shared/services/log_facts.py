"""What log lines tell of a reset in numbers: the facts that metrics are made of (service layer).

Few values each, so that a metric's labels stay few: no name of a person or a device, and a model's name is cut.
"""

from datetime import datetime

from shared.domain.action import Action, Status
from shared.domain.device import Device
from shared.domain.inert_text import inert

MAX_WORD = 60
"""Characters of a word that a phone's maker chose; the longest model names have half of that."""


def device_facts(device: Device | None) -> dict[str, str]:
    """Return model, Android version and management mode as the mirror has them; "" for what it has not."""
    if device is None:
        return {"model": "", "android_version": "", "management_mode": ""}
    version = device.android_version or (f"API {device.api_level}" if device.api_level else "")
    return {
        "model": inert(device.model, MAX_WORD),
        "android_version": inert(version, MAX_WORD),
        "management_mode": inert(device.management_mode, MAX_WORD),
    }


def time_facts(before: Action, after: Action) -> dict[str, float]:
    """Return how long it took from the request, in seconds, to what a commit made true.

    ``issue_s`` until AMAPI took the command, ``end_s`` until the end, whichever it is, and ``confirm_s`` until the
    device confirmed; each only on the line of the commit that it happened in.
    """
    facts = {}
    if after.issue_time and before.issue_time is None:
        facts["issue_s"] = seconds_between(after.create_time, after.issue_time)
    if after.ended and after.complete_time and after.status is not before.status:
        facts["end_s"] = seconds_between(after.create_time, after.complete_time)
        if after.status is Status.DONE:
            facts["confirm_s"] = facts["end_s"]
    return facts


def seconds_between(start: datetime, end: datetime) -> float:
    """Return the seconds, to the millisecond; never less than none, for two machines' clocks may disagree."""
    return max(0.0, round((end - start).total_seconds(), 3))
