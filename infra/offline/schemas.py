"""The committed provider schemas: loading them, and printing one type for whoever writes Terraform."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA_DIR = Path(__file__).with_name("schema")
INDENT = "  "


class UnknownTypeError(Exception):
    """No committed schema has this type."""


@cache
def load(provider: str) -> dict[str, Any]:
    """One provider's document, as `infra.offline.extract.extract` returns it."""
    document: dict[str, Any] = json.loads((SCHEMA_DIR / f"{provider}.json").read_text(encoding="utf-8"))
    return document


def providers() -> tuple[str, ...]:
    """The names of all providers with a committed schema."""
    return tuple(sorted(path.stem for path in SCHEMA_DIR.glob("*.json")))


def describe(type_name: str) -> str:
    """The arguments, blocks and outputs of a type as text; `data.NAME` for a data source, or a provider's name.

    Raises:
        UnknownTypeError: no schema has it.
    """
    found = list(_find(type_name))
    if not found:
        raise UnknownTypeError(
            f"no committed schema has {type_name}; add it to infra/offline/wanted.py and extract"
        )
    texts = []
    for origin, block in found:
        head = f"{type_name}  ({origin['provider']} {origin['provider_version']})"
        texts.append("\n".join([head, *_block_lines(block, 1)]))
    return "\n\n".join(texts)


def _find(type_name: str) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    for provider in providers():
        document = load(provider)
        schema = document["schema"]
        group = "data_source_schemas" if type_name.startswith("data.") else "resource_schemas"
        found = schema["provider"] if type_name == provider else schema[group].get(type_name.removeprefix("data."))
        if found:
            yield document["origin"], found["block"]


def _block_lines(block: dict[str, Any], depth: int) -> Iterator[str]:
    indent = INDENT * depth
    attributes = block.get("attributes", {})
    for name in sorted(attributes, key=lambda name: (_rank(attributes[name]), name)):
        yield f"{indent}{name}: {type_text(attributes[name]['type'])}  [{_flags(attributes[name])}]"
    for name, nested in sorted(block.get("block_types", {}).items()):
        yield f"{indent}{name} {{}}  [{_nesting(nested)}]"
        yield from _block_lines(nested["block"], depth + 1)


def _rank(attribute: dict[str, Any]) -> int:
    return 0 if attribute.get("required") else 1 if attribute.get("optional") else 2


def _flags(attribute: dict[str, Any]) -> str:
    if not attribute.get("required") and not attribute.get("optional"):
        return "output"
    names = ("required", "optional", "computed", "write_only", "sensitive")
    return ", ".join(name.replace("_", "-") for name in names if attribute.get(name))


def _nesting(nested: dict[str, Any]) -> str:
    least, most = nested.get("min_items", 0), nested.get("max_items")
    return f"{nested['nesting_mode']} block, {'required' if least else 'optional'}" + (", one" if most == 1 else "")


def type_text(found: Any) -> str:
    """`["list", ["object", {"name": "string"}]]` → `list(object({name: string}))`."""
    if isinstance(found, str):
        return "any" if found == "dynamic" else found
    kind, inner = found
    if kind == "object":
        return "object({" + ", ".join(f"{name}: {type_text(inner[name])}" for name in sorted(inner)) + "})"
    return f"{kind}({type_text(inner)})"
