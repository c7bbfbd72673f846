"""The pages that a browser visits to sign in at the backend of a function that serves nothing but writes."""

import pytest

from tests.functions.product import Product

PAGES = {"reset_passcode": "/_session/reset", "reveal_passcode": "/_session/reveal"}


@pytest.mark.parametrize(("function", "path"), PAGES.items())
@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/enterprises/LC0/devices/d/reset?request=1-2", "/enterprises/LC0/devices/d/reset?request=1-2"),
        ("/", "/"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("/ä", "/"),
    ],
)
def test_whoever_signed_in_is_led_to_a_page_of_this_console_and_no_other(
    shared_product: Product, function: str, path: str, wanted: str, target: str
) -> None:
    answer = shared_product.call(function, "GET", path, query_string={"next": wanted})
    assert (answer.status_code, answer.headers["Location"]) == (303, target)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data == b""


@pytest.mark.parametrize(("function", "path"), PAGES.items())
def test_without_next_the_start_page_is_next(shared_product: Product, function: str, path: str) -> None:
    assert shared_product.call(function, "GET", path).headers["Location"] == "/"


@pytest.mark.parametrize(("function", "path"), PAGES.items())
def test_nobody_is_led_anywhere_without_a_sign_in(shared_product: Product, function: str, path: str) -> None:
    answer = shared_product.call(function, "GET", path, caller=None)
    assert answer.status_code == 401
    assert "Location" not in answer.headers


@pytest.mark.parametrize(("function", "path"), PAGES.items())
def test_the_page_is_only_visited(shared_product: Product, function: str, path: str) -> None:
    assert shared_product.call(function, "POST", path, json={}).status_code == 405
