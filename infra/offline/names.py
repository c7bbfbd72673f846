"""Stand-in values for everything that a plan does not know yet, so that who refers to what can be compared.

A plan shows a reference to a resource that is not made yet as "unknown", whichever resource it is. With these names
each such value says whose it is, and Terraform itself carries it through every expression, module and `for_each`.
What Terraform may not do with unknown values is not seen that way: plan without names for that.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from infra.offline.values import UNKNOWN, Json

_OWN_NAMES = ("name", "account_id", "secret_id", "repository_id", "role_id", "bucket_id", "slo_id", "service")
"""Arguments that name a resource, the first that is set counts; the others are told apart by all they are given."""

_FORMS: Mapping[tuple[str, str], str] = {
    ("google_kms_key_ring", "id"): "projects/{project}/locations/{location}/keyRings/{own}",
    ("google_kms_crypto_key", "id"): "{key_ring}/cryptoKeys/{own}",
    ("google_pubsub_topic", "id"): "projects/{project}/topics/{own}",
    ("google_cloudfunctions2_function", "uri"): "https://{own}-{digits}.a.run.app",
    ("google_compute_backend_service", "generated_id"): "{digits}",
    ("google_project_service_identity", "email"): "agent@{own}",
    ("google_project_service_identity", "member"): "serviceAccount:agent@{own}",
    ("google_project_iam_custom_role", "name"): "projects/{project}/roles/{own}",
    ("google_secret_manager_secret_version", "version"): "{digits}",
}
"""Values whose form somebody looks at: the functions' own configuration, a condition, a reader of findings."""


def name_everything(type_name: str, block: Json, planned: Json) -> Json:
    """Replace what is unknown in a planned resource by values that name it.

    Args:
        type_name: the resource's type.
        block: its schema.
        planned: its planned values.
    """
    own = next((str(planned[key]) for key in _OWN_NAMES if isinstance(planned.get(key), str)), None)
    name = own or _digits(repr(sorted(_plain(planned).items())))
    return _named_block(type_name, name, planned, block, planned)


def _plain(planned: Json) -> Json:
    return {key: value for key, value in planned.items() if not isinstance(value, msgspec.msgpack.Ext)}


def _named_block(type_name: str, name: str, whole: Json, block: Json, found: Json) -> Json:
    result = dict(found)
    for key, attribute in block.get("attributes", {}).items():
        if found.get(key) == UNKNOWN:
            form = _FORMS.get((type_name, key), f"{type_name}/{{own}}/{key}")
            text = form.format(own=name, digits=_digits(name), **_plain(whole))
            result[key] = _stand_in(text, attribute["type"])
    for key, nested in block.get("block_types", {}).items():
        inner = found.get(key)
        if isinstance(inner, list):
            result[key] = [_named_block(type_name, name, whole, nested["block"], each) for each in inner]
        elif isinstance(inner, dict) and nested["nesting_mode"] == "single":
            result[key] = _named_block(type_name, name, whole, nested["block"], inner)
    return result


def _stand_in(text: str, kind: Any) -> Any:
    if isinstance(kind, str):
        number = int(text if text.isdecimal() else _digits(text))
        return {"number": number, "bool": False}.get(kind, text)
    outer, inner = kind
    if outer == "object":
        return {key: _stand_in(f"{text}/{key}", each) for key, each in inner.items()}
    return {} if outer == "map" else [_stand_in(text, inner)]


def _digits(text: str) -> str:
    """Return nine digits that the text always gives, and hardly any other text does."""
    return str(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % 10**9).zfill(9)
