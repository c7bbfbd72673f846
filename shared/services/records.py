"""Dataclasses to documents and back, and the one way to change a document (service layer).

msgspec knows the dataclasses by their annotations, so that a field is named once. Fields that a newer version
wrote are ignored, missing ones take their default.
"""

from collections.abc import Mapping
from dataclasses import Field, replace
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar, cast

import msgspec

from shared.services.ports import Document, Update


class Revised(Protocol):
    """A dataclass whose document counts the commits that changed it."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def revision(self) -> int:
        """Number of the commit that it is of."""


T = TypeVar("T")
R = TypeVar("R", bound=Revised)


def to_fields(value: object) -> dict[str, Any]:
    """Return the document of a dataclass; datetimes and bytes stay as they are."""
    return cast("dict[str, Any]", _listed(msgspec.to_builtins(value, builtin_types=(datetime, bytes))))


def from_fields(kind: type[T], fields: Mapping[str, Any]) -> T:
    """Return the dataclass of a document; ValidationError where it is not one."""
    return msgspec.convert(dict(fields), kind)


def from_document(kind: type[T], document: Document | None) -> T:
    """Return the dataclass of a document; one of nothing but defaults where there is no document."""
    return from_fields(kind, document.fields) if document else kind()


def changed_fields(before: object, after: object) -> dict[str, Any]:
    """Return the top-level fields of ``after`` that differ; None stands for a field that is gone."""
    old, new = to_fields(before), to_fields(after)
    return {key: value for key, value in new.items() if value != old[key]}


def update(document: Document, before: R, after: R) -> Update:
    """Return the write that makes a document, as read, into ``after``; it counts the revision (see ``Update``)."""
    counted = replace(after, revision=before.revision + 1)
    return Update(document.name, changed_fields(before, counted), document.version)


def _listed(value: Any) -> Any:
    """Return the value with every tuple as a list: a store knows one kind of sequence."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_listed(item) for item in value]
    return value
