"""Signs in through Identity-Aware Proxy as a service account, without any key file.

The caller's own Google credentials ask the IAM Credentials API to sign a short-lived token in the account's name;
IAP takes such a token where its audience is the console's address.

Source: https://cloud.google.com/iap/docs/authentication-howto (service account signed JWT) and
https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signJwt.
"""

import json
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from passcodectl.errors import CtlError, UnavailableError
from passcodectl.exits import Exit

if TYPE_CHECKING:
    from passcodectl.address import Address

ENDPOINT = "https://iamcredentials.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"

LIFETIME_S = 3600
"""IAP refuses tokens that live longer than an hour."""

BACKDATED_S = 30
"""A token "of the future" is refused: this machine's clock may be so much ahead."""

RENEWED_BEFORE_S = 300
"""A token is replaced so long before its end; longer than any one request takes."""

SIGNING_TIMEOUT_S = 30.0

MOST_SAID = 400
"""Longer than the API's sentences about a missing right, an API that is not enabled, or a quota project."""

_ACCOUNT = re.compile(r"[A-Za-z0-9._:-]{1,128}@[A-Za-z0-9.-]{1,128}\.gserviceaccount\.com")


def is_account(text: str) -> bool:
    """Tell whether it is the address of a service account."""
    return _ACCOUNT.fullmatch(text) is not None


def audience(address: "Address") -> str:
    """Return ``aud``: the address and all below it; a bare address would be good for its front page alone."""
    return f"{address.origin}/*"


@dataclass
class Impersonation:
    """Tokens in the name of a service account, renewed in time.

    Attributes:
        credentials: google-auth credentials of the caller; None takes Application Default Credentials.
        endpoint: the IAM Credentials API.
        clock: seconds since 1970.
    """

    account: str
    address: "Address"
    credentials: Any = None
    endpoint: str = field(default_factory=lambda: ENDPOINT)
    clock: Callable[[], float] = time.time
    _token: str = ""
    _good_until: float = field(default=0.0)

    def __call__(self) -> str:
        """Return a token that is good for some minutes at least.

        Raises:
            CtlError: the caller has no Google credentials, or may not sign as this account.
            UnavailableError: Google did not answer.
        """
        now = self.clock()
        if now >= self._good_until - RENEWED_BEFORE_S:
            self._token = self._sign(now)
            self._good_until = now - BACKDATED_S + LIFETIME_S
        return self._token

    def _sign(self, now: float) -> str:
        issued = int(now) - BACKDATED_S
        claims = {
            "iss": self.account,
            "sub": self.account,
            "aud": audience(self.address),
            "iat": issued,
            "exp": issued + LIFETIME_S,
        }
        url = f"{self.endpoint}/v1/projects/-/serviceAccounts/{self.account}:signJwt"
        status, answer = self._post(url, {"payload": json.dumps(claims)})
        if status == HTTPStatus.OK and isinstance(answer.get("signedJwt"), str):
            return str(answer["signedJwt"])
        raise self._refused(status, answer)

    def _post(self, url: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        # Imported here: google-auth takes longer to import than all else, and only this way of signing in needs it.
        import google.auth  # noqa: PLC0415  # see above
        import google.auth.exceptions as faults  # noqa: PLC0415  # see above
        import requests  # noqa: PLC0415  # see above
        from google.auth.transport.requests import AuthorizedSession  # noqa: PLC0415  # see above

        try:
            with warnings.catch_warnings():
                # google-auth warns of a sign-in without quota project; where one is needed, the refusal says so.
                warnings.simplefilter("ignore", UserWarning)
                credentials = self.credentials or google.auth.default(scopes=[SCOPE])[0]
            with AuthorizedSession(credentials) as session:
                response = session.post(url, json=body, timeout=SIGNING_TIMEOUT_S, allow_redirects=False)
                return response.status_code, _object(response)
        except (faults.DefaultCredentialsError, faults.RefreshError, PermissionError, IsADirectoryError) as fault:
            if _passing(fault):
                raise UnavailableError("Google did not renew your own sign-in.", reason="NO_ANSWER") from fault
            raise CtlError(
                Exit.NO_ACCESS,
                "There are no Google credentials on this machine, or they have run out.",
                reason="NO_CREDENTIALS",
                hint=("Sign in: gcloud auth application-default login",),
            ) from fault
        except (faults.GoogleAuthError, requests.RequestException) as fault:
            raise UnavailableError("Google's IAM Credentials API gave no answer.", reason="NO_ANSWER") from fault

    def _refused(self, status: int, answer: dict[str, Any]) -> CtlError:
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return UnavailableError(f"Google's IAM Credentials API answered {status}.")
        error = answer.get("error")
        said = str(error.get("message", "")) if isinstance(error, dict) else ""
        return CtlError(
            Exit.NO_ACCESS,
            f"Your Google credentials may not sign as {self.account} (HTTP {status}). {_said(said)}".rstrip(),
            reason="MAY_NOT_SIGN",
            hint=(
                "You need the role roles/iam.serviceAccountTokenCreator on that account,",
                "and the API iamcredentials.googleapis.com must be enabled in its project.",
            ),
        )


def _said(message: str) -> str:
    """Return the API's own sentence: it tells a missing role from an API that is not enabled, and the project."""
    return f"Google says: {' '.join(message.split())[:MOST_SAID]}" if message else ""


def _passing(fault: Exception) -> bool:
    """Tell whether the caller's own sign-in is good and only Google was away.

    google-auth marks what a token endpoint answered (``retryable``); a silent metadata server is only the cause.
    """
    import google.auth.exceptions as faults  # noqa: PLC0415  # as in _post

    return bool(getattr(fault, "retryable", False)) or isinstance(fault.__cause__, faults.TransportError)


def _object(response: Any) -> dict[str, Any]:
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
