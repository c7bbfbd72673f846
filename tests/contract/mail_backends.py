"""What the suite over both mail providers needs: a letter, and each provider before its real small server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.ses.models import ses_backends

from local.inbox.server import running
from shared.adapters.sendgrid import SendGridMail
from shared.adapters.ses import SesMail
from shared.domain.mail import Mail
from shared.domain.secret import Secret
from shared.services.ports import MailProvider
from tests.contract.ses_front import before

SENDER = "Passcode reset <noreply@example.com>"
REGION = "eu-central-1"
PASSCODE = "48271963"
KEY = "SG.canary-key-7f3a"
TIMEOUT_S = 60.0
"""A server in this process answers in milliseconds, on a busy machine in seconds: this is never waited for."""

IMPATIENT_S = 0.5
"""For a server that says nothing, whose silence is waited for."""

REFERENCE = "enterprises/LC0/actions/01K3X7Q9T2V8M4"


def letter(to: str = "admin@example.com", subject: str = "New passcode: Pixel 9, …02KM") -> Mail:
    return Mail(to, subject, Secret(f"code {PASSCODE}"), Secret(f"<p>{PASSCODE}</p>"), REFERENCE)


@dataclass
class Backend:
    """A provider, and what its server saw."""

    provider: MailProvider
    impatient: MailProvider
    """The same, before a server that says nothing."""
    plan: Callable[[str], None]
    requests: Callable[[], int]
    accepted: Callable[[], list[tuple[str, str]]]
    """Recipient and subject of each letter that was taken."""


@contextmanager
def sendgrid() -> Iterator[Backend]:
    with running() as inbox:
        yield Backend(
            SendGridMail(KEY, SENDER, inbox.url, timeout_s=TIMEOUT_S),
            SendGridMail(KEY, SENDER, inbox.url, timeout_s=IMPATIENT_S),
            inbox.fault,
            lambda: inbox.requests,
            lambda: [(taken.to, taken.subject) for taken in inbox.letters()],
        )


@contextmanager
def moto() -> Iterator[int]:
    """The port of moto's server, with the sender's domain verified."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        port = server.get_host_and_port()[1]
        client = boto3.client("sesv2", region_name=REGION, endpoint_url=f"http://127.0.0.1:{port}")
        client.create_email_identity(EmailIdentity="example.com")
        yield port
    finally:
        server.stop()
        ses_backends.reset()


@contextmanager
def ses() -> Iterator[Backend]:
    with ExitStack() as stack:
        front = stack.enter_context(before(stack.enter_context(moto())))
        taken = ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages
        taken.clear()
        yield Backend(
            SesMail(REGION, SENDER, front.url, connect_timeout_s=TIMEOUT_S, read_timeout_s=TIMEOUT_S),
            SesMail(REGION, SENDER, front.url, connect_timeout_s=TIMEOUT_S, read_timeout_s=IMPATIENT_S),
            front.faults.append,
            lambda: len(front.requests),
            lambda: [(message.destinations["ToAddresses"][0], message.subject) for message in taken],
        )
