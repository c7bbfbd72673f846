"""A provider that knows only its schema: enough for the real Terraform to validate, plan and test.

It serves the plugin protocol on a port of 127.0.0.1, one port a provider; Terraform finds them through
TF_REATTACH_PROVIDERS and so downloads nothing. It creates nothing either: an apply is refused.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from infra.offline import known, names, schemas
from infra.offline.protocol import CLASSES, ERROR, METHODS, NESTING, SERVICE, VERSION
from infra.offline.values import Json, answered, decode, encode, planned

THREADS = 8  # Terraform walks ten resources at once; more threads than that would never be used


class Provider:
    """The answers of one provider. Safe to call from several threads; it holds no state of resources.

    A provider configured twice (an alias) has two connections of Terraform's, so the configuration is kept by peer.
    """

    def __init__(self, document: Mapping[str, Any], *, named: bool = False) -> None:
        self._schema = document["schema"]
        self._named = named
        self._schemas = _schemas_message(self._schema)
        self._config: dict[str, Json] = {}

    def handlers(self) -> grpc.GenericRpcHandler:
        """The gRPC handlers of every method that `infra.offline.protocol` names."""
        chosen: dict[str, Callable[[Any, grpc.ServicerContext], Any]] = {
            "GetProviderSchema": lambda _request, _context: self._schemas,
            "ConfigureProvider": self._configure,
            "UpgradeResourceState": self._upgrade,
            "ReadResource": lambda request, _context: CLASSES["ResourceRead"](new_state=request.current_state),
            "PlanResourceChange": self._plan,
            "ApplyResourceChange": self._apply,
            "ReadDataSource": self._read_data,
        }
        return grpc.method_handlers_generic_handler(
            SERVICE, {name: _handler(name, chosen.get(name)) for name in METHODS}
        )

    def _configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._config[context.peer()] = decode(request.config.msgpack)
        return CLASSES["Diagnostics"]()

    def _upgrade(self, request: Any, _context: grpc.ServicerContext) -> Any:
        state = encode(json.loads(request.raw_state.json))
        return CLASSES["Upgraded"](upgraded_state=CLASSES["Value"](msgpack=state))

    def _plan(self, request: Any, context: grpc.ServicerContext) -> Any:
        proposed = decode(request.proposed_new_state.msgpack)
        if proposed is None:  # a deletion
            return CLASSES["Planned"](planned_state=request.proposed_new_state)
        block = self._schema["resource_schemas"][request.type_name]["block"]
        config = self._config.get(context.peer(), {})
        result = known.complete(request.type_name, block, planned(block, proposed), config)
        if self._named:
            result = names.name_everything(request.type_name, block, result)
        return CLASSES["Planned"](planned_state=CLASSES["Value"](msgpack=encode(result)))

    def _apply(self, _request: Any, _context: grpc.ServicerContext) -> Any:
        refusal = CLASSES["Diagnostic"](severity=ERROR, summary="The offline provider applies nothing")
        return CLASSES["Applied"](diagnostics=[refusal])

    def _read_data(self, request: Any, context: grpc.ServicerContext) -> Any:
        block = self._schema["data_source_schemas"][request.type_name]["block"]
        given = decode(request.config.msgpack)
        fixed = known.data_values(request.type_name, given, self._config.get(context.peer(), {}))
        state = encode(answered(block, given, fixed))
        return CLASSES["DataRead"](state=CLASSES["Value"](msgpack=state))


def _handler(method: str, answer: Callable[[Any, grpc.ServicerContext], Any] | None) -> grpc.RpcMethodHandler:
    received, answers = (CLASSES[name] for name in METHODS[method])
    return grpc.unary_unary_rpc_method_handler(
        answer or (lambda _request, _context: answers()),
        request_deserializer=received.FromString,
        response_serializer=answers.SerializeToString,
    )


def _schemas_message(schema: Json) -> Any:
    # Terraform may keep the schema for its next connections, of which a test run makes hundreds.
    capabilities = CLASSES["Capabilities"](get_provider_schema_optional=True)
    message = CLASSES["Schemas"](provider=_schema_message(schema["provider"]), server_capabilities=capabilities)
    for group in ("resource_schemas", "data_source_schemas"):
        for name, found in schema[group].items():
            getattr(message, group)[name].CopyFrom(_schema_message(found))
    return message


def _schema_message(found: Json) -> Any:
    return CLASSES["Schema"](version=found["version"], block=_block_message(found["block"]))


def _block_message(block: Json) -> Any:
    attributes = [
        CLASSES["Attribute"](name=name, **(attribute | {"type": json.dumps(attribute["type"]).encode()}))
        for name, attribute in sorted(block.get("attributes", {}).items())
    ]
    nested = [
        CLASSES["Nested"](
            type_name=name,
            block=_block_message(found["block"]),
            nesting=NESTING[found["nesting_mode"]],
            min_items=found.get("min_items", 0),
            max_items=found.get("max_items", 0),
        )
        for name, found in sorted(block.get("block_types", {}).items())
    ]
    return CLASSES["Block"](attributes=attributes, block_types=nested)


@contextmanager
def serving(*, named: bool = False) -> Iterator[str]:
    """Serves every committed schema while the context lasts.

    Args:
        named: plans hold the stand-ins of `infra.offline.names` where a real one says that it does not know yet.

    Yields:
        the value of TF_REATTACH_PROVIDERS that makes Terraform use them.
    """
    pool = ThreadPoolExecutor(max_workers=THREADS)
    servers, addresses = [], {}
    try:
        for name in schemas.providers():
            document = schemas.load(name)
            server = grpc.server(pool)
            server.add_generic_rpc_handlers((Provider(document, named=named).handlers(),))
            addresses[document["origin"]["source"]] = server.add_insecure_port("127.0.0.1:0")
            server.start()
            servers.append(server)
        yield json.dumps({source: _reattach(port) for source, port in addresses.items()})
    finally:
        for stopped in [server.stop(grace=None) for server in servers]:
            stopped.wait()
        pool.shutdown()


def _reattach(port: int) -> Json:
    """`Test` keeps Terraform from ending this process when it is done."""
    address = {"Network": "tcp", "String": f"127.0.0.1:{port}"}
    return {"Protocol": "grpc", "ProtocolVersion": VERSION, "Pid": os.getpid(), "Test": True, "Addr": address}
