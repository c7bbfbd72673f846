"""Step ``state``: the bucket of Terraform's state, and the file that tells Terraform of it."""

import re
from pathlib import Path

from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError, Json
from infra.bootstrap.telling import NeedsYouError

SOFT_DELETE_S = 30 * 86_400
"""A bucket or state deleted by mistake comes back for a month; Google's default is a week."""
LOCK_FILE = ".terraform.lock.hcl"
LOCK_COMMANDS = ("get", "providers lock -platform=linux_amd64 -platform=darwin_arm64")
"""Without the modules, which ``get`` finds, no provider is found either, and nothing is locked."""
_BUCKET_LINE = re.compile(r'^\s*bucket\s*=\s*"([^"]+)"', re.MULTILINE)
_TAKEN = (403, 409)


def run(context: Context) -> None:
    """Make the bucket or mend it, write ENV.backend, and look for Terraform's lock file."""
    name = bucket_name(context)
    found = _found(context, name)
    if found is None:
        _create(context, name)
    else:
        _check_owner(context, name, found)
        _mend(context, name, found)
    _write_backend(context, name)
    _compare_granted(context, name)
    _lock_file(context)


def bucket_name(context: Context) -> str:
    """Return the bucket's name: as asked, as ENV.backend says, or by the project.

    Raises:
        NeedsYouError: the flag and the file say different things.
    """
    asked, file = context.options.state_bucket, context.options.backend_file
    written = _BUCKET_LINE.search(file.read_text(encoding="utf-8")) if file.is_file() else None
    if written and asked and written[1] != asked:
        raise NeedsYouError(
            f"{file} names the bucket {written[1]}, --state-bucket names {asked}.",
            "State does not move by itself. Leave the flag out, or move the state and delete the file.",
        )
    return asked or (written[1] if written else f"{context.options.project}-tfstate")


def _found(context: Context, name: str) -> Json | None:
    try:
        return context.api.find("storage", f"/storage/v1/b/{name}")
    except CallError as error:
        if error.status in _TAKEN and not error.is_disabled:
            raise _taken(name, error) from error
        raise


def _taken(name: str, error: CallError) -> NeedsYouError:
    return NeedsYouError(
        f"The bucket {name} exists and is not yours to look at. {error}",
        "Names of buckets are shared by the whole world: choose one by --state-bucket NAME.",
        "If it is yours, ask for roles/storage.admin on its project.",
    )


def _create(context: Context, name: str) -> None:
    region = context.options.region
    if not region:
        file = context.options.variables_file
        raise NeedsYouError("Where shall the state bucket be?", f"Give --region, or region in {file}.")
    if not context.may(f"make the bucket {name} in {region} for Terraform's state"):
        return
    body: Json = {"name": name, "location": region, "storageClass": "STANDARD", **_wanted()}
    try:
        context.api.call("storage", "POST", "/storage/v1/b", {"project": context.options.state_project}, body)
    except CallError as error:
        if error.status in _TAKEN[1:]:
            raise _taken(name, error) from error
        raise
    context.tell.done(f"made the bucket {name}: versioned, never public, soft delete 30 days")


def _check_owner(context: Context, name: str, found: Json) -> None:
    """A bucket of another project would hand the state, and with it the environment, to strangers."""
    project = context.options.state_project
    owner = context.api.find("cloudresourcemanager", f"/v3/projects/{project}") or {}
    number = str(owner.get("name", "")).rpartition("/")[2]
    if str(found.get("projectNumber")) != number:
        raise NeedsYouError(
            f"The bucket {name} belongs to the project number {found.get('projectNumber')}, not to {project}.",
            "Choose another name by --state-bucket, or name its project by --state-project.",
        )


def _mend(context: Context, name: str, found: Json) -> None:
    wanted = {key: value for key, value in _wanted().items() if not _holds(found.get(key, {}), value)}
    if not wanted:
        context.tell.ok(f"bucket {name}: versioned, never public, with soft delete")
    elif context.may(f"set {', '.join(sorted(wanted))} of the bucket {name}"):
        context.api.call("storage", "PATCH", f"/storage/v1/b/{name}", body=wanted)
        context.tell.done(f"set {', '.join(sorted(wanted))} of the bucket {name}")


def _wanted() -> Json:
    return {
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": True},
            "publicAccessPrevention": "enforced",
        },
        "versioning": {"enabled": True},
        "softDeletePolicy": {"retentionDurationSeconds": str(SOFT_DELETE_S)},
    }


def _holds(found: object, wanted: object) -> bool:
    """Tell whether what was found has what is wanted; a longer soft delete is as good."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_holds(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, str) and wanted.isdigit():
        return str(found).isdigit() and int(str(found)) >= int(wanted)
    return found == wanted


def _write_backend(context: Context, name: str) -> None:
    file = context.options.backend_file
    content = f'bucket = "{name}"\nprefix = "{context.options.env}"\n'
    if file.is_file() and file.read_text(encoding="utf-8").strip():
        context.tell.ok(f"{_short(file)} names it")
    elif context.may(f"write {_short(file)}"):
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.draft")
        draft.write_text(content, encoding="utf-8")
        draft.replace(file)  # whole or not at all: half a file would be taken for one that is done
        context.tell.done(f"wrote {_short(file)}; commit it")


def _compare_granted(context: Context, name: str) -> None:
    if name != context.options.granted_bucket:
        file = _short(context.options.variables_file)
        context.tell.note(f'{file} needs state_bucket = "{name}": on that bucket the workflows get their rights.')


def _lock_file(context: Context) -> None:
    root = context.options.environments.parent
    if (root / LOCK_FILE).is_file():
        context.tell.ok(f"{LOCK_FILE} pins the providers")
        return
    context.tell.note(
        f"{LOCK_FILE} is missing: "
        + " && ".join(f"terraform -chdir={_short(root)} {command}" for command in LOCK_COMMANDS)
        + ", and commit it"
    )


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
