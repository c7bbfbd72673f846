"""Step ``deployment``: whether Terraform has been applied, as far as the next steps build on it."""

from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError, Json
from infra.bootstrap.telling import NeedsYouError
from infra.rights import AMAPI_PUBLISHER

PUBLISHER = "roles/pubsub.publisher"


def run(context: Context) -> None:
    """Look for the notification topic, AMAPI's right to publish to it, and the database."""
    topic, env = context.options.topic, context.options.env
    if context.api.find("pubsub", f"/v1/{topic}") is None:
        raise NeedsYouError(
            f"There is no {topic}: this environment is not deployed yet.",
            f"make plan ENV={env}, read it, then make deploy ENV={env}",
            f"make bootstrap ENV={env} again goes on from here",
        )
    context.tell.ok(f"topic {topic}")
    check_publisher(context)
    _database(context)


def check_publisher(context: Context) -> None:
    """Look whether AMAPI may publish.

    Raises:
        NeedsYouError: it may not.
    """
    policy = context.api.call("pubsub", "GET", f"/v1/{context.options.topic}:getIamPolicy")
    if not may_publish(policy):
        raise NeedsYouError(
            f"AMAPI may not publish to {context.options.topic}: {AMAPI_PUBLISHER} lacks {PUBLISHER}.",
            f"make deploy ENV={context.options.env} grants it.",
            "If it does not, an organisation policy forbids it: run the step project.",
        )
    context.tell.ok("AMAPI may publish to it")


def is_granted(context: Context) -> bool:
    """Tell whether AMAPI may publish, as far as that can be looked at; False where nothing is deployed yet."""
    try:
        return may_publish(context.api.call("pubsub", "GET", f"/v1/{context.options.topic}:getIamPolicy"))
    except CallError:
        return False


def may_publish(policy: Json) -> bool:
    """Tell whether a topic's IAM policy lets AMAPI publish."""
    return any(
        binding.get("role") == PUBLISHER and AMAPI_PUBLISHER in binding.get("members", ())
        for binding in policy.get("bindings", ())
    )


def _database(context: Context) -> None:
    options = context.options
    if options.store != "firestore":
        context.tell.note(f"The store is {options.store} (STORE), not Firestore.")
    elif context.api.find("firestore", f"/v1/projects/{options.project}/databases/{options.database}") is None:
        raise NeedsYouError(
            f"There is no Firestore database {options.database} in {options.project}.",
            "make deploy makes it; another one is named by --database or firestore_database.",
        )
    else:
        context.tell.ok(f"Firestore database {options.database}")
