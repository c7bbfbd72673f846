"""``python -m infra.bootstrap COMMAND --env ENV …``: ``setup`` (the default), ``live-check``, ``add-member`` ….

Ends with 0 where nothing is left to do, 1 where Google or the store did not answer, 2 where the command line cannot
be understood, 3 where a person has to act first.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import google.auth
from google.auth.credentials import Credentials, CredentialsWithQuotaProject
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession

from infra.bootstrap import (
    deployment,
    enterprise,
    first_admin,
    live_check,
    members,
    notifications,
    preflight,
    project,
    services,
    state_bucket,
)
from infra.bootstrap.context import Context, Terminal
from infra.bootstrap.google_api import ENDPOINTS, URL_LOGGERS, Api, CallError
from infra.bootstrap.options import Options, setup_options, setup_parser
from infra.bootstrap.telling import NeedsYouError, Telling
from shared.domain.errors import PasscodeResetError
from shared.runtime.stores import UnusableStoreError, operator_store

DONE, FAILED, NEEDS_YOU = 0, 1, 3
SCOPES = (
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/androidmanagement",
    "https://www.googleapis.com/auth/userinfo.email",
)

STEPS: Mapping[str, tuple[ModuleType, str]] = {
    "preflight": (preflight, "this machine, and who you are"),
    "services": (services, "the APIs that everything else needs"),
    "project": (project, "the project, your rights, the organisation's policies"),
    "state": (state_bucket, "where Terraform keeps its state"),
    "deployment": (deployment, "what make deploy has made"),
    "enterprise": (enterprise, "the Android enterprise of this environment"),
    "notifications": (notifications, "AMAPI tells us what happens"),
    "admin": (first_admin, "the first administrator"),
}
"""In order; each has ``run(context)``."""


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ, **given: Any) -> int:
    """Run a command and return the exit status; ``given`` replaces fields of the ``Context`` (tests)."""
    tell: Telling = given.pop("tell", None) or Telling()
    command, rest = (
        (arguments[0], arguments[1:]) if arguments and arguments[0] in COMMANDS else ("setup", arguments)
    )
    try:
        COMMANDS[command](rest, environ, tell, **given)
    except NeedsYouError as stop:
        tell.needs_you(str(stop), stop.how)
    except (CallError, UnusableStoreError) as error:
        tell.needs_you(str(error), ["Nothing is lost: the same command goes on from here."])
        return FAILED
    except GoogleAuthError as error:
        tell.needs_you(
            f"The Google credentials do not work ({type(error).__name__}).", [f"Sign in: {preflight.LOGIN}"]
        )
        return FAILED
    except KeyboardInterrupt:
        tell.needs_you("Stopped.", ["Nothing is lost: the same command goes on from here."])
        return FAILED
    except PasscodeResetError as error:
        tell.needs_you(f"The store: {error.message}", ["Nothing is lost: the same command goes on from here."])
        return FAILED
    return NEEDS_YOU if tell.needs else DONE


def setup(arguments: Sequence[str], environ: Mapping[str, str], tell: Telling, **given: Any) -> None:
    """Go through the steps until one needs a person."""
    parser = setup_parser(tuple(STEPS))
    options = setup_options(parser, arguments, environ)
    context = Context(**{**_surroundings(options, tell, environ, given), **given})
    for name, (module, about) in STEPS.items():
        if options.only not in {"", name}:
            continue
        tell.step(name, about)
        if not _went_on(module, context):
            return
    if not tell.needs:
        tell.step("end", "nothing is left to do" if not options.only else f"step {options.only} is done")


def look(arguments: Sequence[str], environ: Mapping[str, str], tell: Telling, **given: Any) -> None:
    """Look at a deployed environment; changes nothing."""
    parser = setup_parser(tuple(STEPS))
    parser.prog = "python -m infra.bootstrap live-check"
    options = setup_options(parser, [*arguments, "--dry-run"], environ)
    door = given.pop("door", live_check.knock)
    live_check.run(Context(**{**_surroundings(options, tell, environ, given), **given}), door)


def _went_on(module: ModuleType, context: Context) -> bool:
    """Run a step; a dry run goes on where the step needs a person, for it changes nothing."""
    try:
        module.run(context)
    except NeedsYouError as stop:
        context.tell.needs_you(str(stop), stop.how)
    except CallError as error:
        if not context.options.dry_run:
            raise
        context.tell.note(f"It cannot be looked at yet. {error}")
    return context.options.dry_run or not context.tell.needs


def _surroundings(
    options: Options, tell: Telling, environ: Mapping[str, str], given: Mapping[str, Any]
) -> dict[str, Any]:
    where = members.store_environment(options.project, options.database, environ)
    found: dict[str, Any] = {
        "options": options,
        "tell": tell,
        "person": Terminal(),
        "store": partial(operator_store, where["STORE"], where),
    }
    if "api" not in given:
        found["api"], found["account"] = _google(options.project)
    return found


def _google(project_id: str) -> tuple[Api, str]:
    """Return the APIs with the operator's credentials, and the account where these tell it."""
    for name in URL_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        credentials, _ = google.auth.default(scopes=SCOPES, quota_project_id=project_id)
    except GoogleAuthError as error:
        raise NeedsYouError(
            "There are no Google credentials on this machine.", f"Sign in: {preflight.LOGIN}"
        ) from error
    named, nameless = (AuthorizedSession(_counted_for(credentials, project)) for project in (project_id, None))
    api = Api(named, ENDPOINTS, nameless)
    account = str(getattr(credentials, "service_account_email", ""))
    return api, account if "@" in account else ""


def _counted_for(credentials: Credentials, project_id: str | None) -> Credentials:
    """Return the credentials for calls that are counted for a project; the operator's login may name one itself."""
    if not isinstance(credentials, CredentialsWithQuotaProject):
        return credentials
    changed: Credentials = credentials.with_quota_project(project_id)
    return changed


COMMANDS: Mapping[str, Callable[..., None]] = {
    "setup": setup,
    "live-check": look,
    "add-member": members.add,
    "remove-member": members.remove,
    "change-settings": members.change_settings,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
