"""The part of Terraform's plugin protocol (version 6) that planning needs, as protobuf classes made at import.

On the wire a message is its field numbers alone, so the messages here have flat names of our own; the numbers, and
the service's and the methods' names, are the protocol's.

Source: https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin6.8.proto
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "tfplugin6.Provider"
VERSION = 6
PACKAGE = "passcode_reset.offline"
Field = descriptor_pb2.FieldDescriptorProto
SCALARS = {
    "string": Field.TYPE_STRING,
    "bytes": Field.TYPE_BYTES,
    "bool": Field.TYPE_BOOL,
    "int": Field.TYPE_INT64,
}
# Message → its fields as "type name number"; "*" marks a repeated one, "map" one keyed by text.
MESSAGES = {
    "Empty": "",
    "Value": "bytes msgpack 1",
    "Diagnostic": "int severity 1, string summary 2, string detail 3",
    "Diagnostics": "*Diagnostic diagnostics 1",
    "ProviderDiagnostics": "*Diagnostic diagnostics 2",
    "Attribute": "string name 1, bytes type 2, bool required 4, bool optional 5, bool computed 6, bool sensitive 7,"
    "bool write_only 11",
    "Nested": "string type_name 1, Block block 2, int nesting 3, int min_items 4, int max_items 5",
    "Block": "int version 1, *Attribute attributes 2, *Nested block_types 3",
    "Schema": "int version 1, Block block 2",
    "Capabilities": "bool plan_destroy 1, bool get_provider_schema_optional 2",
    "Schemas": "Schema provider 1, map Schema resource_schemas 2, map Schema data_source_schemas 3,"
    "Capabilities server_capabilities 6",
    "Configure": "string terraform_version 1, Value config 2",
    "RawState": "bytes json 1",
    "Upgrade": "string type_name 1, int version 2, RawState raw_state 3",
    "Upgraded": "Value upgraded_state 1, *Diagnostic diagnostics 2",
    "ReadResource": "string type_name 1, Value current_state 2",
    "ResourceRead": "Value new_state 1, *Diagnostic diagnostics 2",
    "Plan": "string type_name 1, Value prior_state 2, Value proposed_new_state 3, Value config 4",
    "Planned": "Value planned_state 1, *Diagnostic diagnostics 4",
    "Applied": "Value new_state 1, *Diagnostic diagnostics 3",
    "ReadData": "string type_name 1, Value config 2",
    "DataRead": "Value state 1, *Diagnostic diagnostics 2",
    "Stopped": "string Error 1",
}
# Method → what is received and what is answered. What is only waved through is received as Empty.
METHODS = {
    "GetProviderSchema": ("Empty", "Schemas"),
    "ValidateProviderConfig": ("Empty", "ProviderDiagnostics"),
    "ValidateResourceConfig": ("Empty", "Diagnostics"),
    "ValidateDataResourceConfig": ("Empty", "Diagnostics"),
    "ConfigureProvider": ("Configure", "Diagnostics"),
    "UpgradeResourceState": ("Upgrade", "Upgraded"),
    "ReadResource": ("ReadResource", "ResourceRead"),
    "PlanResourceChange": ("Plan", "Planned"),
    "ApplyResourceChange": ("Empty", "Applied"),
    "ReadDataSource": ("ReadData", "DataRead"),
    "StopProvider": ("Empty", "Stopped"),
}
NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
ERROR = 1


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="offline_provider.proto", package=PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for text in filter(None, fields.split(",")):
            _add_field(message, text.split())
    return file


def _add_field(message: descriptor_pb2.DescriptorProto, words: list[str]) -> None:
    *marks, kind, name, number = words
    field = message.field.add(name=name, number=int(number), label=Field.LABEL_OPTIONAL)
    if marks:
        entry = message.nested_type.add(name=name.title().replace("_", "") + "Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=Field.TYPE_STRING, label=Field.LABEL_OPTIONAL)
        _add_field(entry, [kind, "value", "2"])
        field.label, field.type, field.type_name = Field.LABEL_REPEATED, Field.TYPE_MESSAGE, entry.name
        return
    if kind.startswith("*"):
        field.label = Field.LABEL_REPEATED
    kind = kind.removeprefix("*")
    if kind in SCALARS:
        field.type = SCALARS[kind]
    else:
        field.type, field.type_name = Field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES
    }


CLASSES = _classes()
