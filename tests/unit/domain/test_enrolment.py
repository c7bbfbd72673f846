"""The device's user as its enrolment token names them."""

import json

import pytest

from shared.domain.device import MAX_USER_TEXT, DeviceUser
from shared.domain.enrolment import enrolled_user
from shared.domain.mail_address import is_plain_address


def token(**user):
    return json.dumps({"user": user})


def test_the_agreed_json_names_a_user():
    user = enrolled_user(token(displayName="Jo Doe", email="jo@example.com", locale="de", more=1))

    assert user == DeviceUser("Jo Doe", "jo@example.com", "de")


def test_a_name_alone_or_an_address_alone_is_a_user():
    assert enrolled_user(token(displayName="Jo")) == DeviceUser("Jo")
    assert enrolled_user(token(email="jo@example.com")) == DeviceUser("", "jo@example.com")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Jo Doe",
        "[]",
        "null",
        "1",
        '"user"',
        "{}",
        '{"user": null}',
        '{"user": []}',
        '{"user": {}}',
        '{"user": {"locale": "de"}}',
        '{"user": {"displayName": 7, "email": ["jo@example.com"]}}',
        "[" * 100_000,
    ],
)
def test_any_other_text_is_no_user_and_no_error(text):
    assert enrolled_user(text) is None


@pytest.mark.parametrize(
    "email", ["jo", "a@example.com,b@example.com", "Jo <jo@example.com>", "jo@example.com\r\nBcc: x@y.z"]
)
def test_an_address_that_mail_must_not_go_to_is_left_out(email):
    assert enrolled_user(token(displayName="Jo", email=email)) == DeviceUser("Jo")


def test_long_names_are_cut():
    user = enrolled_user(token(displayName="n" * 300, locale="l" * 300))

    assert user == DeviceUser("n" * MAX_USER_TEXT, "", "l" * MAX_USER_TEXT)


def test_a_long_address_is_never_cut_into_somebody_elses():
    """Regression: the address was cut to 200 characters, which is another domain; its passcodes went there."""
    long = f"jo@{'a' * 60}.{'b' * 60}.{'c' * 60}.example.company.com"
    assert len(long) > MAX_USER_TEXT
    assert is_plain_address(long)

    assert enrolled_user(token(displayName="Jo", email=long)) == DeviceUser("Jo", long)


def test_half_a_character_is_no_text():
    """Regression: JSON can spell a lone surrogate; no store takes it, so it stopped its whole page."""
    text = r'{"user": {"displayName": "Jo \ud83d", "email": "jo@example.com", "locale": "\udc00"}}'

    assert enrolled_user(text) == DeviceUser("", "jo@example.com", "")
