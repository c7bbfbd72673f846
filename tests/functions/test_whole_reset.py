"""A reset from request to mail, through the functions as they are deployed."""

from local.inbox.mailbox import Letter
from tests.functions.product import ADMIN, ENTERPRISE, Product


def passcode_in(letter: Letter) -> str:
    """Return the passcode of a letter, which shows it in groups on a line of its own."""
    shown = next(line for line in letter.text.splitlines() if line.startswith("    "))
    return "".join(shown.split())


def test_the_mailed_passcode_is_the_one_on_the_phone(product: Product) -> None:
    device = product.devices()[0]
    before = product.phone(device["name"])["passcode"]
    action = product.reset(device["name"], reason="left in a taxi", notifyUser=True)
    assert (action["status"], action["passcodeAvailable"]) == ("PENDING", False)
    done = product.until_status(action["name"], "DONE")
    product.settle(lambda: len(product.inbox.letters()) == 2)
    phone = product.phone(device["name"])
    assert phone["passcode"] != before
    assert phone["locked"] is True
    assert {passcode_in(letter) for letter in product.inbox.letters()} == {phone["passcode"]}
    assert {letter.to for letter in product.inbox.letters()} == {ADMIN, device["user"]["email"]}
    assert product.reveal(action["name"]).json["passcode"] == phone["passcode"]
    assert len(product.issue_calls()) == 1
    assert done["createTime"] <= done["issueTime"] <= done["completeTime"] <= done["expireTime"]


def test_a_repeat_and_a_cancel_answer_the_very_action_that_a_read_shows(product: Product) -> None:
    """An answer that said the passcode cannot be read, where it can, would send a script to reset again."""
    device, body = product.devices()[0]["name"], {"requestId": "ticket-4711", "reason": "left in a taxi"}
    action = product.reset(device, **body)["name"]
    done = product.until_status(action, "DONE")
    product.settle(product.inbox.letters)
    assert done["passcodeAvailable"] is True
    cancelled = product.call("reset_passcode", "POST", f"/v1/{action}:cancel", json={}).json
    assert product.reset(device, **body) == cancelled == product.get(f"/v1/{action}")


def test_every_message_may_come_twice(product: Product) -> None:
    device = product.devices()[0]["name"]
    action = product.reset(device)["name"]
    product.until_status(action, "DONE")
    product.settle(product.inbox.letters)
    for each in list(product.pushed):
        assert product.push(each.function, each.body, path=each.path).status_code == 204
    product.settle(lambda: not product.pump())
    assert len(product.issue_calls()) == 1
    assert len(product.inbox.letters()) == 1


def test_a_reset_ends_by_the_timer_alone_when_every_message_is_lost(product: Product) -> None:
    product.sim("POST", "/notifications", {"mode": "off"})
    action = product.reset(product.devices()[0]["name"])["name"]
    product.take()  # the request's message is lost
    for seconds in (61, 31, 61):
        product.time.advance(seconds=seconds)
        product.tick()
        product.pump("issue_command", "notify")
    assert product.action(action)["status"] == "DONE"
    product.settle(product.inbox.letters)
    assert len(product.issue_calls()) == 1


def test_the_history_tells_every_step_and_who_made_it(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"])["name"]
    product.until_status(action, "DONE")
    product.settle(product.inbox.letters)
    product.reveal(action)
    rows = product.get(f"/v1/{action}/events")["events"]
    assert [row["type"] for row in rows] == ["REQUESTED", "ISSUING", "ISSUED", "DONE", "MAIL_SENT", "REVEALED"]
    assert [row["who"] for row in rows if row["type"] in {"REQUESTED", "REVEALED"}] == [ADMIN, ADMIN]


def test_a_cancelled_command_never_changes_the_phone(product: Product) -> None:
    device = product.devices()[0]["name"]
    before = product.phone(device)["passcode"]
    product.set_phone(device, online=False)
    action = product.reset(device)["name"]
    product.until_status(action, "ISSUED")
    answer = product.call("reset_passcode", "POST", f"/v1/{action}:cancel", json={})
    assert (answer.status_code, answer.json["cancelRequested"]) == (200, True)
    product.until_status(action, "CANCELLED")
    product.set_phone(device, online=True)
    product.settle(lambda: not product.pump())
    assert product.phone(device)["passcode"] == before
    assert not product.inbox.letters()
    assert product.reveal(action).json["error"]["details"][0]["reason"] == "PASSCODE_NOT_AVAILABLE"


def test_a_later_reset_destroys_the_earlier_passcode(product: Product) -> None:
    device = product.devices()[0]["name"]
    first = product.reset(device)["name"]
    product.until_status(first, "DONE")
    product.settle(product.inbox.letters)
    second = product.reset(device)["name"]
    assert product.reveal(first).json["supersededBy"] == second
    product.until_status(second, "DONE")
    refused = product.reveal(first)
    assert (refused.status_code, refused.json["error"]["details"][0]["reason"]) == (410, "PASSCODE_DESTROYED")
    assert "ciphertext" not in product.stored(first.replace("/actions/", "/passcodes/"))


def test_a_link_only_enterprise_mails_no_passcode(product: Product) -> None:
    product.write(ENTERPRISE, delivery="LINK")
    action = product.reset(product.devices()[0]["name"], notifyUser=True)["name"]
    product.until_status(action, "DONE")
    product.settle(lambda: len(product.inbox.letters()) == 2)
    passcode = product.reveal(action).json["passcode"]
    for letter in product.inbox.letters():
        assert passcode not in "".join(letter.text.split()) + "".join(letter.html.split())
