"""What a person pastes after the sign-up: the whole address, the token alone, or something else."""

import pytest

from infra.bootstrap.__main__ import NEEDS_YOU
from infra.bootstrap.enterprise import _token
from tests.infra.operator import ADMIN


@pytest.mark.parametrize(
    "pasted",
    [
        "EAHq-_9",
        "https://localhost/enterprise-signed-up?enterpriseToken=EAHq-_9",
        "https://localhost/enterprise-signed-up?a=b&enterpriseToken=EAHq-_9#",
        "localhost/enterprise-signed-up?enterpriseToken=EAHq-_9",
    ],
)
def test_the_token_is_found_in_what_browsers_show(pasted):
    assert _token(pasted) == "EAHq-_9"


@pytest.mark.parametrize(
    "pasted", ["https://play.google.com/work/adminsignup?token=private", "https://localhost/?enterpriseToken="]
)
def test_an_address_without_a_token_is_told_to_be_one_and_is_not_shown(operator, monkeypatch, pasted):
    """Regression: it was answered as if nothing had been pasted, and the same was pasted again."""
    operator.cloud.deploy()
    monkeypatch.setattr(operator.keyboard, "secret", lambda _question: pasted)
    status, printed = operator.run("--admin", ADMIN)
    assert status == NEEDS_YOU
    assert "What was pasted has no enterpriseToken in it." in printed
    assert "begins with https://localhost/enterprise-signed-up" in printed
    assert "private" not in printed
    assert "make bootstrap ENV=staging asks again" in printed
