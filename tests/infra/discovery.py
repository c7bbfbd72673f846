"""Checks a request against Google's published discovery document of its API: path, query, names in the body."""

import json
import re
from functools import cache
from importlib import resources

FILES = {
    "cloudbilling": "cloudbilling.v1",
    "cloudkms": "cloudkms.v1",
    "cloudresourcemanager": "cloudresourcemanager.v3",
    "cloudscheduler": "cloudscheduler.v1",
    "firestore": "firestore.v1",
    "orgpolicy": "orgpolicy.v2",
    "pubsub": "pubsub.v1",
    "run": "run.v2",
    "serviceusage": "serviceusage.v1",
    "storage": "storage.v1",
}


def flaws(api, method, path, query, body):
    """Return what Google would not know of a request; [] where it knows everything."""
    document = _document(api)
    found = [m for m in _methods(api) if m["httpMethod"] == method and m["pattern"].fullmatch(path)]
    if not found:
        return [f"{api} has no {method} {path}"]
    known = {**document.get("parameters", {}), **found[0].get("parameters", {})} | {"uploadType": {}}
    unknown = [f"query {name}" for name in query if name not in known]
    schema = found[0].get("request", {}).get("$ref")
    if body is not None and not path.startswith("/upload/"):
        unknown += _unknown(document["schemas"], {"$ref": schema} if schema else {}, body, "body")
    return unknown


def _unknown(schemas, schema, value, where):
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    if isinstance(value, list):
        return [flaw for entry in value for flaw in _unknown(schemas, schema.get("items", {}), entry, where)]
    if not isinstance(value, dict):
        return []
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties")
    if extra is not None:
        return []
    return [f"{where}.{name}" for name in value if name not in properties] + [
        flaw
        for name, inner in value.items()
        if name in properties
        for flaw in _unknown(schemas, properties[name], inner, f"{where}.{name}")
    ]


@cache
def _document(api):
    folder = resources.files("googleapiclient") / "discovery_cache" / "documents"
    return json.loads((folder / f"{FILES[api]}.json").read_text("utf-8"))


@cache
def _methods(api):
    document = _document(api)
    return [
        {**method, "pattern": _pattern(prefix + path)}
        for method in _walk(document)
        for prefix, path in _paths(document, method)
    ]


def _paths(document, method):
    yield "/" + document["servicePath"], method.get("flatPath", method["path"])
    for protocol in method.get("mediaUpload", {}).get("protocols", {}).values():
        yield "", protocol["path"]


def _pattern(path):
    return re.compile("([^/:]+)".join(re.escape(piece) for piece in re.split(r"\{\+?\w+\}", path)))


def _walk(tree):
    for resource in tree.get("resources", {}).values():
        yield from resource.get("methods", {}).values()
        yield from _walk(resource)
