"""Amazon SES as a ``MailProvider``: ``mail`` sends, ``keyless`` gets the AWS role without any stored key."""

from shared.adapters.ses.mail import LEAKY_LOGGERS, SesMail

__all__ = ["LEAKY_LOGGERS", "SesMail"]
