"""What the operator asks for: the command line, completed by the environment's Terraform variables."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from infra.bootstrap.variables_file import texts_of
from infra.rights import NOTIFICATIONS
from shared.domain.mail_address import is_plain_address
from shared.domain.rates import MAX_MOMENTS
from shared.domain.resource_names import enterprise_name
from shared.domain.settings import (
    DELIVER_LINK,
    DELIVER_PASSCODE,
    MAX_RETENTION_DAYS,
    MAX_VALID_FOR,
    MIN_RETENTION_DAYS,
    MIN_VALID_FOR,
    USUAL_READINGS_PER_PERSON,
    USUAL_RESETS_PER_HOUR,
    USUAL_RESETS_PER_PERSON,
    EnterpriseSettings,
)
from shared.services.languages import NAMES as LANGUAGES
from shared.services.languages import is_known

ENVIRONMENTS = Path(__file__).parents[1] / "terraform" / "environments"
DATABASE = "passcode-reset"
"""Terraform's default of ``firestore_database``."""
CALLBACK_URL = "https://localhost/enterprise-signed-up"
"""Where Google's form sends the browser with the token. Nothing listens there: the token stays in the address bar
of the person who signs up, from where it is pasted, and reaches no server and no log."""
TEST_WAIT_S = 120.0
"""AMAPI's test message comes within seconds; two minutes leave room for a grant that has just been made."""

MAX_NAME = 100
"""Of an enterprise, which the console shows in its head."""

_BEGINNING: Mapping[str, Any] = {
    "max_resets_per_person": USUAL_RESETS_PER_PERSON,
    "max_resets_per_hour": USUAL_RESETS_PER_HOUR,
    "max_readings_per_person": USUAL_READINGS_PER_PERSON,
}
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{1,19}")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Options:
    """One environment and what to do with it.

    Attributes:
        topic: full name of the topic of AMAPI's notifications.
        granted_bucket: the bucket of state on which Terraform gives the workflows their rights.
        enterprise: ``enterprises/{e}`` to use, "" to find or sign up one.
        store: ``firestore`` or ``sqlite:PATH``.
        only: the one step to run, "" for all.
    """

    env: str
    project: str
    region: str = ""
    project_number: str = ""
    scheduler_region: str = ""
    console_domain: str = ""
    database: str = DATABASE
    topic: str = ""
    enterprise: str = ""
    admin: str = ""
    settings: EnterpriseSettings = field(default_factory=EnterpriseSettings)
    state_bucket: str = ""
    granted_bucket: str = ""
    state_project: str = ""
    callback_url: str = CALLBACK_URL
    new_signup: bool = False
    take_over_topic: bool = False
    store: str = "firestore"
    only: str = ""
    dry_run: bool = False
    yes: bool = False
    wait_s: float = TEST_WAIT_S
    environments: Path = ENVIRONMENTS

    @property
    def backend_file(self) -> Path:
        """Terraform's partial backend of this environment."""
        return self.environments / f"{self.env}.backend"

    @property
    def variables_file(self) -> Path:
        """Terraform's variables of this environment."""
        return self.environments / f"{self.env}.tfvars"


def add_environment(parser: argparse.ArgumentParser) -> None:
    """Add what names an environment; every command has it."""
    parser.add_argument("--env", required=True, help="name of the environment, such as staging")
    parser.add_argument("--project", help="Google Cloud project (default: project_id of ENV.tfvars)")
    parser.add_argument("--database", help=f"Firestore database (default: ENV.tfvars, else {DATABASE})")
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS, help=argparse.SUPPRESS)


def setup_parser(steps: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of the guided set-up."""
    parser = argparse.ArgumentParser(prog="make bootstrap", description="First set-up; safe to run again.")
    add_environment(parser)
    parser.add_argument("--region", help="region of functions and state bucket (default: ENV.tfvars)")
    parser.add_argument("--admin", default="", help="address of the first administrator, as it signs in")
    parser.add_argument("--enterprise", default="", help="use this enterprise (LC…), sign up none")
    parser.add_argument("--topic", default=NOTIFICATIONS, help="topic of AMAPI's notifications")
    parser.add_argument("--state-bucket", default="", help="default: the one in ENV.backend, else PROJECT-tfstate")
    parser.add_argument("--state-project", default="", help="project of the state bucket, if it is another one")
    parser.add_argument("--callback-url", default=CALLBACK_URL, help="where the sign-up form sends the browser")
    parser.add_argument("--new-signup", action="store_true", help="forget an unfinished sign-up, begin a new one")
    parser.add_argument("--take-over-topic", action="store_true", help="replace a topic the enterprise has already")
    parser.add_argument("--wait", type=float, default=TEST_WAIT_S, help="seconds to wait for AMAPI's test message")
    parser.add_argument("--only", default="", choices=("", *steps), metavar="STEP", help=", ".join(steps))
    parser.add_argument("--dry-run", action="store_true", help="look at everything, change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask before the first change")
    add_settings(parser.add_argument_group("settings of a new enterprise (those of an existing one stay)"))
    return parser


def add_settings(group: argparse._ActionsContainer) -> None:
    """Add a flag for each setting an operator decides; one that is not given is None."""
    group.add_argument("--display-name", type=_name, help="as the console shows it")
    group.add_argument("--delivery", choices=(DELIVER_PASSCODE, DELIVER_LINK), help="what mails carry")
    days = _whole(MIN_RETENTION_DAYS, MAX_RETENTION_DAYS)
    kept = f"of a passcode, {MIN_RETENTION_DAYS} to {MAX_RETENTION_DAYS}"
    group.add_argument("--retention-days", type=days, metavar="DAYS", help=kept)
    group.add_argument(
        "--default-valid-for-s",
        type=_whole(*(int(bound.total_seconds()) for bound in (MIN_VALID_FOR, MAX_VALID_FOR))),
        metavar="SECONDS",
        help="how long a reset waits for its phone, unasked",
    )
    group.add_argument("--locale", type=_locale, help=f"of mails where a user has none: {', '.join(LANGUAGES)}")
    group.add_argument("--contact", help="whom members ask for rights: an address")
    limit = _whole(0, MAX_MOMENTS)
    group.add_argument("--max-resets-per-person", type=limit, metavar="N", help="in 10 minutes; 0: no limit")
    group.add_argument("--max-resets-per-hour", type=limit, metavar="N", help="by everybody together")
    group.add_argument("--max-readings-per-person", type=limit, metavar="N", help="of passcodes, in 10 minutes")


def _name(text: str) -> str:
    if not text.isprintable() or len(text) > MAX_NAME:
        raise argparse.ArgumentTypeError(f"one line of at most {MAX_NAME} characters")
    return text


def _locale(text: str) -> str:
    if not is_known(text):  # mails would be in English, and nobody told
        raise argparse.ArgumentTypeError(f"mails are written in {', '.join(LANGUAGES)}")
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:  # one beyond would be taken for the bound
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most}")
        return int(text)

    return number


def settings_of(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were given, by field of ``EnterpriseSettings``."""
    if asked.contact and not is_plain_address(asked.contact):
        parser.error("--contact is not one plain e-mail address")
    known = {field.name: getattr(asked, field.name, None) for field in fields(EnterpriseSettings)}
    return {name: value for name, value in known.items() if value is not None}


def setup_options(parser: argparse.ArgumentParser, arguments: Sequence[str], environ: Mapping[str, str]) -> Options:
    """Return what was asked for; ends the program with status 2 where it cannot be."""
    asked = parser.parse_args(arguments)
    known = environment_of(parser, asked)
    if asked.admin and not is_plain_address(asked.admin):
        parser.error("--admin is not one plain e-mail address")
    project, topic = known["project"], asked.topic
    return Options(
        env=asked.env,
        project=project,
        region=asked.region or known.get("region", ""),
        project_number=known.get("project_number", ""),
        scheduler_region=known.get("scheduler_region", "") or asked.region or known.get("region", ""),
        console_domain=known.get("console_domain", ""),
        database=known["database"],
        topic=topic if "/" in topic else f"projects/{project}/topics/{topic}",
        enterprise=enterprise_of(parser, asked.enterprise),
        admin=asked.admin,
        settings=EnterpriseSettings(**{**_BEGINNING, **settings_of(parser, asked)}),
        state_bucket=asked.state_bucket,
        granted_bucket=known.get("state_bucket", f"{project}-tfstate"),
        state_project=asked.state_project or project,
        callback_url=asked.callback_url,
        new_signup=asked.new_signup,
        take_over_topic=asked.take_over_topic,
        store=environ.get("STORE") or "firestore",
        only=asked.only,
        dry_run=asked.dry_run,
        yes=asked.yes,
        wait_s=asked.wait,
        environments=asked.environments,
    )


def environment_of(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> dict[str, str]:
    """Return the environment's variables with ``project`` and ``database``; flags go before the file."""
    if not _ENVIRONMENT.fullmatch(asked.env):
        parser.error("--env is 2 to 20 lower-case letters, digits and hyphens: make bootstrap ENV=staging")
    file = asked.environments / f"{asked.env}.tfvars"
    known = texts_of(file)
    if known.get("environment", asked.env) != asked.env:
        parser.error(f"{file} is of the environment {known['environment']}")
    project = asked.project or known.get("project_id", "")
    if not _PROJECT.fullmatch(project):
        parser.error(f"name the project: --project, or project_id in {file}")
    if known.get("project_id", project) != project:
        parser.error(f"--project is {project}, but {file} says {known['project_id']}")
    database = asked.database or known.get("firestore_database", DATABASE)
    return {**known, "project": project, "database": database}


def enterprise_of(parser: argparse.ArgumentParser, text: str) -> str:
    """Return ``enterprises/{e}`` of a name or an id, "" of nothing."""
    try:
        return enterprise_name(text.removeprefix("enterprises/")) if text else ""
    except ValueError:
        return parser.error("--enterprise is enterprises/{e} or its id, such as LC0123abcd")
