"""Reads the answers of the API, and of what stands before it, into JSON or into an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests

from passcodectl.errors import CtlError, NotFoundError, UnavailableError, not_the_api
from passcodectl.exits import Exit
from passcodectl.moments import duration

Json = dict[str, Any]

DOMAIN = "passcode-reset"
"""``domain`` of the API's own errors. Source: ``docs/openapi.yaml``; a load balancer's and IAP's are others."""

PASSING = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may be sent again. 502 and 504 leave open whether it was carried out."""
LOST = frozenset({502, 504})

NO_ACCESS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})

NO_IAP_ACCESS = ("The account needs the role roles/iap.httpsResourceAccessor on the console.",)


def read(response: requests.Response) -> Json:
    """Return the JSON of a good answer.

    Raises:
        CtlError: of the kind that fits the answer.
    """
    status = response.status_code
    content = _json(response)
    if response.ok and status < HTTPStatus.MULTIPLE_CHOICES and content is not None:
        return content
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise _redirected(response)
    refusal = _refusal(content)
    if refusal is None:
        raise _not_the_api(response)
    raise _refused(response, refusal)


def lead_back(response: requests.Response) -> None:
    """Take the answer of a page that only leads whoever has signed in back to the console.

    Raises:
        CtlError: it does something else: a sign-in page, a refusal, or not ours.
    """
    if response.status_code != HTTPStatus.SEE_OTHER or response.headers.get("Location") != "/":
        read(response)
        raise _not_the_api(response)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error in the shape of google.rpc.Status with an ErrorInfo (AIP-193)."""

    message: str
    reason: str
    metadata: Mapping[str, str]


def _json(response: requests.Response) -> Json | None:
    try:
        content = response.json()
    except (ValueError, RecursionError):  # no JSON, or nested beyond all measure
        return None
    return content if isinstance(content, dict) else None


def _refusal(content: Json | None) -> Refusal | None:
    error = (content or {}).get("error")
    if not isinstance(error, dict):
        return None
    details = error.get("details")
    info = details[0] if isinstance(details, list) and details else None
    if not isinstance(info, dict) or not str(info.get("domain", "")).startswith(DOMAIN):
        return None
    metadata = info.get("metadata")
    facts = {str(key): str(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {}
    return Refusal(str(error.get("message", "")), str(info.get("reason", "")), facts)


def _refused(response: requests.Response, refusal: Refusal) -> CtlError:
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _too_many(response, refusal)
    if status in PASSING:
        return UnavailableError(
            refusal.message, reason=refusal.reason, lost=status in LOST, retry_after_s=_retry_after(response)
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnavailableError(refusal.message, reason=refusal.reason, passing=False, lost=True)
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(refusal.message)
    lead = "Not signed in: " if status == HTTPStatus.UNAUTHORIZED else ""
    code = Exit.NO_ACCESS if status in NO_ACCESS else Exit.REFUSED
    return CtlError(code, lead + refusal.message, reason=refusal.reason, facts=refusal.metadata)


def _too_many(response: requests.Response, refusal: Refusal) -> CtlError:
    """The API's own 429 is a limit of the enterprise: a rule that was reached, and no outage to sit out."""
    wait_s = _retry_after(response)
    hint = (f"Ask again in {duration(wait_s)}.",) if wait_s else ()
    return CtlError(Exit.REFUSED, refusal.message, reason=refusal.reason, hint=hint, facts=refusal.metadata)


def _redirected(response: requests.Response) -> CtlError:
    """A redirect is never followed: the token is for this origin, and a sign-in page is for browsers."""
    host = urlsplit(response.headers.get("Location", "")).hostname or "another page"
    return CtlError(
        Exit.NO_ACCESS,
        f"Not signed in: the server sends us on to {host}, where people sign in with a browser.",
        reason="SIGN_IN_PAGE",
        hint=("Sign in as a service account: --impersonate ACCOUNT, or give a token.",),
    )


def _not_the_api(response: requests.Response) -> CtlError:
    """Judge an answer that is not the API's: IAP's own, a load balancer's, or of something else altogether."""
    status, said = response.status_code, _first_line(response)
    if status == HTTPStatus.UNAUTHORIZED:
        return CtlError(
            Exit.NO_ACCESS,
            f"Not signed in: Identity-Aware Proxy did not take the token. It says: {said}",
            reason="IAP_REFUSED_TOKEN",
            hint=("A token is good for an hour at most and for one address; is this machine's clock right?",),
        )
    if status == HTTPStatus.FORBIDDEN:
        return CtlError(
            Exit.NO_ACCESS,
            "Identity-Aware Proxy knows this account and does not let it in.",
            reason="IAP_NO_ACCESS",
            hint=NO_IAP_ACCESS,
        )
    if status in PASSING:
        return UnavailableError(
            f"The server answered {status} {response.reason}.",
            lost=status in LOST,
            retry_after_s=_retry_after(response),
        )
    return not_the_api(
        f"{urlsplit(response.url).netloc} answered {status}, and not as the API does: is this its address?"
    )


def too_long(response: requests.Response) -> UnavailableError:
    """Judge an answer that was given up, for no answer of the API is so long."""
    return not_the_api(
        f"{urlsplit(response.url).netloc} answered {response.status_code} with more than the API ever says:"
        " is this its address?"
    )


def _first_line(response: requests.Response) -> str:
    """Return the start of a plain text answer; markup is told by its kind alone."""
    text = response.text.strip()
    if text.startswith("<") or not text:
        return f"(HTTP {response.status_code})"
    return text.splitlines()[0][:200]


def _retry_after(response: requests.Response) -> float | None:
    """Return the seconds of ``Retry-After``; its form as a date is not used by the API or by Google's front end."""
    text = response.headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None
