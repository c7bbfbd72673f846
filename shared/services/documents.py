"""What a document's name and fields may be: the part of the store port that no store may loosen (service layer).

Firestore refuses some values, misreads others, and silently rounds a few; the embedded store would take them all.
Both check here first, so that a fault is found on the laptop and not in the cloud. A breach is a fault of the
program and no outcome of a request: it raises ``ValueError`` or ``TypeError``, whose text names the field and
never its value.

Source: https://cloud.google.com/firestore/quotas (names, nesting); ``FieldPath`` of google-cloud-firestore.
"""

import math
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.services.ports import Delete, Fields, Update, Write

# A dot in a top-level name would be read as a path into a map by an update.
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_RESERVED = re.compile(r"__.*__", re.DOTALL)
_INT64_MAX = 2**63 - 1


def check_writes(writes: Sequence[Write]) -> None:
    """Check that the writes can be stored as they stand by every store.

    Raises:
        ValueError, TypeError: a name or a value is outside the port's rules; nothing was written.
    """
    names = [write.name for write in writes]
    if len(set(names)) != len(names):
        raise ValueError("a commit writes a document once")
    for write in writes:
        check_name(write.name)
        if isinstance(write, Delete):
            continue
        if isinstance(write, Update) and not write.fields:
            raise ValueError("an update sets at least one field")
        check_fields(write.fields)


def check_name(name: str) -> None:
    """Check that ``name`` is ``collection/id``, nested to any depth.

    Raises:
        ValueError: it is not.
    """
    segments = name.split("/")
    if len(segments) % 2 or any(
        not segment or segment in {".", ".."} or _RESERVED.fullmatch(segment) for segment in segments
    ):
        raise ValueError("not the name of a document")


def check_fields(fields: Fields) -> None:
    """Check names and values of top-level fields and of everything in them.

    Raises:
        ValueError, TypeError: a field is outside the port's rules.
    """
    for field, value in fields.items():
        if not _FIELD.fullmatch(field):
            raise ValueError("not a field name")
        _check_value(value, field, in_list=False)


def collection_of(name: str) -> tuple[str, str]:
    """Return the parent document's name ("" at the root) and the collection's id.

    ``enterprises/e/actions/a`` gives ``("enterprises/e", "actions")``.
    """
    *parent, collection, _ = name.split("/")
    return "/".join(parent), collection


def without_none(fields: Fields) -> dict[str, Any]:
    """Return the fields without those that are None at the top level."""
    return {field: value for field, value in fields.items() if value is not None}


def _check_value(value: object, where: str, *, in_list: bool) -> None:
    match value:
        case None | bool():
            return
        case str():
            value.encode()  # a lone surrogate has no UTF-8 form: UnicodeEncodeError is a ValueError
        case bytes():
            return
        case int() | float() | datetime():
            _check_scalar(value, where)
        case list() | tuple():  # a tuple is stored, and read again, as a list
            if in_list:
                raise ValueError(f"{where}: Firestore takes no list directly in a list")
            for item in value:
                _check_value(item, where, in_list=True)
        case dict():
            _check_map(value, where)
        case _:
            raise TypeError(f"{where}: a document holds no {type(value).__name__}")


def _check_scalar(value: object, where: str) -> None:
    match value:
        case datetime() if value.utcoffset() is None:
            raise ValueError(f"{where}: a time needs a time zone")
        case float() if not math.isfinite(value):
            raise ValueError(f"{where}: not a finite number")
        case int() if not -_INT64_MAX - 1 <= value <= _INT64_MAX:
            raise ValueError(f"{where}: beyond 64 bits")


def _check_map(value: dict[Any, Any], where: str) -> None:
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"{where}: keys are text")
        if not key or _RESERVED.fullmatch(key):
            raise ValueError(f"{where}: an empty or reserved key")
        key.encode()
        _check_value(item, where, in_list=False)
