"""Topics and subscriptions: nothing expires, nothing is lost in silence, each call proves who calls."""

from collections.abc import Iterator

from infra.checks.evidence import Evidence, Resource, seconds
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import agent, grants, uri_of
from infra.checks.rights import PUBLISHER_ROLE, SUBSCRIBER_ROLE, TOKEN_ROLE, push_accounts
from infra.rights import AMAPI_PUBLISHER, NOTIFICATIONS, PUSHED_FROM

SUBSCRIPTION = "google_pubsub_subscription"
ACK_S = 600
"""The longest that Pub/Sub waits for a push; a function that runs on is called a second time meanwhile."""
BACKOFF = ("10s", "600s")
MAX_HINT_S = 3600
"""A notification of AMAPI may hold the new passcode in clear; the timer makes up for a lost one."""
MIN_KEPT_S = 86400
"""A message of ours holds no secret; kept for a day, somebody can find out why it was not taken."""


def _short(name: object) -> str:
    return str(name).rpartition("/")[2]


def _pushes(evidence: Evidence) -> list[Resource]:
    return [each for each in evidence.of(SUBSCRIPTION) if each.get("push_config")]


@check("bus.push", "Each topic is pushed to the function that infra/rights.py names for it, once.")
def push(evidence: Evidence) -> Iterator[Fault]:
    """Compare which function each topic is pushed to."""
    topics = {each.get("name") for each in evidence.of("google_pubsub_topic")}
    for topic, function in PUSHED_FROM.items():
        if topic not in topics:
            yield topic, "there is no such topic"
        ends = [
            each.block("push_config").get("push_endpoint") for each in _pushes(evidence) if _topic(each) == topic
        ]
        if ends != [uri_of(evidence, function)]:
            yield topic, f"is pushed to {ends}, not once to {function}"
    for each in _pushes(evidence):
        if _topic(each) not in PUSHED_FROM:
            yield each.address, f"pushes {_topic(each)}, which nobody is meant to get"


def _topic(subscription: Resource) -> str:
    return _short(subscription.get("topic"))


@check("bus.reader", "A topic is read whole, by its function's push alone; a person looks at dead letters.")
def reader(evidence: Evidence) -> Iterator[Fault]:
    """Find subscriptions that lead messages elsewhere, leave some out or change them on their way."""
    for each in evidence.of(SUBSCRIPTION):
        if _topic(each) in PUSHED_FROM and not each.get("push_config"):
            yield each.address, f"reads {_topic(each)} beside its function"
        for argument in ("bigquery_config", "cloud_storage_config", "filter", "message_transforms"):
            if each.get(argument):
                yield each.address, f"has a {argument}"
        if each.block("push_config").get("no_wrapper"):
            yield each.address, "pushes what is inside a message alone, which no function takes"


@check("bus.expiry", 'Write expiration_policy { ttl = "" }: by default 31 idle days delete a subscription (B7).')
def expiry(evidence: Evidence) -> Iterator[Fault]:
    """Find subscriptions that may expire."""
    for each in evidence.of(SUBSCRIPTION):
        policies = each.get("expiration_policy") or [{"ttl": "31 days by default"}]
        if policies[0].get("ttl") != "":
            yield each.address, f"expires: {policies[0].get('ttl')}"


@check("bus.audience", "Name the service's own address; unset, the audience is the push address with its path.")
def audience(evidence: Evidence) -> Iterator[Fault]:
    """Find pushes whose token is for something else than the function called."""
    for each in _pushes(evidence):
        target = each.block("push_config")
        token = each.block("push_config", "oidc_token")
        if not token.get("service_account_email"):
            yield each.address, "pushes without a token"
        if token.get("audience") != target.get("push_endpoint"):
            yield each.address, f"audience is {token.get('audience')}, address {target.get('push_endpoint')}"


@check("bus.ack", "600 s is the longest: a slower function is called a second time while the first still runs.")
def ack(evidence: Evidence) -> Iterator[Fault]:
    """Find short ack deadlines."""
    for each in evidence.of(SUBSCRIPTION):
        if each.get("ack_deadline_seconds") != ACK_S:
            yield each.address, f"ack deadline is {each.get('ack_deadline_seconds')} s"


@check("bus.retry", "10 s to 600 s: without it Pub/Sub repeats at once, and a fault becomes a flood.")
def retry(evidence: Evidence) -> Iterator[Fault]:
    """Find pushes without a growing pause."""
    for each in _pushes(evidence):
        policy = each.block("retry_policy")
        if (policy.get("minimum_backoff"), policy.get("maximum_backoff")) != BACKOFF:
            yield each.address, f"retry policy is {policy or 'missing'}"


@check("bus.dead-letter", "A message that cannot be taken is put aside, not repeated for ever and then dropped.")
def dead_letter(evidence: Evidence) -> Iterator[Fault]:
    """Find pushes of our own messages without a dead letter."""
    topics = {_short(each.get("id")) for each in evidence.of("google_pubsub_topic")}
    for each in _pushes(evidence):
        target = _short(each.block("dead_letter_policy").get("dead_letter_topic") or "")
        if _topic(each) != NOTIFICATIONS and target != f"{_topic(each)}-dead":
            yield each.address, f"dead letters go to {target or 'nowhere'}"
        if target and target not in topics:
            yield each.address, f"dead letters go to {target}, which is not made here"


@check("bus.dead-letter-kept", "A topic keeps nothing: without a subscription of its own a dead letter is gone.")
def dead_letter_kept(evidence: Evidence) -> Iterator[Fault]:
    """Find dead-letter topics that nobody listens to."""
    kept = {_topic(each) for each in evidence.of(SUBSCRIPTION) if not each.get("push_config")}
    for each in _pushes(evidence):
        target = _short(each.block("dead_letter_policy").get("dead_letter_topic") or "")
        if target and target not in kept:
            yield target, "has no pull subscription"


@check("bus.agent", "Without them no message is ever put aside and no push let in, and nothing says so.")
def agent_grants(evidence: Evidence) -> Iterator[Fault]:
    """Find dead letters that Pub/Sub's agent may not move, and pushes whose token it may not make."""
    member = agent(evidence, "pubsub")
    given = {(each.role, _short(each.target)) for each in grants(evidence) if each.member == member}
    for each in _pushes(evidence):
        target = _short(each.block("dead_letter_policy").get("dead_letter_topic") or "")
        for wanted in ((PUBLISHER_ROLE, target), (SUBSCRIBER_ROLE, str(each.get("name")))) if target else ():
            if wanted not in given:
                yield each.address, f"Pub/Sub's agent lacks {wanted[0]} on {wanted[1]}"
    for account in sorted(push_accounts(evidence)):
        if (TOKEN_ROLE, account) not in given:
            yield account, f"Pub/Sub's agent lacks {TOKEN_ROLE} on it"


@check("bus.kept", "Our own messages hold no secret: a day at least to find out why one was not taken.")
def kept(evidence: Evidence) -> Iterator[Fault]:
    """Find messages of ours that vanish within hours."""
    for each in evidence.of(SUBSCRIPTION):
        duration = seconds(each.get("message_retention_duration"))
        if _topic(each) != NOTIFICATIONS and duration < MIN_KEPT_S:
            yield each.address, f"keeps messages for {duration:.0f} s"


@check(
    "bus.hint", "AMAPI's notification may hold the new passcode in clear: an hour at most, no dead letter (B11)."
)
def hint(evidence: Evidence) -> Iterator[Fault]:
    """Find places where a notification lies longer than it must."""
    for each in evidence.of(SUBSCRIPTION):
        if _topic(each) == NOTIFICATIONS:
            duration = seconds(each.get("message_retention_duration"))
            if duration > MAX_HINT_S:
                yield each.address, f"keeps notifications for {duration:.0f} s (unset: 7 days)"
            if each.get("retain_acked_messages"):
                yield each.address, "keeps acknowledged notifications"
            if each.get("dead_letter_policy"):
                yield each.address, "puts notifications aside"
    for each in evidence.of("google_pubsub_topic"):
        if each.get("name") == NOTIFICATIONS and each.get("message_retention_duration"):
            yield each.address, "keeps notifications after they were delivered"


@check("bus.amapi", "Without this grant notifications stay away, without a word from AMAPI.")
def amapi_publishes(evidence: Evidence) -> Iterator[Fault]:
    """Find the missing right of AMAPI to publish."""
    given = [each for each in grants(evidence) if each.member == AMAPI_PUBLISHER]
    if not any((each.role, _short(each.target)) == (PUBLISHER_ROLE, NOTIFICATIONS) for each in given):
        yield NOTIFICATIONS, f"{AMAPI_PUBLISHER} may not publish"


@check("bus.place", "Name allowed_persistence_regions: a message may not lie wherever it was published.")
def place(evidence: Evidence) -> Iterator[Fault]:
    """Find topics whose messages may lie anywhere."""
    for each in evidence.of("google_pubsub_topic"):
        if not each.block("message_storage_policy").get("allowed_persistence_regions"):
            yield each.address, "has no message_storage_policy"


CHECKS: tuple[Check, ...] = (
    push,
    reader,
    expiry,
    audience,
    ack,
    retry,
    dead_letter,
    dead_letter_kept,
    agent_grants,
    kept,
    hint,
    amapi_publishes,
    place,
)
