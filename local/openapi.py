"""Writes the OpenAPI document of the HTTP API out of the route tables: ``python -m local.openapi FILE``.

``make openapi`` calls it, and a test compares ``docs/openapi.yaml`` with what it would write.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
import yaml

from shared.domain.action import Status
from shared.domain.resource_names import ID_PATTERN
from shared.runtime.routes import MAX_PAGE, Route, read_routes, reset_routes, reveal_routes
from shared.runtime.web import ERRORS, MAX_BODY_BYTES
from shared.services.ports import DEVICE_ORDERS

_VARIABLE = re.compile(r"<id:(\w+)>")

PARAMETERS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "query": ("Start of a user's name, an address, a model, a serial number or a device id.", {"type": "string"}),
    "orderBy": (
        "Order of the devices.",
        {"type": "string", "enum": list(DEVICE_ORDERS), "default": DEVICE_ORDERS[0]},
    ),
    "device": ("Name or id of a device.", {"type": "string"}),
    "status": ("Status of a reset.", {"type": "string", "enum": [status.value for status in Status]}),
    "actor": ("Address of who asked.", {"type": "string"}),
    "from": ("Asked for at this time (RFC 3339) or later.", {"type": "string"}),
    "to": ("Asked for before this time (RFC 3339).", {"type": "string"}),
    "pageSize": ("Rows of a page; more than the maximum is cut down.", {"type": "integer", "maximum": MAX_PAGE}),
    "pageToken": ("The `nextPageToken` of the page before.", {"type": "string"}),
}

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "status", "message", "details"],
            "properties": {
                "code": {"type": "integer"},
                "status": {"type": "string", "enum": sorted({status for _, status in ERRORS.values()})},
                "message": {"type": "string"},
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["@type", "reason", "domain", "metadata"],
                        "properties": {
                            "@type": {"type": "string"},
                            "reason": {"type": "string", "enum": sorted(ERRORS)},
                            "domain": {"type": "string"},
                            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
                        },
                    },
                },
            },
        }
    },
}


def all_routes() -> tuple[Route, ...]:
    """Return every route of the API; their handlers are never called here, so they get no services."""
    nothing = cast("Any", None)
    return (*reset_routes(nothing, nothing, nothing, nothing), *reveal_routes(nothing), *read_routes(nothing))


def document() -> dict[str, Any]:
    """Return the OpenAPI document as plain JSON values."""
    routes = all_routes()
    kinds = {kind for route in routes for kind in (route.answer, route.body) if kind}
    named = sorted(kinds, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(named, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(_VARIABLE.sub(r"{\1}", route.path), {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Passcode Reset",
            "version": "v1",
            "description": (
                "Resets passcodes of Android devices. Errors have the shape of google.rpc.Status with an ErrorInfo,"
                f" whose reason is stable. A body has at most {MAX_BODY_BYTES} bytes. What is unknown and what"
                " belongs to another enterprise is answered alike, by 404."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"identity": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**dict(sorted(schemas.items())), "Error": ERROR_SCHEMA},
            "responses": {"Error": _json("A refusal.", {"$ref": "#/components/schemas/Error"})},
            "securitySchemes": {"identity": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    variables = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{ID_PATTERN.pattern}$"},
        }
        for name in _VARIABLE.findall(route.path)
    ]
    queried = [
        {"name": name, "in": "query", "description": PARAMETERS[name][0], "schema": PARAMETERS[name][1]}
        for name in route.parameters
    ]
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "summary": route.summary,
        "parameters": [*variables, *queried],
        "responses": {
            "200": _json("Done.", _reference(route.answer)),
            "default": {"$ref": "#/components/responses/Error"},
        },
    }
    if route.body:
        operation["requestBody"] = {"content": {"application/json": {"schema": _reference(route.body)}}}
    return operation


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _reference(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def as_text() -> str:
    """Return the document as YAML, the same bytes each time."""
    head = "# Made from the route tables by `make openapi`; do not edit.\n"
    return head + yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(as_text(), encoding="utf-8")
