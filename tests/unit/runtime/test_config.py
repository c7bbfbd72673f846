"""The environment of each function: every fault told together, no value told at all."""

import pytest

from shared.domain.secret import Secret
from shared.runtime.config import FUNCTIONS, ConfigError, load
from shared.services.token_issuers import GOOGLE_CERTS_URL, GOOGLE_ISSUERS, IAP_CERTS_URL, IAP_ISSUER

KMS = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
SOUND = {
    "GOOGLE_CLOUD_PROJECT": "p",
    "REQUEST_TOPIC": "passcode-reset-requests",
    "EVENT_TOPIC": "projects/other/topics/passcode-reset-events",
    "IDENTITY_AUDIENCE": "/projects/1/global/backendServices/2",
    "KMS_KEY": KMS,
    "EMAIL_FROM": "reset@example.com",
    "SENDGRID_API_KEY": "SG.very-secret",
}
AMAPI_USERS = {"issue_command", "poll_status", "handle_notification", "sync_devices"}
KEY_USERS = {"reset_passcode", "issue_command", "notify", "reveal_passcode"}
PEOPLE = {"reset_passcode", "reveal_passcode", "console"}


def faults(function, environ):
    with pytest.raises(ConfigError) as refused:
        load(function, environ)
    return str(refused.value)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_starts_with_what_it_needs(function):
    assert load(function, SOUND).project == "p"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_without_any_environment_names_everything_it_needs(function):
    told = faults(function, {})

    for name in FUNCTIONS[function].required:
        assert f"{name} is missing" in told
    assert ("exactly one of KMS_KEY, LOCAL_KEY_FILE is needed" in told) is (function in KEY_USERS)


def test_nobody_reads_what_their_duty_does_not_need():
    readers = {name: {f for f, needs in FUNCTIONS.items() if name in needs.all} for name in FUNCTIONS_VARIABLES}

    assert readers["AMAPI_ENDPOINT"] == AMAPI_USERS
    assert readers["KMS_KEY"] == readers["LOCAL_KEY_FILE"] == KEY_USERS
    assert readers["IDENTITY_AUDIENCE"] == PEOPLE
    assert readers["SENDGRID_API_KEY"] == readers["SES_ROLE_ARN"] == readers["EMAIL_FROM"] == {"notify"}
    assert readers["REQUEST_TOPIC"] == {"reset_passcode", "poll_status"}
    assert readers["EVENT_TOPIC"] == {"issue_command", "poll_status", "handle_notification"}
    assert readers["STORE"] == set(FUNCTIONS)


FUNCTIONS_VARIABLES = frozenset().union(*(needs.all for needs in FUNCTIONS.values()))


def test_what_a_function_does_not_need_is_not_looked_at():
    config = load("console", {**SOUND, "AMAPI_ENDPOINT": "nonsense", "REQUEST_TOPIC": "!"})

    assert (config.amapi_endpoint, config.request_topic, config.sendgrid_api_key) == ("", "", None)


def test_all_faults_are_told_together_and_no_value():
    told = faults(
        "notify",
        {
            "EMAIL_FROM": "Reset <reset@example.com>",
            "KMS_KEY": "key-very-secret",
            "LOCAL_KEY_FILE": "/secret/path",
            "STORE": "mysql:secret",
            "LOG_LEVEL": "LOUD",
            "SENDGRID_HOST": "secret.example.com",
            "K_SERVICE": "notify",
        },
    )

    assert told == (
        "notify cannot start: "
        "EMAIL_FROM is malformed; GOOGLE_CLOUD_PROJECT is missing; KMS_KEY is malformed; "
        "LOCAL_KEY_FILE is for the laptop only; LOG_LEVEL is malformed; SENDGRID_HOST is malformed; "
        "STORE is malformed; STORE must be firestore in the cloud; "
        "exactly one of KMS_KEY, LOCAL_KEY_FILE is needed; one of SENDGRID_API_KEY, SES_REGION is needed"
    )


def test_a_missing_mail_provider_is_told_with_a_missing_sender():
    """Regression: without EMAIL_FROM nobody was told that a provider is missing too."""
    told = faults("notify", {"GOOGLE_CLOUD_PROJECT": "p", "KMS_KEY": KMS})

    assert "EMAIL_FROM is missing; one of SENDGRID_API_KEY, SES_REGION is needed" in told


def test_an_empty_variable_counts_as_unset():
    assert "EVENT_TOPIC is missing" in faults("issue_command", {**SOUND, "EVENT_TOPIC": "  "})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REQUEST_TOPIC", "a"),
        ("REQUEST_TOPIC", "projects/p/topics/"),
        ("REQUEST_TOPIC", "https://x/y"),
        ("KMS_KEY", f"{KMS}/cryptoKeyVersions/1"),
        ("KMS_KEY", "k"),
        ("CONSOLE_URL", "console.example.com"),
        ("CONSOLE_URL", "ftp://console.example.com"),
        ("BUS_URL", "http://"),
        ("IDENTITY_CERTS_URL", "file:///etc/passwd"),
        ("IDENTITY_ISSUERS", f"{IAP_ISSUER},"),
        ("STORE", "sqlite:"),
        ("LOG_LEVEL", "debug"),
    ],
)
def test_a_malformed_value_is_refused_by_its_name(name, value):
    assert f"{name} is malformed" in faults("reset_passcode", {**SOUND, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENDGRID_API_KEY", "SG.two SG.keys"),
        ("SENDGRID_API_KEY", "\ufeffSG.key"),
        ("SES_REGION", "eu west 1"),
        ("SES_REGION", "eu-west-1/"),
    ],
)
def test_one_mail_provider_that_cannot_be_built_is_told_at_the_start(name, value):
    """Regression: the start passed, and at the first mail it took the other provider with it."""
    sound = {**SOUND, "EMAIL_FROM": "reset@example.com", "SENDGRID_API_KEY": "SG.key", "SES_REGION": "eu-west-1"}
    told = faults("notify", {**sound, name: value})

    assert told == f"notify cannot start: {name} is malformed"
    load("notify", sound)


# -- cloud and laptop --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        ({"FIRESTORE_EMULATOR_HOST": "127.0.0.1:1"}, "FIRESTORE_EMULATOR_HOST is for the laptop only"),
        ({"PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}, "PUBSUB_EMULATOR_HOST is for the laptop only"),
        ({"IDENTITY_CERTS_URL": "http://keys.example.com"}, "IDENTITY_CERTS_URL must be https in the cloud"),
        ({"IDENTITY_CERTS_URL": "HTTP://keys.example.com"}, "IDENTITY_CERTS_URL must be https in the cloud"),
        ({"IDENTITY_CERTS_URL": "https://keys.example.com"}, "IDENTITY_CERTS_URL is for the laptop only"),
        ({"IDENTITY_ISSUERS": "https://sign-in.example.com"}, "IDENTITY_ISSUERS must be IAP's or Google's"),
        ({"STORE": "sqlite:/tmp/x"}, "STORE must be firestore in the cloud"),
        ({"LOCAL_KEY_FILE": "/k", "KMS_KEY": ""}, "LOCAL_KEY_FILE is for the laptop only"),
        ({"BUS_URL": "http://127.0.0.1:1"}, "BUS_URL is for the laptop only"),
    ],
)
def test_what_is_for_the_laptop_is_refused_in_the_cloud_alone(extra, fault):
    environ = {**SOUND, **extra}

    assert load("reset_passcode", environ).project == "p"
    assert fault in faults("reset_passcode", {**environ, "K_SERVICE": "reset-passcode"})


def test_the_cloud_starts_with_the_defaults():
    config = load("reset_passcode", {**SOUND, "K_SERVICE": "reset-passcode"})

    assert (config.store, config.firestore_database, config.log_level) == ("firestore", "(default)", "INFO")
    assert (config.kms_key, config.local_key_file, config.bus_url) == (KMS, "", "")


# -- values ------------------------------------------------------------------------------------------------------


def test_topics_get_their_full_names():
    config = load("poll_status", SOUND)

    assert config.request_topic == "projects/p/topics/passcode-reset-requests"
    assert config.event_topic == "projects/other/topics/passcode-reset-events"


def test_a_secret_is_wrapped_at_once():
    config = load("notify", SOUND)

    assert config.sendgrid_api_key == Secret("SG.very-secret")
    assert "very-secret" not in repr(config)


def test_ses_alone_is_a_provider():
    environ = {
        **SOUND,
        "SENDGRID_API_KEY": "",
        "SES_REGION": "eu-central-1",
        "SES_ROLE_ARN": "arn",
        "SES_AUDIENCE": "a",
    }
    config = load("notify", environ)

    assert (config.sendgrid_api_key, config.ses_region) == (None, "eu-central-1")
    assert (config.ses_role_arn, config.ses_audience) == ("arn", "a")


def test_a_role_without_an_audience_is_told_at_the_start():
    """Regression: it failed at the first mail, and every mail was given up six hours later."""
    environ = {**SOUND, "SES_REGION": "eu-central-1", "SES_ROLE_ARN": "arn"}

    assert "SES_ROLE_ARN needs SES_AUDIENCE" in faults("notify", environ)


def test_a_console_address_ends_without_a_slash():
    assert (
        load("console", {**SOUND, "CONSOLE_URL": "https://c.example.com/"}).console_url == "https://c.example.com"
    )


def test_callers_are_known_by_iap_unless_google_is_named():
    iap = load("console", SOUND)
    google = load("console", {**SOUND, "IDENTITY_ISSUERS": ", ".join(sorted(GOOGLE_ISSUERS))})

    assert (iap.behind_iap, iap.identity_issuers, iap.identity_certs_url) == (True, (IAP_ISSUER,), IAP_CERTS_URL)
    assert (google.behind_iap, google.identity_certs_url) == (False, GOOGLE_CERTS_URL)
    assert set(google.identity_issuers) == GOOGLE_ISSUERS


def test_one_route_takes_one_kind_of_token():
    mixed = f"{IAP_ISSUER},https://accounts.google.com"

    assert "IDENTITY_ISSUERS mixes" in faults("console", {**SOUND, "IDENTITY_ISSUERS": mixed})


def test_certificates_may_come_from_elsewhere():
    config = load("console", {**SOUND, "IDENTITY_CERTS_URL": "http://127.0.0.1:1/certs"})

    assert config.identity_certs_url == "http://127.0.0.1:1/certs"
