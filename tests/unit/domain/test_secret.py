"""A secret does not leave unasked, by any of the ways in which values usually leave."""

import copy
import hashlib
import io
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass

import msgspec
import pytest

from shared.domain.secret import Secret

CANARY = "canary-482915"


@dataclass
class Holder:
    secret: Secret


@pytest.fixture
def secret() -> Secret:
    return Secret(CANARY)


def test_reveal_is_the_way_to_the_value(secret: Secret) -> None:
    assert secret.reveal() == CANARY


def test_an_empty_secret_cannot_exist() -> None:
    with pytest.raises(ValueError, match="never empty"):
        Secret("")


def test_repr_says_only_that_there_is_one(secret: Secret) -> None:
    assert repr(secret) == "<Secret>"
    assert repr(Holder(secret)).endswith("Holder(secret=<Secret>)")
    assert pprint.pformat({"passcode": [secret]}) == "{'passcode': [<Secret>]}"
    assert ascii(secret) == f"{secret!r}" == "%r" % secret == "<Secret>"  # noqa: UP031  # the old way is under test


@pytest.mark.parametrize(
    "leave",
    [
        str,
        print,
        format,
        lambda secret: format(secret, ">20"),
        lambda secret: f"{secret}",
        lambda secret: f"{secret:>20}",
        lambda secret: f"{secret!s}",
        "{}".format,
        lambda secret: "%s" % secret,  # noqa: UP031  # the old way is under test
        lambda secret: "code: " + secret,
        lambda secret: "".join((secret,)),  # noqa: FLY002  # joining is under test
        lambda secret: io.StringIO().write(secret),
        bytes,
        list,
        len,
        int,
        vars,
    ],
)
def test_no_text_or_sequence_is_made_of_it(secret: Secret, leave: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as caught:
        leave(secret)
    assert CANARY not in str(caught.value)


def test_print_writes_nothing(secret: Secret, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TypeError):
        print(secret)  # noqa: T201  # printing is under test
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_not_pickled(secret: Secret, protocol: int) -> None:
    for value in (secret, [secret], Holder(secret)):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(value, protocol)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda secret: copy.deepcopy([secret])])
def test_it_is_not_copied(secret: Secret, duplicate: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError, match="not pickled or copied"):
        duplicate(secret)


def test_a_dataclass_with_one_does_not_become_a_dict(secret: Secret) -> None:
    with pytest.raises(TypeError, match="not pickled or copied"):
        asdict(Holder(secret))


@pytest.mark.parametrize(
    "encode",
    [json.dumps, msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins],
    ids=lambda each: each.__name__,
)
def test_it_has_no_json(secret: Secret, encode: Callable[[object], object]) -> None:
    for value in (secret, {"passcode": secret}, Holder(secret)):
        with pytest.raises(TypeError) as caught:
            encode(value)
        assert CANARY not in str(caught.value)


def test_json_with_a_default_for_unknown_types_fails_too(secret: Secret) -> None:
    with pytest.raises(TypeError):
        json.dumps({"passcode": secret}, default=str)
    assert json.dumps({"passcode": secret}, default=repr) == '{"passcode": "<Secret>"}'
    with pytest.raises(TypeError):
        json.dumps({"passcode": secret}, default=vars)


def test_a_log_line_at_debug_never_shows_it(secret: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, complaints = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stderr", complaints)
    logger = logging.getLogger("test_secret")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(logging.StreamHandler(stream))
    logger.debug("code %r in %r", secret, {"passcode": secret})
    logger.debug("code %s", secret)
    logger.debug(secret)
    logger.debug("code", extra={"passcode": secret})
    assert stream.getvalue() == "code <Secret> in {'passcode': <Secret>}\ncode\n"
    assert "TypeError" in complaints.getvalue()
    assert CANARY not in complaints.getvalue()


def test_a_traceback_with_local_variables_does_not_show_it(secret: Secret) -> None:
    def fail(passcode: Secret) -> None:
        holder = Holder(passcode)
        raise RuntimeError(holder)

    with pytest.raises(RuntimeError) as caught:
        fail(secret)
    below = caught.value.with_traceback(caught.tb.tb_next)
    text = "".join(traceback.TracebackException.from_exception(below, capture_locals=True).format())
    assert "passcode = <Secret>" in text
    assert CANARY not in text


def test_equality_is_of_values_and_of_secrets_only(secret: Secret) -> None:
    assert secret == Secret(CANARY)
    assert secret != Secret("another")
    assert Secret("pässwörd") == Secret("pässwörd")
    assert secret != CANARY
    assert secret.__eq__(CANARY) is NotImplemented


def test_it_has_no_hash_that_would_be_its_fingerprint(secret: Secret) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(secret)
    with pytest.raises(TypeError):
        hashlib.sha256(secret)


def test_nothing_can_be_attached_to_it(secret: Secret) -> None:
    with pytest.raises(AttributeError):
        secret.note = "4829"
