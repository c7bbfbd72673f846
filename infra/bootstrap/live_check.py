"""``live-check``: looks at a deployed environment from outside and by Google's APIs, and changes nothing.

What it cannot see: whether a mail arrives, whether a phone obeys. A reset of a pilot phone shows both.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import requests

from infra.bootstrap.context import Context
from infra.bootstrap.deployment import may_publish
from infra.bootstrap.enterprise import chosen, get
from infra.bootstrap.google_api import CallError, Json
from infra.bootstrap.notifications import TYPES
from infra.rights import EVENTS, EXPECTED, NOTIFICATIONS, REQUESTS, TIMERS, Invoker
from shared.runtime.config import FUNCTIONS

Door = Callable[[str, str], tuple[int, str]]
"""Sends a request without credentials and follows nothing: method, URL → status, Location ("" for none)."""

WEB = frozenset(function for function, rights in EXPECTED.items() if rights.invoker is Invoker.IAP)
JOBS = tuple(function.replace("_", "-") for function in TIMERS)
TOPICS = (REQUESTS, EVENTS, NOTIFICATIONS)
DEAD = (REQUESTS, EVENTS)
"""Topics with a dead letter; AMAPI's has none, for its messages may hold a passcode."""
KEY = "keyRings/passcode-reset/cryptoKeys/passcodes"
PUBLIC = ("allUsers", "allAuthenticatedUsers")
MAX_BACKUP_AGE = timedelta(hours=36)
"""Daily backups come up to 26 hours apart; no metric of Cloud Monitoring tells the age of one."""

_SIGN_IN = "https://accounts.google.com/"
_DOOR_TIMEOUT_S = 20.0

Finding = tuple[bool, str]
"""Whether it is right, and the sentence that should be true."""


def knock(method: str, url: str) -> tuple[int, str]:
    """Send one request without credentials; status 0 where nobody answers."""
    try:
        answer = requests.request(method, url, timeout=_DOOR_TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        return 0, type(error).__name__
    return answer.status_code, answer.headers.get("Location", "")


def run(context: Context, door: Door = knock) -> None:
    """Tell of each thing whether it is as it should be."""
    for about, findings in (
        ("the door", _door(context, door)),
        ("functions", _functions(context)),
        ("timers", _timers(context)),
        ("subscriptions", _subscriptions(context)),
        ("key and database", _store(context)),
        ("backups", _backups(context)),
        ("AMAPI", _amapi(context)),
    ):
        context.tell.step("live-check", about)
        try:
            for right, sentence in findings:
                _told(context, sentence, right=right)
        except CallError as error:
            context.tell.needs_you(f"It cannot be looked at. {error}")


def _told(context: Context, sentence: str, *, right: bool) -> None:
    if right:
        context.tell.ok(sentence)
    else:
        context.tell.needs_you(f"Not so: {sentence}")


def _door(context: Context, door: Door) -> Iterator[Finding]:
    domain = context.options.console_domain
    if not domain:
        context.tell.note(f"Not looked at: console_domain is not in {context.options.variables_file}.")
        return
    secure, plain = f"https://{domain}", f"http://{domain}"
    status, location = door("GET", f"{secure}/")
    yield (
        (status, location.startswith(_SIGN_IN)) == (HTTPStatus.FOUND, True),
        f"GET {secure}/ without a session leads to Google's sign-in ({status})",
    )
    for method, path in (
        ("GET", "/v1/enterprises/none/devices"),
        ("POST", "/v1/enterprises/none/devices/none:resetPasscode"),
        ("POST", "/v1/enterprises/none/passcodes/none:reveal"),
    ):
        status, _ = door(method, secure + path)
        turned_away = {HTTPStatus.FOUND, HTTPStatus.UNAUTHORIZED} if method == "GET" else {HTTPStatus.UNAUTHORIZED}
        yield status in turned_away, f"{method} {path} without a session is turned away ({status})"
    status, location = door("GET", f"{plain}/")
    moved = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
    yield status in moved and location.startswith("https://"), f"{plain} leads to https ({status})"


def _functions(context: Context) -> Iterator[Finding]:
    options = context.options
    for function in FUNCTIONS:
        name = function.replace("_", "-")
        path = f"/v2/projects/{options.project}/locations/{options.region}/services/{name}"
        service = context.api.find("run", path)
        if service is None:
            yield False, f"{name} is deployed"
            continue
        ready = service.get("terminalCondition", {}).get("state") == "CONDITION_SUCCEEDED"
        yield ready, f"{name} is ready"
        reach = "INTERNAL_LOAD_BALANCER" if function in WEB else "INTERNAL_ONLY"
        yield service.get("ingress") == f"INGRESS_TRAFFIC_{reach}", f"{name} is reached by {reach.lower()} alone"
        policy = context.api.call("run", "GET", f"{path}:getIamPolicy")
        yield not _is_public(policy), f"{name} is open to nobody unknown"


def _is_public(policy: Json) -> bool:
    return any(member in PUBLIC for binding in policy.get("bindings", ()) for member in binding.get("members", ()))


def _timers(context: Context) -> Iterator[Finding]:
    options = context.options
    for name in JOBS:
        path = f"/v1/projects/{options.project}/locations/{options.scheduler_region}/jobs/{name}"
        job = context.api.find("cloudscheduler", path) or {}
        yield job.get("state") == "ENABLED", f"the timer {name} is on"
        yield (
            "lastAttemptTime" in job and not job.get("status", {}).get("code"),
            f"the timer {name} ran, and its last run ended well",
        )


def _subscriptions(context: Context) -> Iterator[Finding]:
    for name in (*(f"{topic}-push" for topic in TOPICS), *(f"{topic}-dead-pull" for topic in DEAD)):
        found = context.api.find("pubsub", f"/v1/projects/{context.options.project}/subscriptions/{name}") or {}
        yield found.get("state") == "ACTIVE", f"the subscription {name} is active"
        yield (
            bool(found) and not found.get("expirationPolicy", {"ttl": "31 days"}).get("ttl"),
            f"{name} never expires",
        )


def _store(context: Context) -> Iterator[Finding]:
    options = context.options
    key = context.api.find("cloudkms", f"/v1/projects/{options.project}/locations/{options.region}/{KEY}") or {}
    yield key.get("primary", {}).get("state") == "ENABLED", "the key's primary version is enabled"
    yield "rotationPeriod" in key, "the key rotates"
    path = f"/v1/projects/{options.project}/databases/{options.database}"
    database = context.api.find("firestore", path) or {}
    protection = database.get("deleteProtectionState")
    yield (
        protection == "DELETE_PROTECTION_ENABLED",
        f"the database {options.database} cannot be deleted by accident",
    )
    recovery = database.get("pointInTimeRecoveryEnablement")
    yield recovery == "POINT_IN_TIME_RECOVERY_ENABLED", "the database can be put back to any minute of a week"


def _backups(context: Context) -> Iterator[Finding]:
    options = context.options
    database = f"projects/{options.project}/databases/{options.database}"
    listed = context.api.find("firestore", f"/v1/projects/{options.project}/locations/-/backups") or {}
    ready = [each for each in listed.get("backups", ()) if (each["database"], each["state"]) == (database, "READY")]
    newest = max((datetime.fromisoformat(each["snapshotTime"]) for each in ready), default=None)
    fresh = newest is not None and datetime.now(UTC) - newest <= MAX_BACKUP_AGE
    hours = int(MAX_BACKUP_AGE / timedelta(hours=1))
    yield fresh, f"a backup of {options.database} is less than {hours} hours old (newest: {newest or 'none'})"


def _amapi(context: Context) -> Iterator[Finding]:
    name = chosen(context)
    if not name:
        yield False, "this environment has an enterprise"
        return
    enterprise = get(context, name)
    yield enterprise.get("pubsubTopic") == context.options.topic, f"{name} notifies {context.options.topic}"
    yield set(TYPES) <= set(enterprise.get("enabledNotificationTypes", ())), f"{name} notifies {', '.join(TYPES)}"
    policy = context.api.call("pubsub", "GET", f"/v1/{context.options.topic}:getIamPolicy")
    yield may_publish(policy) and not _is_public(policy), "AMAPI may publish to it, and nobody unknown may"
