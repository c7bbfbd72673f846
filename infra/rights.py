"""Who may do what, written down once: what the product promises, whatever Terraform says (deployment tooling).

Our checks compare the plan with this table, and the table with what the code can do. ``docs/iam.md`` is made from
the plan. To give a function another right, change this table, Terraform's, and say why in an ADR.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Key(StrEnum):
    """What an account may do with the passcodes' key; nobody may do both."""

    NONE = "none"
    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"


class Store(StrEnum):
    """What an account may do in the database; no function deletes."""

    READ = "read"
    WRITE = "read, create, update"


class Invoker(StrEnum):
    """Who calls a function: IAP's agent, or an account of its own."""

    IAP = "IAP's agent"
    PUSH = "its Pub/Sub account"
    TIMER = "its Scheduler account"


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one function's account.

    Attributes:
        amapi: may call the Android Management API, which has one permission that also wipes phones.
        publishes: names of topics.
        secrets: names of environment variables that hold a secret.
        besides: other members that may call the function.
    """

    store: Store
    invoker: Invoker
    key: Key = Key.NONE
    amapi: bool = False
    publishes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()


REQUESTS, EVENTS, NOTIFICATIONS = "passcode-reset-requests", "passcode-reset-events", "amapi-notifications"
"""The names that Terraform gives the topics (``local.topics`` of its root module)."""

UPTIME_CHECK = "serviceAccount:service-{number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
"""Monitoring asks the console's ``/health`` past IAP; every other route wants IAP's assertion."""

EXPECTED: Mapping[str, Rights] = {
    "reset_passcode": Rights(Store.WRITE, Invoker.IAP, Key.ENCRYPT, publishes=(REQUESTS,)),
    "issue_command": Rights(Store.WRITE, Invoker.PUSH, Key.DECRYPT, amapi=True, publishes=(EVENTS,)),
    "poll_status": Rights(Store.WRITE, Invoker.TIMER, amapi=True, publishes=(EVENTS, REQUESTS)),
    "handle_notification": Rights(Store.WRITE, Invoker.PUSH, amapi=True, publishes=(EVENTS,)),
    "notify": Rights(Store.WRITE, Invoker.PUSH, Key.DECRYPT, secrets=("SENDGRID_API_KEY",)),
    "sync_devices": Rights(Store.WRITE, Invoker.TIMER, amapi=True),
    "reveal_passcode": Rights(Store.WRITE, Invoker.IAP, Key.DECRYPT),
    "console": Rights(Store.READ, Invoker.IAP, besides=(UPTIME_CHECK,)),
}

AMAPI_PUBLISHER = "serviceAccount:android-cloud-policy@system.gserviceaccount.com"
"""AMAPI's own account, the same for every customer, publishes its notifications.

Source: https://developers.google.com/android/management/notifications
"""

PUSHED_FROM: Mapping[str, str] = {
    REQUESTS: "issue_command",
    EVENTS: "notify",
    NOTIFICATIONS: "handle_notification",
}
"""Topic → the function that its messages are pushed to."""

TIMERS: Mapping[str, str] = {"poll_status": "* * * * *", "sync_devices": "*/5 * * * *"}
"""Function → when Scheduler calls it. Faster passes over the devices would eat AMAPI's quota: a pass of 100,000 is
1,000 calls, as many as it allows in 100 seconds."""
