"""What is sent to Amazon SES, by one request a letter (adapter of ``MailProvider``).

No error leaves from a frame that holds the letter in the clear: what talks to SES returns its error, and ``send``
raises it.

Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html (body, limits); the code of
botocore 1.44 (one call is several POSTs unless told otherwise; bodies are logged at DEBUG).
"""

import logging
import re
from collections.abc import Callable
from email.utils import formataddr
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from google.auth.exceptions import GoogleAuthError

from shared.adapters.ses.answers import no_answer, no_role, refusal
from shared.adapters.ses.keyless import metadata_token, use_role
from shared.domain import resource_names as names
from shared.domain.errors import (
    AmbiguousOutcomeError,
    NotSentError,
    PasscodeResetError,
    RejectedError,
    UnauthorisedError,
)
from shared.domain.inert_text import inert
from shared.domain.mail import MAX_SUBJECT, Mail
from shared.domain.mail_address import is_plain_address, named_address

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import SendEmailRequestTypeDef

LEAKY_LOGGERS = ("botocore", "boto3", "urllib3")
"""At DEBUG they write letters and keys. A ``SesMail`` holds them at WARNING, whatever the root logger says."""

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 8.0
"""SES answers within a second. Token (3 s), role (3 + 8 s) and letter (3 + 8 s) stay below 45 s together, so that
the lease of a mail call, 60 s, outlives it."""


class SesMail:
    """Sends by SESv2 ``SendEmail``: one request a letter. Safe from several threads.

    No configuration set is named. If the sender's identity has a default one, that must track neither opens nor
    clicks.
    """

    name: str = "ses"

    def __init__(
        self,
        region: str,
        sender: str,
        endpoint: str | None = None,
        role_arn: str | None = None,
        audience: str | None = None,
        *,
        token_source: Callable[[], str] | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        """Prepare a client; nothing is sent.

        Args:
            region: of SES, and of STS where there is a role.
            sender: an address of a verified identity, or ``Name <address>``.
            endpoint: base URL of SES and STS; None for Amazon's.
            role_arn: the role to sign as, bought with a Google ID token; None for what the environment holds.
            audience: of that ID token, as the role's trust policy names it.
            token_source: gives that ID token; None for the metadata server.
            connect_timeout_s: seconds to connect.
            read_timeout_s: seconds for each wait for data.

        Raises:
            ValueError: the sender is not an address, or there is a role without an audience.
        """
        for logger in LEAKY_LOGGERS:
            logging.getLogger(logger).setLevel(logging.WARNING)
        self._sender = _sender(sender)
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=connect_timeout_s,
            read_timeout=read_timeout_s,
        )
        session = botocore.session.get_session()
        if role_arn:
            source = token_source or metadata_token(_required(audience))
            use_role(session, role_arn, source, config=config, region=region, endpoint=endpoint)
        else:
            _forget_amazon_machines(session)
        self._session = session
        self._client = boto3.session.Session(botocore_session=session).client(
            "sesv2", region_name=region, endpoint_url=endpoint, config=config
        )

    def send(self, mail: Mail) -> None:
        """Hand one letter over, by exactly one request.

        Raises:
            RejectedError: ``ADDRESS_REFUSED``: this recipient is refused for good (ack).
            TransientError: SES took nothing: not reached, no role, throttled, or any other 4xx. Those are about
                our account (paused, suspended, in the sandbox, identity not verified) or our request; the other
                provider may still take the letter (retry).
            AmbiguousOutcomeError: time-out, lost connection, 5xx, or an unreadable answer (retry, may be a copy).
        """
        error = self._refused_here(mail) or self._role_missing() or self._exchange(mail)
        if error is not None:
            raise error

    @staticmethod
    def _refused_here(mail: Mail) -> PasscodeResetError | None:
        if is_plain_address(mail.to):
            return None
        return RejectedError("ADDRESS_REFUSED", "the recipient is not one plain e-mail address")

    def _role_missing(self) -> PasscodeResetError | None:
        """Get or renew the credentials first: whatever goes wrong here, no letter has left."""
        try:
            credentials = self._session.get_credentials()
            if credentials is None:
                return UnauthorisedError("MAIL_CREDENTIALS_MISSING", "there are no AWS credentials")
            credentials.get_frozen_credentials()
        except ClientError as error:
            return no_role(error)
        except (BotoCoreError, ResponseParserError, GoogleAuthError, ValueError) as error:
            return NotSentError("MAIL_CREDENTIALS_UNREACHABLE", f"no AWS credentials: {type(error).__name__}")
        return None

    def _exchange(self, mail: Mail) -> PasscodeResetError | None:
        try:
            answer = self._client.send_email(**_request(mail, self._sender))
        except ClientError as error:
            return refusal(error)
        except (BotoCoreError, ResponseParserError) as error:
            return no_answer(error)
        if not answer.get("MessageId"):  # botocore takes any 200 for an answer
            return AmbiguousOutcomeError("MAIL_ANSWER_UNKNOWN", "Amazon SES answered 200 without a message id")
        return None


def _required(audience: str | None) -> str:
    if not audience:
        raise ValueError("a role needs the audience of its Google ID token")
    return audience


def _forget_amazon_machines(session: botocore.session.Session) -> None:
    """Do not look for credentials where only Amazon's machines have them: on Google's that address is another's."""
    resolver: CredentialResolver = session.get_component("credential_provider")
    for name in ("iam-role", "container-role"):
        resolver.remove(name)


def _sender(text: str) -> str:
    name, address = named_address(text)
    return formataddr((name, address)) if name else address


def _request(mail: Mail, sender: str) -> "SendEmailRequestTypeDef":
    """Return the arguments for one recipient.

    ``Auto-Submitted`` (RFC 3834) keeps holiday replies, which quote the letter, from being sent.
    """
    return {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": [mail.to]},
        "Content": {
            "Simple": {
                "Subject": {"Data": inert(mail.subject, MAX_SUBJECT), "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": mail.text.reveal(), "Charset": "UTF-8"},
                    "Html": {"Data": mail.html.reveal(), "Charset": "UTF-8"},
                },
                "Headers": [
                    {"Name": "Auto-Submitted", "Value": "auto-generated"},
                    {"Name": "X-Auto-Response-Suppress", "Value": "All"},
                ],
            }
        },
        "EmailTags": [
            {"Name": "action", "Value": re.sub(r"[^A-Za-z0-9_-]", "_", names.id_of(mail.reference))[:256]}
        ],
    }
