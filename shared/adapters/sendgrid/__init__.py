"""SendGrid as a ``MailProvider``: ``mail`` says what is sent, ``transport`` how."""

from shared.adapters.sendgrid.mail import LEAKY_LOGGERS, SendGridMail

__all__ = ["LEAKY_LOGGERS", "SendGridMail"]
