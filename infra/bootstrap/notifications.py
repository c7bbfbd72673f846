"""Step ``notifications``: AMAPI publishes to our topic, proven by a message that came.

AMAPI sends one message with the attribute ``notificationType: test`` when a topic is set, and says nothing where it
may not publish. So a pull subscription of our own is there before the topic is set, and gone afterwards. It leaves
COMMAND notifications out, for those may hold a passcode, and keeps what it takes for ten minutes at most.
Source: https://developers.google.com/android/management/notifications.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from infra.bootstrap import record
from infra.bootstrap.context import Context
from infra.bootstrap.deployment import check_publisher
from infra.bootstrap.enterprise import chosen, get
from infra.bootstrap.google_api import CallError, Json
from infra.bootstrap.telling import NeedsYouError
from infra.rights import AMAPI_PUBLISHER

TYPES = ("ENROLLMENT", "STATUS_REPORT", "COMMAND")
"""What ``handle_notification`` acts on."""
FILTER = 'attributes:notificationType AND attributes.notificationType != "COMMAND"'
LOOK_EVERY_S = 1.0
_NOTHING_YET = (0, 429, 500, 502, 503, 504)
"""Of a pull: Pub/Sub holds an empty one for up to the caller's deadline, then answers nothing, or 504.
Source: https://github.com/googleapis/python-pubsub/issues/9, https://github.com/googleapis/google-cloud-java/issues/3168.
"""
_KEEP = "600s"
"""Pub/Sub's shortest."""
_FORGET = "86400s"
"""Pub/Sub's shortest too: a subscription that a killed run left behind vanishes after a day."""


def run(context: Context) -> None:
    """Set topic and types of the enterprise, unless they are set and were seen to work."""
    name, topic = chosen(context), context.options.topic
    if not name:
        context.may(f"have the new enterprise notify {topic}, and wait for AMAPI's test message")
        return
    enterprise = get(context, name)
    if _is_set(enterprise, topic) and record.read(context).tested_topic == topic:
        context.tell.ok(f"{name} notifies {topic}; AMAPI's test message was seen")
        return
    _check_other_topic(context, enterprise)
    check_publisher(context)
    if not context.may(f"have {name} notify {topic}, and wait for AMAPI's test message"):
        return
    with _listening(context) as subscription:
        _patch(context, name, enterprise)
        context.tell.done(f"{name} notifies {topic}")
        _wait(context, subscription)
    with record.changing(context) as memory:
        memory.tested_topic = topic
    context.tell.ok("AMAPI's test message arrived")


def _is_set(enterprise: Json, topic: str) -> bool:
    return enterprise.get("pubsubTopic") == topic and set(TYPES) <= set(
        enterprise.get("enabledNotificationTypes", ())
    )


def _check_other_topic(context: Context, enterprise: Json) -> None:
    other = enterprise.get("pubsubTopic", "")
    if other and other != context.options.topic and not context.options.take_over_topic:
        raise NeedsYouError(
            f"{enterprise['name']} notifies {other} already. An enterprise has one topic: what listens there would "
            "hear nothing more.",
            "If nothing does: run again with --take-over-topic.",
        )


def _patch(context: Context, name: str, enterprise: Json) -> None:
    types = dict.fromkeys((*enterprise.get("enabledNotificationTypes", ()), *TYPES))
    context.api.call(
        "androidmanagement",
        "PATCH",
        f"/v1/{name}",
        {"updateMask": "pubsubTopic,enabledNotificationTypes"},
        {"pubsubTopic": context.options.topic, "enabledNotificationTypes": list(types)},
    )


@contextmanager
def _listening(context: Context) -> Iterator[str]:
    """Hold a subscription to the topic while the block runs; one left by a killed run is replaced."""
    path = f"/v1/projects/{context.options.project}/subscriptions/bootstrap-{context.options.env}"
    _delete(context, path)
    body: Json = {
        "topic": context.options.topic,
        "filter": FILTER,
        "ackDeadlineSeconds": 10,
        "messageRetentionDuration": _KEEP,
        "expirationPolicy": {"ttl": _FORGET},
    }
    context.api.call("pubsub", "PUT", path, body=body)
    try:
        yield path
    finally:
        _delete(context, path)


def _delete(context: Context, path: str) -> None:
    try:
        context.api.call("pubsub", "DELETE", path)
    except CallError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise


def _wait(context: Context, subscription: str) -> None:
    """Wait for a message of AMAPI's; any will do, for it proves that AMAPI may publish."""
    deadline = context.pace.now() + context.options.wait_s
    while not _heard(context, subscription):
        if context.pace.now() >= deadline:
            raise NeedsYouError(
                f"No test message came within {context.options.wait_s:.0f} s. The likely causes:",
                f"{AMAPI_PUBLISHER} got roles/pubsub.publisher only now: wait five minutes and run again.",
                f"The grant is missing: make deploy ENV={context.options.env}.",
                "An organisation policy took the grant back or forbids it "
                "(iam.allowedPolicyMemberDomains, iam.managed.allowedPolicyMembers): run the step project.",
                "The topic is in another project than the one that has AMAPI switched on.",
                "A VPC service perimeter around Pub/Sub keeps Google's account out.",
                "AMAPI sent it at an earlier run, unheard. Enrol a test phone while bootstrap waits: the "
                "message of that proves as much.",
                "To make the first administrator meanwhile: "
                f'make bootstrap ENV={context.options.env} ARGS="--only admin --admin ADDRESS"',
            )
        context.pace.sleep(LOOK_EVERY_S)


def _heard(context: Context, subscription: str) -> bool:
    try:
        answer = context.api.call("pubsub", "POST", f"{subscription}:pull", body={"maxMessages": 1})
    except CallError as error:
        if error.status not in _NOTHING_YET:
            raise
        return False
    return bool(answer.get("receivedMessages"))
