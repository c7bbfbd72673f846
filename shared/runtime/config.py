"""The environment of each function, as one validated object (runtime layer).

The tables below are the one place that names the variables; the laptop stack and the deployment are checked against
them by tests. All faults are reported together, by the names of variables and never by their values.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.domain.mail_address import is_plain_address
from shared.domain.secret import Secret
from shared.runtime.stores import DEFAULT_DATABASE
from shared.services.token_issuers import GOOGLE_CERTS_URL, GOOGLE_ISSUERS, IAP_CERTS_URL, IAP_ISSUER

LAPTOP_ONLY = (
    "LOCAL_KEY_FILE",
    "BUS_URL",
    "FIRESTORE_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "IDENTITY_CERTS_URL",
)
"""Refused where ``K_SERVICE`` says that this is Cloud Run: a store or key of a laptop would take live secrets, and
whoever owns other certificates than Google's could sign in as anybody."""

_TOPIC = re.compile(r"(?:projects/[a-z0-9:.-]+/topics/)?[A-Za-z][A-Za-z0-9._~%+-]{2,254}")
_KMS_KEY = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")
_API_KEY = re.compile(r"[!-~]+")
_REGION = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
"""With either malformed no provider could be built, so that the one that is sound would send nothing as well."""
_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})


class ConfigError(Exception):
    """The environment is not fit to start with; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Which variables a function reads.

    Attributes:
        required: must be set.
        one_of: of each group exactly one must be set.
        optional: may be set.
    """

    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        """Every variable the function may read."""
        return frozenset((*self.required, *self.optional, *(name for group in self.one_of for name in group)))


_STORE = ("STORE", "FIRESTORE_DATABASE", "FIRESTORE_EMULATOR_HOST", "LOG_LEVEL")
_BUS = ("BUS_URL", "PUBSUB_EMULATOR_HOST")
_IDENTITY = ("IDENTITY_ISSUERS", "IDENTITY_CERTS_URL", "CONSOLE_URL")
_KEY = (("KMS_KEY", "LOCAL_KEY_FILE"),)
_MAIL = (
    "SENDGRID_API_KEY",
    "SENDGRID_HOST",
    "SES_REGION",
    "SES_ENDPOINT",
    "SES_ROLE_ARN",
    "SES_AUDIENCE",
    "CONSOLE_URL",
)

FUNCTIONS: Mapping[str, Needs] = {
    "reset_passcode": Needs(
        ("GOOGLE_CLOUD_PROJECT", "REQUEST_TOPIC", "IDENTITY_AUDIENCE"), _KEY, (*_STORE, *_BUS, *_IDENTITY)
    ),
    "issue_command": Needs(("GOOGLE_CLOUD_PROJECT", "EVENT_TOPIC"), _KEY, (*_STORE, *_BUS, "AMAPI_ENDPOINT")),
    "poll_status": Needs(
        ("GOOGLE_CLOUD_PROJECT", "REQUEST_TOPIC", "EVENT_TOPIC"), (), (*_STORE, *_BUS, "AMAPI_ENDPOINT")
    ),
    "handle_notification": Needs(("GOOGLE_CLOUD_PROJECT", "EVENT_TOPIC"), (), (*_STORE, *_BUS, "AMAPI_ENDPOINT")),
    "notify": Needs(("GOOGLE_CLOUD_PROJECT", "EMAIL_FROM"), _KEY, (*_STORE, *_MAIL)),
    "sync_devices": Needs(("GOOGLE_CLOUD_PROJECT",), (), (*_STORE, "AMAPI_ENDPOINT")),
    "reveal_passcode": Needs(("GOOGLE_CLOUD_PROJECT", "IDENTITY_AUDIENCE"), _KEY, (*_STORE, *_IDENTITY)),
    "console": Needs(("GOOGLE_CLOUD_PROJECT", "IDENTITY_AUDIENCE"), (), (*_STORE, *_IDENTITY)),
}
"""By entry point: what it reads. Nothing else of the environment is looked at."""


@dataclass(frozen=True, slots=True)
class Config:
    """A function's environment, checked. What is not set, or not the function's to read, is at its default.

    Attributes:
        store: ``firestore`` or ``sqlite:PATH``.
        request_topic: full name, ``projects/{p}/topics/{t}``; likewise ``event_topic``.
        identity_issuers: either IAP's or Google's, never both.
    """

    project: str
    store: str
    firestore_database: str
    bus_url: str
    request_topic: str
    event_topic: str
    amapi_endpoint: str
    kms_key: str
    local_key_file: str
    sendgrid_api_key: Secret | None
    sendgrid_host: str
    ses_region: str
    ses_endpoint: str
    ses_role_arn: str
    ses_audience: str
    email_from: str
    console_url: str
    identity_audience: str
    identity_issuers: tuple[str, ...]
    identity_certs_url: str
    log_level: str

    @property
    def behind_iap(self) -> bool:
        """Whether callers are known by IAP's assertion; otherwise by a Google-signed ID token."""
        return not GOOGLE_ISSUERS & set(self.identity_issuers)


def load(function: str, environ: Mapping[str, str]) -> Config:
    """Return the checked environment of a function.

    Args:
        function: an entry point of ``FUNCTIONS``.
        environ: the environment; an empty variable counts as unset.

    Raises:
        ConfigError: with every fault; the function must not start.
    """
    needs = FUNCTIONS[function]
    values = {name: environ[name].strip() for name in needs.all if environ.get(name, "").strip()}
    faults = [f"{name} is missing" for name in needs.required if name not in values]
    faults += [
        f"exactly one of {', '.join(group)} is needed"
        for group in needs.one_of
        if len(set(group) & set(values)) != 1
    ]
    faults += [fault for name, value in values.items() if (fault := _fault(name, value))]
    faults += _together(needs, values, deployed="K_SERVICE" in environ)
    if faults:
        raise ConfigError(f"{function} cannot start: " + "; ".join(sorted(faults)))
    return _config(values)


def _fault(name: str, value: str) -> str | None:
    sound = _CHECKS.get(name)
    return None if sound is None or sound(value) else f"{name} is malformed"


def _together(needs: Needs, values: Mapping[str, str], *, deployed: bool) -> list[str]:
    faults = []
    if deployed and values.get("STORE", "firestore") != "firestore":
        faults.append("STORE must be firestore in the cloud")
    if deployed:
        faults += [f"{name} is for the laptop only" for name in LAPTOP_ONLY if name in values]
        faults += [
            f"{name} must be https in the cloud"
            for name in _URLS
            if urlsplit(values.get(name, "")).scheme == "http"
        ]
    issuers = set(_issuers(values))
    if deployed and issuers - GOOGLE_ISSUERS - {IAP_ISSUER}:
        faults.append("IDENTITY_ISSUERS must be IAP's or Google's in the cloud")
    if GOOGLE_ISSUERS & issuers and issuers - GOOGLE_ISSUERS:
        faults.append("IDENTITY_ISSUERS mixes Google and IAP: one route, one kind of token")
    if "EMAIL_FROM" in needs.required and not {"SENDGRID_API_KEY", "SES_REGION"} & set(values):
        faults.append("one of SENDGRID_API_KEY, SES_REGION is needed")
    if "SES_ROLE_ARN" in values and "SES_AUDIENCE" not in values:
        faults.append("SES_ROLE_ARN needs SES_AUDIENCE")
    return faults


def _config(values: Mapping[str, str]) -> Config:
    project = values["GOOGLE_CLOUD_PROJECT"]
    issuers = _issuers(values)
    default_certs = GOOGLE_CERTS_URL if GOOGLE_ISSUERS & set(issuers) else IAP_CERTS_URL
    api_key = values.get("SENDGRID_API_KEY")
    return Config(
        project=project,
        store=values.get("STORE", "firestore"),
        firestore_database=values.get("FIRESTORE_DATABASE", DEFAULT_DATABASE),
        bus_url=values.get("BUS_URL", ""),
        request_topic=_topic(project, values.get("REQUEST_TOPIC", "")),
        event_topic=_topic(project, values.get("EVENT_TOPIC", "")),
        amapi_endpoint=values.get("AMAPI_ENDPOINT", ""),
        kms_key=values.get("KMS_KEY", ""),
        local_key_file=values.get("LOCAL_KEY_FILE", ""),
        sendgrid_api_key=Secret(api_key) if api_key else None,
        sendgrid_host=values.get("SENDGRID_HOST", ""),
        ses_region=values.get("SES_REGION", ""),
        ses_endpoint=values.get("SES_ENDPOINT", ""),
        ses_role_arn=values.get("SES_ROLE_ARN", ""),
        ses_audience=values.get("SES_AUDIENCE", ""),
        email_from=values.get("EMAIL_FROM", ""),
        console_url=values.get("CONSOLE_URL", "").rstrip("/"),
        identity_audience=values.get("IDENTITY_AUDIENCE", ""),
        identity_issuers=issuers,
        identity_certs_url=values.get("IDENTITY_CERTS_URL", default_certs),
        log_level=values.get("LOG_LEVEL", "INFO"),
    )


def _issuers(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(issuer.strip() for issuer in values.get("IDENTITY_ISSUERS", IAP_ISSUER).split(","))


def _topic(project: str, value: str) -> str:
    return value if not value or value.startswith("projects/") else f"projects/{project}/topics/{value}"


def _is_url(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_list(value: str) -> bool:
    return all(part.strip() for part in value.split(","))


def _is_store(value: str) -> bool:
    return value == "firestore" or (value.startswith("sqlite:") and len(value) > len("sqlite:"))


_URLS = ("BUS_URL", "AMAPI_ENDPOINT", "SENDGRID_HOST", "SES_ENDPOINT", "CONSOLE_URL", "IDENTITY_CERTS_URL")

_CHECKS: Mapping[str, Callable[[str], object]] = {
    "STORE": _is_store,
    "REQUEST_TOPIC": _TOPIC.fullmatch,
    "EVENT_TOPIC": _TOPIC.fullmatch,
    "KMS_KEY": _KMS_KEY.fullmatch,
    "EMAIL_FROM": is_plain_address,
    "SENDGRID_API_KEY": _API_KEY.fullmatch,
    "SES_REGION": _REGION.fullmatch,
    "IDENTITY_ISSUERS": _is_list,
    "LOG_LEVEL": _LEVELS.__contains__,
    **dict.fromkeys(_URLS, _is_url),
}
