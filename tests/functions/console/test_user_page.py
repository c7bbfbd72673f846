"""The page that assigns a device's user."""

import pytest

from shared.domain.device import DeviceUser
from tests.functions.console.seeded_console import DEVICE, HOSTILE, SeededConsole

PATH = f"/{DEVICE}/user"


def test_it_holds_what_is_known_and_sends_by_the_module(console: SeededConsole):
    console.device()
    page = console.page(PATH)
    assert 'value="Carla Moretti"' in page
    assert 'value="carla.moretti@example.com"' in page
    assert '<option value="it" lang="it" selected>' in page
    assert f'data-address="/v1/{DEVICE}"' in page
    assert "<form" not in page
    assert "Leave all fields empty to go back to that one." in page


def test_a_device_without_a_user_has_empty_fields(console: SeededConsole):
    console.device(enrolled_user=None)
    page = console.page(PATH)
    assert page.count('value=""') == 3
    assert "Leave all fields empty for a device without a user." in page


def test_a_language_that_is_not_offered_is_kept(console: SeededConsole):
    console.device(assigned_user=DeviceUser("Carla", "", "sv"))
    assert '<option value="sv" selected>sv</option>' in console.page(PATH)


@pytest.mark.parametrize("role", ["resetter", "revealer", "viewer"])
def test_only_an_admin_may_assign(console: SeededConsole, role):
    console.device()
    answer = console.get(PATH, caller=f"{role}@example.com")
    assert answer.status_code == 403
    assert "carla.moretti" not in answer.get_data(as_text=True)


def test_foreign_text_is_inert(console: SeededConsole):
    console.device(enrolled_user=DeviceUser(HOSTILE, HOSTILE, HOSTILE))
    assert "<script>alert" not in console.page(PATH)
