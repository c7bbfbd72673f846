"""Step ``services``: the APIs that must answer before Terraform can switch on the others."""

from collections.abc import Iterable

from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError
from infra.bootstrap.telling import NeedsYouError

BASE = (
    "serviceusage.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudbilling.googleapis.com",
    "orgpolicy.googleapis.com",
    "iam.googleapis.com",
    "storage.googleapis.com",
    "androidmanagement.googleapis.com",
    "pubsub.googleapis.com",
)
"""What the other steps and Terraform's first reads call; Terraform enables the rest. At most 20 a request."""
ENABLE_TIMEOUT_S = 300.0
"""Enabling takes seconds to two minutes."""
LOOK_EVERY_S = 3.0
_NOT_YOURS = (403, 404)
_NO_SUCH = ("CONSUMER_INVALID", "USER_PROJECT_DENIED")
"""What Google says of a project that calls shall be counted for. Source: google.api.ErrorReason."""


def run(context: Context) -> None:
    """Enable what is off, and wait until all is on."""
    project = context.options.project
    try:
        missing = _off(context)
    except CallError as error:
        if error.is_disabled:
            raise NeedsYouError(
                "The Service Usage API is off, so nothing else can be switched on.",
                f"gcloud services enable serviceusage.googleapis.com --project {project}",
            ) from error
        if error.status in _NOT_YOURS or error.reason in _NO_SUCH:
            raise NeedsYouError(
                f"Project {project} does not exist, or not for you. {error}",
                "Look at the name, which is the project's ID and not its number.",
                f"gcloud projects create {project}, or sign in with an account that may see it.",
            ) from error
        raise
    if not missing:
        context.tell.ok(f"{len(BASE)} APIs are on")
        return
    if not context.may(f"switch on {', '.join(missing)}"):
        return
    context.api.call(
        "serviceusage", "POST", f"/v1/projects/{project}/services:batchEnable", body={"serviceIds": list(missing)}
    )
    _wait(context, missing)
    context.tell.done(f"switched on {', '.join(missing)}")


def _off(context: Context) -> tuple[str, ...]:
    project = context.options.project
    names = [f"projects/{project}/services/{name}" for name in BASE]
    answer = context.api.call("serviceusage", "GET", f"/v1/projects/{project}/services:batchGet", {"names": names})
    on = {
        str(service.get("name", "")).rpartition("/")[2]
        for service in answer.get("services", ())
        if service.get("state") == "ENABLED"
    }
    return tuple(name for name in BASE if name not in on)


def _wait(context: Context, missing: Iterable[str]) -> None:
    """Wait for what is seen, not for the operation: activation is eventually consistent."""
    deadline = context.pace.now() + ENABLE_TIMEOUT_S
    while missing := _off(context):
        if context.pace.now() >= deadline:
            raise NeedsYouError(
                f"Still off after {ENABLE_TIMEOUT_S:.0f} s: {', '.join(missing)}.",
                "Wait a few minutes and run make bootstrap again.",
                "If it stays: the organisation may forbid the API (constraint gcp.restrictServiceUsage).",
            )
        context.pace.sleep(LOOK_EVERY_S)
