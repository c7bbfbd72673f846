"""Terraform's values as the plugin protocol carries them, and what a plan makes of them.

Values are MessagePack; a value that is not known before the apply is extension 0 (or 12, with refinements).

Source: https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/object-wire-format.md
"""

from typing import Any

import msgspec

Json = dict[str, Any]
UNKNOWN = msgspec.msgpack.Ext(0, b"\x00")


def decode(data: bytes) -> Any:
    """The value in `data`; unknown values stay `msgspec.msgpack.Ext`."""
    return msgspec.msgpack.decode(data)


def encode(value: Any) -> bytes:
    """The inverse of `decode`."""
    return msgspec.msgpack.encode(value)


def is_known(value: Any) -> bool:
    """Whether no part of the value is unknown."""
    if isinstance(value, msgspec.msgpack.Ext):
        return False
    if isinstance(value, dict):
        return all(map(is_known, value.values()))
    return all(map(is_known, value)) if isinstance(value, list) else True


def planned(block: Json, proposed: Json) -> Json:
    """What a plan shows of a new object: what is left to the provider is unknown, write-only values are gone.

    Args:
        block: the schema of the object, as `terraform providers schema -json` has it.
        proposed: the values of the configuration.
    """
    result = dict(proposed)
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("write_only"):
            result[name] = None
        elif attribute.get("computed") and proposed.get(name) is None:
            result[name] = UNKNOWN
    for name, nested in block.get("block_types", {}).items():
        result[name] = _planned_blocks(nested, proposed.get(name))
    return result


def _planned_blocks(nested: Json, found: Any) -> Any:
    if isinstance(found, list):
        return [planned(nested["block"], item) if isinstance(item, dict) else item for item in found]
    if nested["nesting_mode"] == "single" and isinstance(found, dict):
        return planned(nested["block"], found)
    return found


def answered(block: Json, config: Json, fixed: Json) -> Json:
    """What a data source answers: the configuration, `fixed` where it says so, plain fill-in values elsewhere."""
    result = dict(config)
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("computed") and config.get(name) is None:
            result[name] = fixed.get(name, _filler(name, attribute["type"]))
    return result


def _filler(name: str, found: Any) -> Any:
    if found == "string":
        return f"offline-{name}"
    if isinstance(found, list):
        return {} if found[0] == "map" else []
    return {"number": 0, "bool": False}.get(found)
