"""AMAPI's methods and JSON schemas, converted from the discovery document that the client library ships.

Discovery is no JSON Schema: nothing is required, nothing is forbidden, and formats are names. The conversion
forbids unknown properties, keeps enums, and turns formats into patterns, so that a wrong field, a duration as a
number or an enum word of our own making is refused as AMAPI would refuse it.

Source: https://developers.google.com/discovery/v1/type-format and the file
``googleapiclient/discovery_cache/documents/androidmanagement.v1.json``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

Json = dict[str, Any]

TYPE_PREFIX = "type.googleapis.com/google.android.devicemanagement.v1."
_FORMATS: Mapping[str, Json] = {
    "int64": {"pattern": r"^-?\d{1,19}$"},
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "google-duration": {"pattern": r"^-?\d{1,12}(\.\d{1,9})?s$"},
    "google-datetime": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.(\d{3}|\d{6}|\d{9}))?Z$"},
    "google-fieldmask": {"pattern": r"^[A-Za-z0-9_.]+(,[A-Za-z0-9_.]+)*$"},
    "byte": {"pattern": r"^[A-Za-z0-9+/_=-]*$"},
}


@dataclass(frozen=True, slots=True)
class Method:
    """One AMAPI method: its short id (``enterprises.devices.get``), its URL and the schemas of both bodies."""

    id: str
    http_method: str
    path: re.Pattern[str]
    query: Mapping[str, Json]
    request: str
    response: str


@cache
def discovery() -> Json:
    """Return the whole discovery document."""
    documents = resources.files("googleapiclient") / "discovery_cache" / "documents"
    document: Json = json.loads((documents / "androidmanagement.v1.json").read_text("utf-8"))
    return document


@cache
def methods() -> tuple[Method, ...]:
    """Return all methods of AMAPI, also those that the simulator only knows by name."""
    return tuple(_methods_of(discovery()["resources"]))


def find(http_method: str, path: str) -> tuple[Method, tuple[str, ...]] | None:
    """Return the method of a URL path and the ids in it, None where AMAPI has no such method."""
    for method in methods():
        match = method.path.fullmatch(path)
        if match and method.http_method == http_method:
            return method, match.groups()
    return None


def flaws(schema: str, value: object) -> list[str]:
    """Return what is wrong with a body of the named schema, in words; [] where nothing is.

    The words name the place and the rule, never the value.
    """
    found = _validator(schema).iter_errors(value)
    return [
        f"{'.'.join(str(part) for part in error.absolute_path) or 'body'}: {error.validator}" for error in found
    ]


def query_flaws(method: Method, query: Mapping[str, list[str]]) -> list[str]:
    """Return what is wrong with the query parameters of a call."""
    known = {**discovery()["parameters"], **method.query}
    unknown = [f"{name}: unknown parameter" for name in query if name not in known]
    values = [(name, value, known[name]) for name in query if name in known for value in query[name]]
    return unknown + [f"{name}: not a valid value" for name, value, rule in values if not _fits(value, rule)]


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": _definitions()})


@cache
def _definitions() -> Json:
    converted = {name: _converted(schema) for name, schema in discovery()["schemas"].items()}
    operation = converted["Operation"]["properties"]
    # Both are free objects in discovery; issueCommand's description pins what they hold.
    operation["metadata"] = _typed(converted["Command"], "Command")
    operation["response"] = _typed({"properties": {}}, "IssueCommandResponse")
    return converted


def _typed(schema: Json, name: str) -> Json:
    properties = {**schema["properties"], "@type": {"const": TYPE_PREFIX + name}}
    return {"type": "object", "properties": properties, "required": ["@type"], "additionalProperties": False}


def _converted(schema: Json) -> Json:
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    kind = schema.get("type", "any")
    result: Json = {} if kind == "any" else {"type": kind}
    if "enum" in schema:
        result["enum"] = schema["enum"]
    result.update(_FORMATS.get(schema.get("format", ""), {}))
    if "items" in schema:
        result["items"] = _converted(schema["items"])
    if kind == "object":
        result["properties"] = {key: _converted(value) for key, value in schema.get("properties", {}).items()}
        extra = schema.get("additionalProperties")
        result["additionalProperties"] = _converted(extra) if extra else False
    return result


def _methods_of(tree: Json) -> list[Method]:
    found: list[Method] = []
    for resource in tree.values():
        found += [_method(raw) for raw in resource.get("methods", {}).values()]
        found += _methods_of(resource.get("resources", {}))
    return found


def _method(raw: Json) -> Method:
    name = raw["id"].removeprefix("androidmanagement.")
    pieces = re.split(r"\{\w+\}", "/" + raw["flatPath"])
    return Method(
        id=name,
        http_method=raw["httpMethod"],
        path=re.compile("([^/:]+)".join(re.escape(piece) for piece in pieces)),
        query={key: rule for key, rule in raw.get("parameters", {}).items() if rule["location"] == "query"},
        request=raw.get("request", {}).get("$ref", ""),
        response=raw.get("response", {}).get("$ref", ""),
    )


def _fits(value: str, rule: Json) -> bool:
    if "enum" in rule:
        return value in rule["enum"]
    if rule["type"] == "integer":
        return re.fullmatch(r"-?\d{1,10}", value) is not None
    if rule["type"] == "boolean":
        return value in {"true", "false"}
    pattern = _FORMATS.get(rule.get("format", ""), {}).get("pattern")
    return pattern is None or re.fullmatch(pattern, value) is not None
