"""AWS credentials without a stored key: a Google ID token buys an AWS role (adapter of ``MailProvider``).

The role's trust policy names ``accounts.google.com``, our service account's unique id and the audience. The
credentials live for an hour in memory and are renewed before their end.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html and
https://cloud.google.com/compute/docs/instances/verifying-instance-identity
"""

from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleWithWebIdentityCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from google.auth.compute_engine import IDTokenCredentials
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport import Response
from google.auth.transport.requests import Request

METADATA_TIMEOUT_S = 3.0
"""The metadata server is on the same machine."""

SESSION_NAME = "passcode-reset-notify"
"""Shown in AWS CloudTrail beside each letter."""

METHOD = "custom-google-id-token"


class _OneTry:
    """A transport that ends google-auth's repeats at the first lost connection.

    Five tries of three seconds, with the pauses between, would outlast the lease of a mail call.
    """

    def __init__(self) -> None:
        self._request = Request()

    def __call__(self, url: str, method: str = "GET", **options: Any) -> Response:
        try:
            return self._request(url, method, **(options | {"timeout": METADATA_TIMEOUT_S}))
        except TransportError:
            raise RefreshError("the metadata server did not answer") from None


def metadata_token(audience: str) -> Callable[[], str]:
    """Return a source of Google ID tokens of this function's own account, for ``audience``."""

    def fetch() -> str:
        request = _OneTry()
        credentials = IDTokenCredentials(request, audience, use_metadata_identity_endpoint=True)
        credentials.refresh(request)
        return str(credentials.token)

    return fetch


class _Role(CredentialProvider):
    """The only source of credentials of a session: the role."""

    METHOD = METHOD
    CANONICAL_NAME = METHOD

    def __init__(self, credentials: DeferredRefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> DeferredRefreshableCredentials:
        """Return the one set of credentials, which renews itself."""
        return self._credentials


def use_role(
    session: botocore.session.Session,
    role_arn: str,
    token_source: Callable[[], str],
    *,
    config: Config,
    region: str,
    endpoint: str | None,
) -> None:
    """Make the session sign as the role; nothing is fetched before the first letter.

    Args:
        session: has no client yet.
        role_arn: ``arn:aws:iam::{account}:role/{name}``.
        token_source: returns a fresh Google ID token.
        config: time-outs of the call to STS.
        region: of STS.
        endpoint: base URL of STS; None for Amazon's.
    """

    def sts(service: str, *, config: Config) -> Any:
        return session.create_client(service, region, endpoint_url=endpoint, config=config.merge(timeouts))

    timeouts = config
    fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
        sts, token_source, role_arn, extra_args={"RoleSessionName": SESSION_NAME}
    )
    credentials = DeferredRefreshableCredentials(refresh_using=fetcher.fetch_credentials, method=METHOD)
    session.register_component("credential_provider", CredentialResolver([_Role(credentials)]))
