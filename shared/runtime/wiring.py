"""The one composition root: which adapters stand behind the ports of each function (runtime layer).

A fault of the environment fails the start of an instance. Adapters are built at the first request, once: the
functions framework loads the module before gunicorn forks, and gRPC clients do not survive a fork. SDKs are
imported inside the builders, so a function loads only those it uses.
"""

import os
import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, Request
from werkzeug import Response

from shared.runtime import logs
from shared.runtime.clock import SystemClock
from shared.runtime.config import Config, load
from shared.runtime.lazily import Lazily, LazyPage
from shared.runtime.steps import TracedBus
from shared.runtime.stores import open_store
from shared.runtime.web import Identity, api_app, json_answer, through
from shared.services.advance import Advance
from shared.services.announcing import Announcer
from shared.services.case import CaseBook
from shared.services.mirror import Mirror
from shared.services.ports import Bus, Decryptor, DeviceManagement, Encryptor, MailProvider, Store

if TYPE_CHECKING:
    from shared.services.read_console import ReadConsole

Page = Callable[[Request], Response]
AddPages = Callable[[Flask, Identity, "ReadConsole"], None]
ActionStep = Callable[[str], None]
NotificationStep = Callable[[str, Mapping[str, Any]], None]


class Cipher(Encryptor, Decryptor, Protocol):
    """Both halves; which one may be used is the key's own matter of rights."""


def reset_passcode(environ: Mapping[str, str] = os.environ) -> Page:
    """Build the function that accepts, cancels and assigns."""
    config = _start("reset_passcode", environ)
    return LazyPage(partial(_reset_page, config))


def _reset_page(config: Config) -> Page:
    from shared.runtime.routes import add_routes, reset_routes
    from shared.runtime.session_page import RESET, add_session_page
    from shared.services.accept_reset import AcceptReset
    from shared.services.assign_user import AssignUser
    from shared.services.cancel_reset import CancelReset
    from shared.services.read_console import ShowActions

    book, announcer = _book(config), _announcer(config)
    app, identity = api_app("reset_passcode", config.console_url), _identity(config)
    accept = AcceptReset(book, _cipher(config), announcer, new_id)
    cancel, assign = CancelReset(book, announcer), AssignUser(book, new_id)
    add_routes(app, identity, reset_routes(accept, cancel, assign, ShowActions(book.store, book.clock)))
    add_session_page(app, identity, RESET)
    return through(app)


def reveal_passcode(environ: Mapping[str, str] = os.environ) -> Page:
    """Build the function that shows a passcode."""
    config = _start("reveal_passcode", environ)
    return LazyPage(partial(_reveal_page, config))


def _reveal_page(config: Config) -> Page:
    from shared.runtime.routes import add_routes, reveal_routes
    from shared.runtime.session_page import REVEAL, add_session_page
    from shared.services.reveal_passcode import RevealPasscode

    app, identity = api_app("reveal_passcode", config.console_url), _identity(config)
    add_routes(app, identity, reveal_routes(RevealPasscode(_book(config), _cipher(config), new_id)))
    add_session_page(app, identity, REVEAL)
    return through(app)


def console(add_pages: AddPages, environ: Mapping[str, str] = os.environ) -> Page:
    """Build the function that reads; ``add_pages`` puts its own pages beside the read routes."""
    config = _start("console", environ)
    return LazyPage(partial(_console_page, config, add_pages))


def _console_page(config: Config, add_pages: AddPages) -> Page:
    from shared.runtime.routes import add_routes, read_routes
    from shared.services.read_console import ReadConsole

    app, identity = api_app("console", config.console_url), _identity(config)
    reads = ReadConsole(_store(config), SystemClock())
    add_routes(app, identity, read_routes(reads))
    add_pages(app, identity, reads)
    return through(app)


def issue_command(environ: Mapping[str, str] = os.environ) -> ActionStep:
    """Build the worker that sends commands."""
    config = _start("issue_command", environ)
    return Lazily(partial(_issue_step, config))


def _issue_step(config: Config) -> ActionStep:
    from shared.services.freshness import Freshness
    from shared.services.issue_command import IssueCommand

    book, amapi, announcer = _book(config), _amapi(config), _announcer(config)
    advance = Advance(book, amapi, announcer)
    freshness = Freshness(amapi, Mirror(book).put_one)
    return IssueCommand(book, amapi, _cipher(config), advance, announcer, freshness, new_id)


def notify(environ: Mapping[str, str] = os.environ) -> ActionStep:
    """Build the function that mails."""
    config = _start("notify", environ)
    return Lazily(partial(_notify_step, config))


def _notify_step(config: Config) -> ActionStep:
    from shared.adapters.mail_templates.renderer import JinjaMailRenderer
    from shared.services.deliver_mail import DeliverMail

    providers = _mail_providers(config)
    return DeliverMail(_book(config), _cipher(config), JinjaMailRenderer(), providers, new_id, config.console_url)


def handle_notification(environ: Mapping[str, str] = os.environ) -> NotificationStep:
    """Build the function that takes AMAPI's notifications."""
    config = _start("handle_notification", environ)
    return Lazily(partial(_notification_step, config))


def _notification_step(config: Config) -> NotificationStep:
    from shared.adapters.android_management import device_from_json, parse_operation_name
    from shared.runtime.action_steps import AdvanceInStep
    from shared.services.handle_notification import HandleNotification

    book, amapi = _book(config), _amapi(config)
    advance = AdvanceInStep(book, amapi, _announcer(config))
    return HandleNotification(book, amapi, advance, Mirror(book), parse_operation_name, device_from_json)


def poll_status(environ: Mapping[str, str] = os.environ) -> Page:
    """Build the timer's function."""
    config = _start("poll_status", environ)
    return LazyPage(partial(_poll_page, config))


def _poll_page(config: Config) -> Page:
    from shared.runtime.action_steps import AdvanceInStep
    from shared.services.poll_status import PollStatus

    book = _book(config)
    return _tick("poll_status", PollStatus(book, AdvanceInStep(book, _amapi(config), _announcer(config))))


def sync_devices(environ: Mapping[str, str] = os.environ) -> Page:
    """Build the function that mirrors devices."""
    config = _start("sync_devices", environ)
    return LazyPage(partial(_sync_page, config))


def _sync_page(config: Config) -> Page:
    from shared.services.sync_devices import SyncDevices

    book = _book(config)
    return _tick("sync_devices", SyncDevices(book, _amapi(config), Mirror(book)))


def new_id() -> str:
    """Return a new id; ids sort by the time of their making."""
    from ulid import ULID

    return str(ULID())


def _start(function: str, environ: Mapping[str, str]) -> Config:
    config = load(function, environ)
    logs.configure(function, config.log_level, config.project)
    return config


def _tick(name: str, run: Callable[[], object]) -> Page:
    """Return the function that the scheduler calls: any POST runs it once and answers what it did."""
    app = api_app(name, "")
    app.add_url_rule("/", "run", lambda: json_answer(run()), methods=["POST"])
    return through(app)


def _book(config: Config) -> CaseBook:
    return CaseBook(_store(config), SystemClock(), random.SystemRandom())


def _store(config: Config) -> Store:
    return open_store(config.store, config.project, config.firestore_database)


def _announcer(config: Config) -> Announcer:
    return Announcer(_bus(config), config.request_topic or None, config.event_topic or None)


def _bus(config: Config) -> Bus:
    if config.bus_url:
        from shared.adapters.local_bus import LocalBus

        return TracedBus(LocalBus(config.bus_url))
    from shared.adapters.pubsub import PubSubBus

    return TracedBus(PubSubBus())


def _amapi(config: Config) -> DeviceManagement:
    from shared.adapters.android_management import AndroidManagement

    return AndroidManagement(config.amapi_endpoint or None)


def _cipher(config: Config) -> Cipher:
    if config.local_key_file:
        from shared.adapters.local_key import LocalKeyCipher

        return LocalKeyCipher(config.local_key_file)
    from shared.adapters.kms import KmsCipher

    return KmsCipher(config.kms_key)


def _mail_providers(config: Config) -> list[MailProvider]:
    providers: list[MailProvider] = []
    if config.sendgrid_api_key:
        from shared.adapters.sendgrid import SendGridMail

        host = config.sendgrid_host or None
        providers.append(SendGridMail(config.sendgrid_api_key.reveal(), config.email_from, host=host))
    if config.ses_region:
        from shared.adapters.ses import SesMail

        ses = SesMail(
            config.ses_region,
            config.email_from,
            endpoint=config.ses_endpoint or None,
            role_arn=config.ses_role_arn or None,
            audience=config.ses_audience or None,
        )
        providers.append(ses)
    return providers


def _identity(config: Config) -> Identity:
    from shared.adapters.identity import JwtVerifier

    algorithms = ("ES256",) if config.behind_iap else ("RS256",)
    verifier = JwtVerifier(
        config.identity_issuers,
        config.identity_audience,
        config.identity_certs_url,
        algorithms,
        tick=SystemClock().boot_s,
    )
    return Identity(verifier, behind_iap=config.behind_iap)
