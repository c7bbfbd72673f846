"""Opens the store that a setting names (runtime layer)."""

from collections.abc import Mapping
from pathlib import Path

from shared.domain.errors import TransientError
from shared.services.ports import Store

DEFAULT_DATABASE = "(default)"
"""Firestore's own name for a project's first database."""


class UnusableStoreError(Exception):
    """The store of an operator's command cannot be used; the message says why and what to do."""


def open_store(where: str, project: str, database: str = DEFAULT_DATABASE) -> Store:
    """Open ``sqlite:PATH`` or ``firestore``; the SDK is loaded only if used."""
    if where.startswith("sqlite:"):
        from shared.adapters.sqlite import SqliteStore  # noqa: PLC0415  # only the chosen store is loaded

        return SqliteStore(where.removeprefix("sqlite:"))
    from shared.adapters.firestore import FirestoreStore  # noqa: PLC0415  # the SDK takes a third of a second

    return FirestoreStore(project, database)


def place_of(where: str, environ: Mapping[str, str]) -> str:
    """Return in words where an operator's command writes."""
    if where.startswith("sqlite:"):
        return where.removeprefix("sqlite:")
    return f"project {environ.get('GOOGLE_CLOUD_PROJECT', '')}, database {_database(environ)}"


def operator_store(where: str, environ: Mapping[str, str]) -> Store:
    """Open the store of an operator's command: a file has to exist, for a typing error must not make a new one.

    Args:
        where: ``sqlite:PATH``, or ``firestore`` with ``GOOGLE_CLOUD_PROJECT`` and ``FIRESTORE_DATABASE``.
        environ: the environment.

    Raises:
        UnusableStoreError: no such store.
    """
    project = environ.get("GOOGLE_CLOUD_PROJECT", "")
    if where.startswith("sqlite:"):
        if not Path(where.removeprefix("sqlite:")).is_file():
            raise UnusableStoreError(
                f"There is no {where.removeprefix('sqlite:')}. Run make demo once, or set STORE."
            )
    elif not (where == "firestore" and project):
        raise UnusableStoreError("STORE is sqlite:PATH, or firestore together with GOOGLE_CLOUD_PROJECT.")
    try:
        return open_store(where, project, _database(environ))
    except TransientError as error:
        raise UnusableStoreError(f"The store cannot be used: {error.message}") from error


def _database(environ: Mapping[str, str]) -> str:
    return environ.get("FIRESTORE_DATABASE", DEFAULT_DATABASE)
