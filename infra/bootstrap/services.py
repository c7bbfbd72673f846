"""Step ``services``: the APIs that must answer before Terraform can switch on the others."""

from collections.abc import Iterable, Mapping

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
_PROBES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "androidmanagement": ("/v1/enterprises", ("projectId",)),
    "cloudbilling": ("/v1/projects/{project}/billingInfo", ()),
    "cloudresourcemanager": ("/v3/projects/{project}", ()),
    "orgpolicy": ("/v2/projects/{project}/constraints", ()),
    "pubsub": ("/v1/projects/{project}/topics", ()),
    "storage": ("/storage/v1/b", ("project",)),
}
"""Of each API that bootstrap calls itself: something to ask for, and which parameters name the project."""
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
    _wait_for_answers(context, missing)
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


def _wait_for_answers(context: Context, switched_on: Iterable[str]) -> None:
    """Wait until each API that was just switched on also answers: its servers learn of it later, up to minutes.

    Without this the next steps would take a refusal for an answer, and look at nothing.
    """
    deadline = context.pace.now() + ENABLE_TIMEOUT_S
    silent = [name.partition(".")[0] for name in switched_on if name.partition(".")[0] in _PROBES]
    while silent := [api for api in silent if _is_refused(context, api)]:
        if context.pace.now() >= deadline:
            raise NeedsYouError(
                f"Switched on, but not answering after {ENABLE_TIMEOUT_S:.0f} s: {', '.join(silent)}.",
                "Wait a few minutes and run make bootstrap again.",
            )
        context.pace.sleep(LOOK_EVERY_S)


def _is_refused(context: Context, api: str) -> bool:
    """Tell whether an API still calls itself switched off; any other answer will do."""
    path, query = _PROBES[api]
    project = context.options.project
    try:
        context.api.find(api, path.format(project=project), dict.fromkeys(query, project))
    except CallError as error:
        return error.is_disabled
    return False


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
