"""Which function sees which variables: each exactly those that its one duty needs (laptop stack).

As in the cloud, where a function's account can read no other function's secret: what a function's configuration
does not name, it is not given.
"""

from collections.abc import Mapping

from shared.runtime.config import FUNCTIONS as NEEDS

HTTP_FUNCTIONS = ("console", "reset_passcode", "reveal_passcode", "poll_status", "sync_devices")
"""Answer ``GET /health``; the last two are called by the Scheduler."""

EVENT_FUNCTIONS = {
    "issue_command": "passcode-reset-requests",
    "notify": "passcode-reset-events",
    "handle_notification": "amapi-notifications",
}
"""Called by Pub/Sub only, with the topic that each is pushed from."""

FUNCTIONS = (*HTTP_FUNCTIONS, *EVENT_FUNCTIONS)

READ_BY_AN_SDK: Mapping[str, tuple[str, ...]] = {"notify": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
"""What no configuration names because the SDK reads it by itself."""


def audience_of(function: str) -> str:
    """Return the ``aud`` of the function's assertions, in the form of an IAP backend service."""
    return f"/projects/0/global/backendServices/{function.replace('_', '-')}"


def environment_of(function: str, facts: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of one function, out of ``facts`` about the whole stack; empty ones are left out."""
    own = {**facts, "IDENTITY_AUDIENCE": audience_of(function)}
    needed = NEEDS[function].all.union(READ_BY_AN_SDK.get(function, ()))
    return {name: own[name] for name in sorted(needed) if own.get(name)}
