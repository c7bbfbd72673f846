"""Answers that the gateway gives by itself (laptop stack)."""

import json

from werkzeug.wrappers import Response

IAP_REFUSAL = "Invalid IAP credentials: empty token"
"""Plain text, not ours: a caller must tell IAP's own 401 from a function's by its body."""


def json_answer(content: object, status: int = 200) -> Response:
    """Return JSON that no cache keeps."""
    return Response(
        json.dumps(content) + "\n", status, {"Cache-Control": "no-store"}, content_type="application/json"
    )


def error(code: int, status: str, message: str) -> Response:
    """Return an error in the API's own shape (AIP-193); the status word is the reason too."""
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": status,
        "domain": "passcode-reset-gateway",
        "metadata": {},
    }
    return json_answer({"error": {"code": code, "status": status, "message": message, "details": [info]}}, code)


def refused_by_iap() -> Response:
    """Return the 401 that IAP itself gives a request without a good session."""
    return Response(IAP_REFUSAL, 401, {"Cache-Control": "no-store"}, content_type="text/html; charset=UTF-8")


def redirect(location: str) -> Response:
    """Return a 302 to a path of this origin."""
    return Response("", 302, {"Location": location, "Cache-Control": "no-store"})


def local_path(wanted: str) -> str:
    """Return ``wanted`` where it is a path of this origin, else ``/``: nobody is led elsewhere."""
    follows = wanted[1:2]
    if wanted.startswith("/") and follows not in {"/", "\\"} and wanted.isprintable():
        return wanted
    return "/"
