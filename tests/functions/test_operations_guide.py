"""What the operations guide tells of an incident is what the functions then do and write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import TransientError
from tests.functions.product import ENTERPRISE, Product, running
from tests.functions.told import Line, told
from tests.infra.guide import TEXT, log_filters, section
from tests.infra.logging_query import entry_of, matches

GOOGLES = ("protoPayload.", "httpRequest.")
"""What Google writes itself: audit logs, and a line for each request that reaches a function."""
OURS = [each for each in log_filters() if not any(word in each for word in GOOGLES)]


def store_breaks(patch: pytest.MonkeyPatch, method: str) -> None:
    """Let the store refuse until the patch is undone."""

    def refuse(*_arguments: object) -> object:
        raise TransientError("STORE_UNAVAILABLE", "the store did not answer: PermissionDenied")

    patch.setattr(SqliteStore, method, refuse)


def a_bad_night(product: Product) -> str:
    """Let happen what the guide's filters look for; returns the reset that went through all of it."""
    first, second, third = (row["name"] for row in product.devices()[:3])
    product.inbox.fault("http_401")
    product.fault("issueCommand", "http_429")
    action: str = product.reset(first)["name"]
    product.settle(product.issue_calls)
    product.time.advance(seconds=200)
    product.tick()
    product.until_status(action, "DONE")
    product.settle(lambda: product.inbox.requests)
    assert product.reveal(action).status_code == 200
    with pytest.MonkeyPatch.context() as patch:
        store_breaks(patch, "due_actions")
        assert product.call("poll_status", "POST", "/", caller=None).status_code >= 500
    product.write(ENTERPRISE, max_resets_per_hour=1)
    product.reset(second)
    refused = product.call("reset_passcode", "POST", f"/v1/{third}:resetPasscode", json={})
    assert refused.status_code == 429
    return action


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[Line]]]:
    folder: Path = tmp_path_factory.mktemp("night")
    with running(folder) as product, told(product) as heard:
        yield a_bad_night(product), heard.lines


@pytest.mark.parametrize("query", OURS)
def test_every_filter_of_the_guide_finds_the_line_that_it_is_for(query: str, night: tuple[str, list[Line]]) -> None:
    action, lines = night
    asked = query.replace("$ACTION", action).replace("$SNAPSHOT", lines[0]["time"])
    assert any(matches(asked, entry_of(line)) for line in lines)


def test_the_guide_has_filters_to_be_checked() -> None:
    assert len(OURS) >= 7


def test_a_timer_with_nothing_to_do_is_seen_by_its_calls_alone(product: Product) -> None:
    product.tick()
    with told(product) as heard:
        product.tick()
    assert heard.lines == []
    asked = log_filters(section("The timer is silent"))
    assert 'resource.labels.service_name="poll-status" AND httpRequest.status:*' in asked
    assert "polled" not in section("The timer is silent")


@pytest.mark.parametrize("kind", ["http_401", "http_429", "http_500"])
def test_the_guide_knows_how_a_provider_that_is_down_reads_in_the_log(kind: str, product: Product) -> None:
    with told(product) as heard:
        product.inbox.fault(kind)
        product.until_status(product.reset(product.devices()[0]["name"])["name"], "DONE")
        product.settle(lambda: product.inbox.requests)
    (line,) = (each for each in heard.lines if each.get("provider"))
    guide = section("SendGrid is down")
    assert f"`{line['reason']}`" in guide
    (query,) = (each for each in log_filters(guide) if "notify" in each)
    assert matches(query, entry_of(line))


def test_resets_of_who_left_end_as_the_guide_says(product: Product) -> None:
    device = product.devices()[0]["name"]
    action = product.reset(device)["name"]
    product.write(f"{ENTERPRISE}/members/admin@example.com", roles=["viewer"])
    ended = product.until_status(action, "FAILED")
    assert product.issue_calls() == []
    told_of = " ".join(section("Someone left").split())
    assert f"not sent yet end `FAILED` (`{ended['statusReason']['code']}`)" in told_of


def test_a_mail_names_its_reset_as_the_guides_say(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"])["name"]
    product.until_status(action, "DONE")
    product.settle(product.inbox.letters)
    (letter,) = product.inbox.letters()
    assert f"Reference: {action.rpartition('/')[2]}" in letter.text.splitlines()
    for guide in (TEXT, (Path(__file__).parents[2] / "docs" / "observability.md").read_text(encoding="utf-8")):
        assert "*Reference* of a mail is its last part" in " ".join(guide.split())


def test_who_has_no_access_reads_what_the_guide_says(product: Product) -> None:
    guide = section("Sign-in fails")
    stranger = product.call("console", "GET", "/", caller="stranger@example.com").get_data(as_text=True)
    assert "<h1><b>You have no access here</b></h1>" in stranger
    assert "*You have no access here*" in guide
    device = product.devices()[0]["name"]
    product.write(f"{ENTERPRISE}/members/admin@example.com", roles=["viewer"])
    member = product.call("console", "GET", f"/{device}/user")
    assert member.status_code == 403
    assert "You may not do this" in member.get_data(as_text=True)
    assert "*You may not do this*" in guide


def test_a_passcode_that_does_not_open_is_mailed_to_nobody(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"], notifyUser=True)["name"]
    product.settle(product.issue_calls)
    passcode = action.replace("/actions/", "/passcodes/")
    product.write(passcode, ciphertext=bytes(reversed(product.stored(passcode)["ciphertext"])))
    with told(product) as heard:
        product.until_status(action, "DONE")
        product.settle(lambda: all(each["status"] == "FAILED" for each in product.action(action)["deliveries"]))
    assert product.inbox.letters() == []
    assert {line["alert"] for line in heard.lines if "alert" in line} == {"PASSCODE_UNREADABLE"}
    reasons = {each["reason"] for each in product.action(action)["deliveries"]}
    guide = " ".join(section("A passcode cannot be read").split())
    assert f"The mail ended unsent (`{reasons.pop()}`" in guide


def test_a_passcode_that_does_not_open_ends_an_unsent_reset_with_an_alert(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"])["name"]
    passcode = action.replace("/actions/", "/passcodes/")
    product.write(passcode, ciphertext=bytes(reversed(product.stored(passcode)["ciphertext"])))
    with told(product) as heard:
        ended = product.until_status(action, "FAILED")
    assert {line["alert"] for line in heard.lines if "alert" in line} == {"PASSCODE_UNREADABLE"}
    assert ended["statusReason"]["code"] == "CIPHERTEXT_REJECTED"
    assert "not sent yet ends `FAILED` with the same code" in " ".join(section("A passcode cannot be read").split())


def test_a_passcode_that_does_not_open_for_a_reader_is_refused_with_an_alert(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"])["name"]
    product.until_status(action, "DONE")
    passcode = action.replace("/actions/", "/passcodes/")
    product.write(passcode, ciphertext=bytes(reversed(product.stored(passcode)["ciphertext"])))
    with told(product) as heard:
        answer = product.reveal(action)
    assert {line["alert"] for line in heard.lines if "alert" in line} == {"PASSCODE_UNREADABLE"}
    guide = " ".join(section("A passcode cannot be read").split())
    assert f"whoever asks to see the passcode is refused with it ({answer.status_code})" in guide


def test_what_a_burst_of_errors_writes_is_found_by_the_guides_filter(product: Product) -> None:
    product.reset(product.devices()[0]["name"])
    product.waiting += product.take()
    with told(product) as heard, pytest.MonkeyPatch.context() as patch:
        store_breaks(patch, "get_many")
        product.pump("issue_command")
        assert product.call("console", "GET", f"/v1/{ENTERPRISE}/devices").status_code == 503
    guide = section("Errors burst")
    (query,) = log_filters(guide)
    found = [line for line in heard.lines if matches(query, entry_of(line))]
    assert {line["message"] for line in found} == {"to be delivered again", "unavailable"}
    for line in found:
        assert f"*{line['message']}*" in guide
        assert f"`{line['reason']}`" in guide
        assert all(field in guide for field in ("jsonPayload.reason", "jsonPayload.detail"))


def test_a_phone_whose_mail_cannot_leave_is_free_after_the_time_that_the_guide_says(product: Product) -> None:
    device = product.devices()[0]["name"]
    product.inbox.fault("http_401", 100)
    action = product.reset(device)["name"]
    product.until_status(action, "DONE")
    for told_of in ("A reset is stuck", "SendGrid is down"):
        assert "six hours" in section(told_of)
    product.time.advance(hours=5, minutes=50)
    product.tick()
    product.settle(lambda: not product.pump())
    again = product.call("reset_passcode", "POST", f"/v1/{device}:resetPasscode", json={})
    assert again.json["error"]["details"][0]["reason"] == "RESET_IN_PROGRESS"
    with told(product) as heard:
        product.time.advance(minutes=20)
        product.tick()
        product.settle(lambda: not product.pump())
    assert [line["alert"] for line in heard.lines if "alert" in line] == ["MAIL_GAVE_UP"]
    product.time.advance(minutes=20)
    product.tick()
    assert product.reset(device)["status"] == "PENDING"
