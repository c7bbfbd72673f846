"""Dataclasses to documents and back (service layer).

msgspec knows the dataclasses by their annotations, so that a field is named once. Fields that a newer version
wrote are ignored, missing ones take their default.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")


def to_fields(value: object) -> dict[str, Any]:
    """Return the document of a dataclass; datetimes and bytes stay as they are."""
    return cast("dict[str, Any]", _listed(msgspec.to_builtins(value, builtin_types=(datetime, bytes))))


def from_fields(kind: type[T], fields: Mapping[str, Any]) -> T:
    """Return the dataclass of a document; ValidationError where it is not one."""
    return msgspec.convert(dict(fields), kind)


def changed_fields(before: object, after: object) -> dict[str, Any]:
    """Return the top-level fields of ``after`` that differ; None stands for a field that is gone."""
    old, new = to_fields(before), to_fields(after)
    return {key: value for key, value in new.items() if value != old[key]}


def _listed(value: Any) -> Any:
    """Return the value with every tuple as a list: a store knows one kind of sequence."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_listed(item) for item in value]
    return value
