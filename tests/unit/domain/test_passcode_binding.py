"""The associated data of a passcode is unambiguous and stays within one enterprise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.passcode_binding import binding

IDS = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
INPUTS = st.tuples(IDS, IDS, IDS, st.text(min_size=1, max_size=8), st.integers(1, 99))


def _bind(parts: tuple[str, str, str, str, int]) -> bytes:
    enterprise, device, action, purpose, version = parts
    prefix = f"enterprises/{enterprise}"
    return binding(
        prefix, f"{prefix}/devices/{device}", f"{prefix}/actions/{action}", purpose=purpose, version=version
    )


def test_the_bytes_are_fixed_for_ever_because_stored_passcodes_depend_on_them() -> None:
    assert binding("enterprises/e", "enterprises/e/devices/d", "enterprises/e/actions/a") == (
        b'[1,"passcode","enterprises/e","enterprises/e/devices/d","enterprises/e/actions/a"]'
    )


@given(INPUTS, INPUTS)
def test_two_bindings_are_equal_only_where_all_parts_are(
    one: tuple[str, str, str, str, int], two: tuple[str, str, str, str, int]
) -> None:
    assert (_bind(one) == _bind(two)) is (one == two)


@pytest.mark.parametrize(
    ("enterprise", "device", "action"),
    [
        ("enterprises/e", "enterprises/f/devices/d", "enterprises/e/actions/a"),
        ("enterprises/e", "enterprises/e/devices/d", "enterprises/f/actions/a"),
        ("enterprises/e", "enterprises/ee/devices/d", "enterprises/e/actions/a"),
        ("enterprises/e", "enterprises/e/devices/d:wipe", "enterprises/e/actions/a"),
        ("enterprises/e", "enterprises/e/actions/a", "enterprises/e/devices/d"),
        ("enterprises/..", "enterprises/../devices/d", "enterprises/../actions/a"),
        ("", "", ""),
    ],
)
def test_names_that_are_malformed_or_of_two_enterprises_are_refused(
    enterprise: str, device: str, action: str
) -> None:
    with pytest.raises(ValueError):
        binding(enterprise, device, action)


def test_a_binding_without_a_purpose_is_refused() -> None:
    with pytest.raises(ValueError, match="purpose"):
        binding("enterprises/e", "enterprises/e/devices/d", "enterprises/e/actions/a", purpose="")
