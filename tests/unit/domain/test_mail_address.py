"""Which addresses a passcode may go to."""

import pytest

from shared.domain.mail_address import is_plain_address, named_address


@pytest.mark.parametrize(
    "address",
    ["admin@example.com", "a.b+c@sub.example.co.uk", "o'neil@example.com", f"{'x' * 64}@{'y' * 63}.{'z' * 63}.org"],
)
def test_one_ordinary_address_is_taken(address: str) -> None:
    assert is_plain_address(address)


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "nobody",
        "a@b",
        "@example.com",
        "a@@example.com",
        "a@example.com,b@example.com",
        "a@example.com;b@example.com",
        "a@example.com b@example.com",
        "A <a@example.com>",
        '"a b"@example.com',
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\n",
        "a\x00@example.com",
        "a@exam\u202eple.com",
        "müller@example.com",
        "a@müller.example",
        "a@-example.com",
        "a@example..com",
        "a@[127.0.0.1]",
        f"{'x' * 65}@example.com",
        f"{'x' * 64}@{'y.' * 100}com",
    ],
)
def test_whatever_could_be_read_as_something_else_is_refused(hostile: str) -> None:
    assert not is_plain_address(hostile)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("noreply@example.com", ("", "noreply@example.com")),
        (" Passcode reset <noreply@example.com>\n", ("Passcode reset", "noreply@example.com")),
        ("Équipe IT <noreply@example.com>", ("Équipe IT", "noreply@example.com")),
        ("<noreply@example.com>", ("", "noreply@example.com")),
    ],
)
def test_a_sender_may_have_a_name(text: str, parts: tuple[str, str]) -> None:
    assert named_address(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Name",
        "a@example.com, b@example.com",
        "A\r\nBcc: x <a@example.com>",
        "A <a@example.com> b",
        "A <a b@c.de>",
    ],
)
def test_a_sender_is_exactly_one(text: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        named_address(text)
