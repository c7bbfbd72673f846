"""Between the port's documents and the SDK's (adapter layer).

The SDK hands out times as a subclass of ``datetime`` that carries nanoseconds and compares, prints and subtracts
unlike its parent; the port promises plain ones.
"""

from datetime import UTC, datetime
from typing import Any

from google.cloud.firestore import DELETE_FIELD, DocumentSnapshot

from shared.services.ports import Document, Fields


def document_of(snapshot: DocumentSnapshot) -> Document:
    """Return the port's document of an existing snapshot; its update time is the version, nanoseconds and all."""
    return Document(snapshot.reference.path, plain(snapshot.to_dict()), snapshot.update_time)


def plain(value: Any) -> Any:
    """Return the value in built-in types; times as aware UTC with microseconds."""
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=UTC)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def changes(fields: Fields) -> dict[str, Any]:
    """Return an update's fields as the SDK wants them: None at the top level means that the field goes."""
    return {field: DELETE_FIELD if value is None else value for field, value in fields.items()}
