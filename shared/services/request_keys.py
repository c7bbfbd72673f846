"""Under which name a caller's request id is remembered (service layer)."""

import hashlib
import json

from shared.domain.resource_names import request_name


def request_document(enterprise: str, email: str, request_id: str) -> str:
    """Return the document of a request id; ids of different people or enterprises never meet.

    Args:
        enterprise: ``enterprises/{e}``.
        email: the caller's verified address; its case does not matter.
        request_id: the caller's own id of the request.
    """
    key = json.dumps([enterprise, email.casefold(), request_id])
    return request_name(enterprise, hashlib.sha256(key.encode()).hexdigest())
