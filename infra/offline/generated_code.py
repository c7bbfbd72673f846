"""Reads one resource's schema out of the JavaScript that the provider bindings are generated as.

The generator writes, for every argument, a comment with its three flags, a getter that names its type, and a
mapper that says whether it is a block and how it nests; so the text carries the provider's own schema.

Source: https://github.com/open-constructs/cdk-terrain (package provider-generator), read off the output of the
pinned packages in `infra.offline.wanted`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

FLAGS = re.compile(
    r"^    // (?P<name>\w+) - "
    r"computed: (?P<computed>\w+), optional: (?P<optional>\w+), required: (?P<required>\w+)$",
    re.MULTILINE,
)
CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
MAPPER = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
ARGUMENT = re.compile(
    r"^ +(?P<name>\w+): \{\n +value: (?P<value>.*),\n +isBlock: (?P<block>true|false),\n"
    r' +type: "(?P<kind>\w+)",\n +storageClassType: "(?P<storage>\w+)",$',
    re.MULTILINE,
)
NESTED = re.compile(r"new (?:\w+\.)?(\w+?)(List|Map|MapList|OutputReference)\(this, \"\w+\"(?:, (true|false))?\)")
MAPPER_CALL = re.compile(r"(\w+)ToHclTerraform")
GETTERS: Mapping[str, Any] = {
    "getStringAttribute": "string",
    "getNumberAttribute": "number",
    "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"],
    "getNumberListAttribute": ["list", "number"],
    "getStringMapAttribute": ["map", "string"],
    "getNumberMapAttribute": ["map", "number"],
    "getBooleanMapAttribute": ["map", "bool"],
    "cdktn.StringMap(": ["map", "string"],
    "cdktn.NumberMap(": ["map", "number"],
    "cdktn.BooleanMap(": ["map", "bool"],
    "cdktn.StringMapList(": ["list", ["map", "string"]],
}
SYNTHESIS = "    // SYNTHESIS\n"
STORAGE = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}


class UnreadableSchemaError(Exception):
    """The generated code has a form that this reader does not know; nothing is guessed."""


@dataclass(frozen=True, slots=True)
class Module:
    """The parts of one resource's generated code.

    Attributes:
        classes: class name → its body.
        bases: class name → the generator's base class.
        arguments: mapper name, or "" for the resource itself → argument name → match of `ARGUMENT`.
        typings: the TypeScript declarations, for structures that have no class.
    """

    classes: Mapping[str, str]
    bases: Mapping[str, str]
    arguments: Mapping[str, Mapping[str, re.Match[str]]]
    typings: str


def parse(code: str, typings: str) -> Module:
    """Splits the code (all files of one resource, joined) into its classes and mappers."""
    classes = CLASS.findall(code)
    arguments = {name: _arguments(body) for name, body in MAPPER.findall(code)}
    bodies = {name: body for name, _base, body in classes}
    return Module(bodies, {name: base for name, base, _body in classes}, arguments, typings)


def block_of(module: Module, class_name: str) -> Json:
    """The schema block of a resource, data-source or provider class.

    Returns:
        A block as `terraform providers schema -json` prints it: `attributes` and `block_types`.

    Raises:
        UnreadableSchemaError: a construct is of an unknown form.
    """
    body = module.classes[class_name]
    block = _block(module, body, _arguments(body))
    if module.bases[class_name] == "TerraformProvider":
        # `alias` is an argument of the language, not of the provider.
        attributes = {name: found for name, found in block["attributes"].items() if name != "alias"}
        return _shape(attributes, block.get("block_types", {}))
    return block


def _arguments(body: str) -> Mapping[str, re.Match[str]]:
    return {match["name"]: match for match in ARGUMENT.finditer(body)}


def _block(module: Module, body: str, arguments: Mapping[str, re.Match[str]]) -> Json:
    attributes: Json = {}
    blocks: Json = {}
    heads = list(FLAGS.finditer(body))
    ends = [*(head.start() for head in heads[1:]), len(body)]
    for head, end in zip(heads, ends, strict=False):
        name, text = head["name"], body[head.end() : end].split(SYNTHESIS, maxsplit=1)[0]
        argument = arguments.get(name)
        if argument is not None and _is_block(argument):
            blocks[name] = _nested_block(module, head, text, argument)
        else:
            attributes[name] = _attribute(module, head, text, argument)
    for name, attribute in attributes.items():
        if name.endswith("_wo") and f"{name}_version" in attributes:
            attribute["write_only"] = True
    return _shape(attributes, blocks)


def _shape(attributes: Json, blocks: Json) -> Json:
    block: Json = {}
    if attributes:
        block["attributes"] = attributes
    if blocks:
        block["block_types"] = blocks
    return block


def _is_block(argument: re.Match[str]) -> bool:
    """Objects set by `=` (attributes of object type) are mapped with a second argument of false."""
    return argument["block"] == "true" and not argument["value"].startswith(
        tuple(f"cdktn.{mapper}({_mapper_of(argument)}, false)" for mapper in ("listMapperHcl", "hashMapperHcl"))
    )


def _mapper_of(argument: re.Match[str]) -> str:
    found = re.search(r"((?:\w+\.)?\w+ToHclTerraform)", argument["value"])
    return found[1] if found else ""


def _nested_block(module: Module, head: re.Match[str], text: str, argument: re.Match[str]) -> Json:
    nested = NESTED.search(text)
    inner = _inner_block(module, nested, argument)
    if argument["kind"] == "struct":
        return {"nesting_mode": "single", "block": inner}
    result: Json = {"nesting_mode": argument["kind"], "block": inner}
    if head["required"] == "true":
        result["min_items"] = 1
    single = nested[2] == "OutputReference" if nested else "listMapper" not in argument["value"]
    if single:
        result["max_items"] = 1
    return result


def _inner_block(module: Module, nested: re.Match[str] | None, argument: re.Match[str]) -> Json:
    mapper = MAPPER_CALL.search(argument["value"])
    if mapper is None:
        raise UnreadableSchemaError(f"{argument['name']}: {argument['value']}")
    arguments = module.arguments[mapper[1]]
    if nested is None:
        return _declared_block(module, mapper[1], arguments)
    return _block(module, module.classes[nested[1] + "OutputReference"], arguments)


def _declared_block(module: Module, mapper: str, arguments: Mapping[str, re.Match[str]]) -> Json:
    """A provider's own nested blocks have no class; their declared interface says what may be left out."""
    interface = re.search(
        rf"^export interface {mapper[0].upper()}{mapper[1:]} \{{\n(.*?)^\}}",
        module.typings,
        re.MULTILINE | re.DOTALL,
    )
    if interface is None:
        raise UnreadableSchemaError(f"no interface for {mapper}")
    attributes: Json = {}
    for name, argument in arguments.items():
        camel = re.search(r"struct\.(\w+)", argument["value"])
        optional = camel is not None and f"readonly {camel[1]}?:" in interface[1]
        attributes[name] = {"type": _stored(argument), "optional" if optional else "required": True}
    return _shape(attributes, {})


def _attribute(module: Module, head: re.Match[str], text: str, argument: re.Match[str] | None) -> Json:
    attribute: Json = {"type": _type(module, text, argument, head["name"])}
    attribute.update({flag: True for flag in ("required", "optional", "computed") if head[flag] == "true"})
    return attribute


def _type(module: Module, text: str, argument: re.Match[str] | None, name: str) -> Any:
    nested = NESTED.search(text)
    if nested is not None and nested[1] + "OutputReference" in module.classes:
        return _object_type(module, nested, argument)
    if argument is not None:
        return _stored(argument)
    for getter, found in GETTERS.items():
        if getter in text:
            return ["set", found[1]] if "cdktn.Fn.tolist(" in text else found
    raise UnreadableSchemaError(f"{name}: {text.strip()[:200]}")


def _stored(argument: re.Match[str]) -> Any:
    """`type: "set", storageClassType: "stringList"` → ["set", "string"]; the outermost kind is `type`."""
    storage, kinds = argument["storage"], []
    while storage not in STORAGE:
        suffix = next((end for end in ("List", "Map") if storage.endswith(end)), None)
        if suffix is None:
            raise UnreadableSchemaError(f"{argument['name']}: {argument['storage']}")
        kinds.append(suffix.lower())
        storage = storage.removesuffix(suffix)
    if kinds:
        kinds[0] = argument["kind"]
    found: Any = STORAGE[storage]
    for kind in reversed(kinds):
        found = [kind, found]
    return found


def _object_type(module: Module, nested: re.Match[str], argument: re.Match[str] | None) -> Any:
    mapper = MAPPER_CALL.search(argument["value"]) if argument else None
    arguments = module.arguments.get(mapper[1], {}) if mapper else {}
    inner = _block(module, module.classes[nested[1] + "OutputReference"], arguments)
    members = {name: attribute["type"] for name, attribute in inner.get("attributes", {}).items()}
    members |= {name: _block_type(block) for name, block in inner.get("block_types", {}).items()}
    kinds = {"List": "list", "Map": "map", "OutputReference": "list"}
    if nested[2] not in kinds:
        raise UnreadableSchemaError(nested[0])
    return ["set" if nested[3] == "true" else kinds[nested[2]], ["object", members]]


def _block_type(block: Json) -> Any:
    members = {name: attribute["type"] for name, attribute in block["block"].get("attributes", {}).items()}
    members |= {name: _block_type(inner) for name, inner in block["block"].get("block_types", {}).items()}
    return [block["nesting_mode"], ["object", members]]
