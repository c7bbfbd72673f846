"""What a run remembers for the next one, in the state bucket: which sign-up is open, which enterprise it became.

It lies in the cloud and not on a laptop, so that another operator can go on where one was interrupted. It holds no
secret: a sign-up's name is worth nothing without the token, and the token is never written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from urllib.parse import quote

from infra.bootstrap.context import Context
from infra.bootstrap.google_api import CallError
from infra.bootstrap.state_bucket import bucket_name
from infra.bootstrap.telling import NeedsYouError


@dataclass(slots=True)
class Record:
    """The memory of one environment.

    Attributes:
        signup_name: of the sign-up URL that is open, "" for none; likewise ``signup_url``.
        tested_topic: the topic on which AMAPI's test message was seen.
        admin: whom the first administrator was.
    """

    signup_name: str = ""
    signup_url: str = ""
    enterprise: str = ""
    tested_topic: str = ""
    admin: str = ""


def read(context: Context) -> Record:
    """Return what is remembered, an empty record where nothing is.

    Raises:
        NeedsYouError: there is no state bucket yet.
    """
    try:
        known = context.api.find("storage", _path(context), {"alt": "media"})
    except CallError as error:
        raise _unreadable(error) from error
    return Record(**{name: str((known or {}).get(name, "")) for name in asdict(Record())})


@contextmanager
def changing(context: Context) -> Iterator[Record]:
    """Read the record, let the block change it, and write it back, unless another run wrote meanwhile.

    Raises:
        NeedsYouError: another run wrote, or there is no bucket; nothing was written.
    """
    try:
        metadata = context.api.find("storage", _path(context))
    except CallError as error:
        raise _unreadable(error) from error
    before = read(context) if metadata else Record()
    after = Record(**asdict(before))
    yield after
    if after == before:
        return
    query = {"uploadType": "media", "name": _object(context)}
    query["ifGenerationMatch"] = str(metadata["generation"]) if metadata else "0"
    try:
        path = f"/upload/storage/v1/b/{bucket_name(context)}/o"
        context.api.call("storage", "POST", path, query, asdict(after))
    except CallError as error:
        if error.status == HTTPStatus.PRECONDITION_FAILED:
            raise NeedsYouError("Somebody else sets up this environment right now.", "Run it again.") from error
        raise _unreadable(error) from error


def _unreadable(error: CallError) -> Exception:
    """Return what to raise: where Google did not answer, or could not, there is nothing for a person to do."""
    busy = error.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
    if error.status == 0 or busy or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return error
    return NeedsYouError(
        f"The state bucket, which remembers the set-up, cannot be used. {error}", "Run the step state first."
    )


def _object(context: Context) -> str:
    return f"bootstrap/{context.options.env}.json"


def _path(context: Context) -> str:
    return f"/storage/v1/b/{bucket_name(context)}/o/{quote(_object(context), safe='')}"
