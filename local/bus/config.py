"""Which topics exist and where their messages are pushed (laptop stack)."""

import re
from urllib.parse import urlsplit

import msgspec

ACK_DEADLINE_S = 600.0
"""Pub/Sub's longest, as deployed: a push request may last so long before it counts as failed."""

MIN_BACKOFF_S, MAX_BACKOFF_S = 10.0, 600.0
"""As deployed; the smaller before the first redelivery, then doubled each time, up to the larger."""

MAX_ATTEMPTS = 100
"""As deployed: with the backoff above about 16 hours, longer than an outage should last."""

RETENTION_S = 7 * 86400.0
"""As deployed, and Pub/Sub's default: then an undelivered message is dropped."""

CONCURRENCY = 4
"""Deliveries at a time to one subscription: the threads that a deployed push function has."""

_TOPIC = re.compile(r"projects/([A-Za-z0-9-]+)/topics/([A-Za-z][A-Za-z0-9._~+%-]{2,254})")
_SUBSCRIPTION = re.compile(r"projects/[A-Za-z0-9-]+/subscriptions/[A-Za-z][A-Za-z0-9._~+%-]{2,254}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Subscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A push subscription.

    ``topic`` is ``projects/{p}/topics/{t}``; ``endpoint`` the base URL of the function, on loopback. ``name``
    defaults to ``projects/{p}/subscriptions/{t}-push``: it is what undelivered messages are kept under, so it must
    not change between runs, while the endpoint may. Without ``dead_letter`` (a topic) deliveries are tried until
    ``retention_s`` is over; with it, ``max_attempts`` times.
    """

    topic: str
    endpoint: str
    name: str = ""
    ack_deadline_s: float = ACK_DEADLINE_S
    min_backoff_s: float = MIN_BACKOFF_S
    max_backoff_s: float = MAX_BACKOFF_S
    max_attempts: int = MAX_ATTEMPTS
    dead_letter: str | None = None
    retention_s: float = RETENTION_S
    concurrency: int = CONCURRENCY

    def __post_init__(self) -> None:
        """Fill in the name and check the rest; raises ValueError."""
        if not self.name:
            msgspec.structs.force_setattr(self, "name", default_name(self.topic))
        for faulty, message in (
            (not is_topic(self.topic), f"not a topic: {self.topic!r}"),
            (not _SUBSCRIPTION.fullmatch(self.name), f"not a subscription: {self.name!r}"),
            (not _is_loopback(self.endpoint), f"not an http URL on loopback: {self.endpoint!r}"),
            (self.dead_letter is not None and not is_topic(self.dead_letter), "dead_letter is not a topic"),
            (self.dead_letter == self.topic, "dead_letter is the topic itself"),
            (self.ack_deadline_s <= 0 or self.retention_s <= 0, "times are above zero"),
            (not 0 <= self.min_backoff_s <= self.max_backoff_s, "min_backoff_s is at most max_backoff_s"),
            (self.max_attempts < 1 or self.concurrency < 1, "max_attempts and concurrency are at least 1"),
        ):
            if faulty:
                raise ValueError(message)

    @property
    def push_url(self) -> str:
        """Where messages are posted: functions-framework takes an event's source from this form of path."""
        return push_url(self.endpoint, self.topic)

    def backoff_s(self, attempts: int) -> float:
        """Seconds from the failure of attempt number ``attempts`` (from 1) to the next one."""
        doubled: float = self.min_backoff_s * 2.0 ** min(attempts - 1, 64)
        return min(doubled, self.max_backoff_s)


class BusConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All subscriptions, and topics that have none (what is published there is taken and dropped)."""

    subscriptions: tuple[Subscription, ...] = ()
    topics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check what concerns several entries; raises ValueError."""
        names = [subscription.name for subscription in self.subscriptions]
        if len(set(names)) != len(names):
            raise ValueError("two subscriptions have one name; name those of the same topic")
        if not all(map(is_topic, self.topics)):
            raise ValueError("topics are named projects/{p}/topics/{t}")

    def all_topics(self) -> frozenset[str]:
        """Every topic that may be published to."""
        dead_letters = {each.dead_letter for each in self.subscriptions if each.dead_letter}
        return frozenset(self.topics) | {each.topic for each in self.subscriptions} | dead_letters

    def of(self, topic: str) -> list[Subscription]:
        """Return the subscriptions of a topic."""
        return [subscription for subscription in self.subscriptions if subscription.topic == topic]


def parse(text: str | bytes) -> BusConfig:
    """Read ``{"subscriptions": [{"topic", "endpoint", …}], "topics": ["…"]}``.

    Raises:
        ValueError: the text is no such JSON; the message says where.
    """
    return msgspec.json.decode(text, type=BusConfig)


def push_url(endpoint: str, topic: str) -> str:
    """Return ``{endpoint}/projects/{p}/topics/{t}``."""
    return f"{endpoint.rstrip('/')}/{topic}"


def is_topic(name: str) -> bool:
    """Tell whether ``name`` is a well-formed topic name."""
    return _TOPIC.fullmatch(name) is not None


def default_name(topic: str) -> str:
    """Return the name of a topic's only subscription, "" where the topic is none."""
    match = _TOPIC.fullmatch(topic)
    return f"projects/{match[1]}/subscriptions/{match[2]}-push" if match else ""


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    plain = not (parts.query or parts.fragment or parts.username)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK and plain
