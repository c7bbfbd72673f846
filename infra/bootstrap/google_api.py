"""Calls of Google's REST APIs with the operator's own credentials, each sent once.

Nothing is repeated here: every step may be run again. No message holds a query, for one of them bears a token.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

import requests
from google.auth.exceptions import GoogleAuthError, TransportError

Json = dict[str, Any]

ENDPOINTS: Mapping[str, str] = {
    "androidmanagement": "https://androidmanagement.googleapis.com",
    "cloudbilling": "https://cloudbilling.googleapis.com",
    "cloudkms": "https://cloudkms.googleapis.com",
    "cloudresourcemanager": "https://cloudresourcemanager.googleapis.com",
    "cloudscheduler": "https://cloudscheduler.googleapis.com",
    "firestore": "https://firestore.googleapis.com",
    "openid": "https://openidconnect.googleapis.com",
    "orgpolicy": "https://orgpolicy.googleapis.com",
    "pubsub": "https://pubsub.googleapis.com",
    "run": "https://run.googleapis.com",
    "serviceusage": "https://serviceusage.googleapis.com",
    "storage": "https://storage.googleapis.com",
}
"""Where each API is."""

NAMELESS = frozenset({"openid"})
"""APIs that refuse a call which names a project to be counted for (X-Goog-User-Project), even an owner's.
Source: https://github.com/hashicorp/terraform-provider-google/issues/10260
"""

TIMEOUT_S = 60.0
"""Longer than an answer takes, but that of an empty pull, which Pub/Sub may hold longer still."""

URL_LOGGERS = ("urllib3", "requests", "google.auth")
"""They write URLs at WARNING and below; one URL bears the enterprise token."""


class CallError(Exception):
    """A call brought no usable answer; its text is fit to be printed.

    Attributes:
        status: HTTP status, 0 where no answer came.
        reason: Google's machine-readable reason (``SERVICE_DISABLED``) or status word, "" where it gave none.
    """

    def __init__(self, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason

    @property
    def is_disabled(self) -> bool:
        """Whether the API itself is switched off in the project."""
        return self.reason == "SERVICE_DISABLED"


class Session(Protocol):
    """What is needed of ``requests.Session`` and google-auth's ``AuthorizedSession``."""

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        """Send one request."""


@dataclass(frozen=True, slots=True)
class Api:
    """Sends requests to named APIs.

    Attributes:
        session: carries the credentials, and names the project that calls are counted for.
        endpoints: where each API is; others than Google's only in tests.
        nameless: names no project; None where ``session`` names none either. ``openid`` takes no other.
    """

    session: Session
    endpoints: Mapping[str, str]
    nameless: Session | None = None

    def call(
        self,
        api: str,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Json | None = None,
    ) -> Json:
        """Send one request and return the JSON of its answer.

        Raises:
            CallError: no answer, or a refusal.
        """
        what = f"{api}: {method} {path}"
        content = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        session = self.nameless if self.nameless and api in NAMELESS else self.session
        try:
            answer = session.request(
                method, self.endpoints[api] + path, params=query, data=content, headers=headers, timeout=TIMEOUT_S
            )
        except (TransportError, requests.RequestException) as error:
            raise CallError(f"{what}: no answer ({type(error).__name__})") from None
        except GoogleAuthError as error:
            raise CallError(f"{what}: the credentials were refused ({type(error).__name__})", 401) from None
        if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(what, answer)
        return _object(answer)

    def find(self, api: str, path: str, query: Mapping[str, Any] | None = None) -> Json | None:
        """Read one resource; None where there is none.

        Raises:
            CallError: no answer, or a refusal other than 404.
        """
        try:
            return self.call(api, "GET", path, query)
        except CallError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise


def _refusal(what: str, answer: requests.Response) -> CallError:
    error = _object(answer).get("error")
    error = error if isinstance(error, dict) else {}
    details = [detail for detail in error.get("details", ()) if isinstance(detail, dict)]
    reason = next((str(detail["reason"]) for detail in details if "reason" in detail), str(error.get("status", "")))
    message = "".join(sign for sign in str(error.get("message", "")) if sign.isprintable())
    return CallError(f"{what}: {answer.status_code} {reason} {message}".rstrip(), answer.status_code, reason)


def _object(answer: requests.Response) -> Json:
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
