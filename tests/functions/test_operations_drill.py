"""The cures of the operations guide, done: what waits goes on by itself, and a restore sends nothing twice."""

import base64
import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing

from infra.metrics import METRICS
from tests.functions.product import ENTERPRISE, Product
from tests.functions.told import Line, told
from tests.infra.guide import commands, log_filters, section
from tests.infra.logging_query import entry_of, matches

TABLES = ("documents", "entries", "clock")


def backup(product: Product) -> dict[str, list[tuple[object, ...]]]:
    """Return everything that the store holds."""
    with closing(sqlite3.connect(product.store_path)) as database:
        return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}


def restore(product: Product, kept: dict[str, list[tuple[object, ...]]]) -> None:
    """Put the store back; what waits on the bus is of another store and thrown away, as the guide says."""
    with closing(sqlite3.connect(product.store_path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        for table, rows in kept.items():
            database.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" for _ in rows[0]) if rows else ""
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        database.execute("COMMIT")
    product.take()
    product.waiting.clear()


def cancel(product: Product, statuses: Iterable[str]) -> None:
    """Withdraw whatever stands so, as the guide's two lines do."""
    for status in statuses:
        for action in product.get(f"/v1/{ENTERPRISE}/actions?status={status}")["actions"]:
            answer = product.call("reset_passcode", "POST", f"/v1/{action['name']}:cancel", json={})
            assert answer.status_code == 200


def test_a_restored_store_sends_no_reset_that_was_open_in_it(product: Product) -> None:
    waiting, offline = (row["name"] for row in product.devices()[:2])
    product.set_phone(offline, online=False)
    sent = product.reset(offline)["name"]
    product.until_status(sent, "ISSUED")
    ran = product.reset(waiting)["name"]
    kept = backup(product)
    product.until_status(ran, "DONE")
    calls = len(product.issue_calls())

    restore(product, kept)
    assert product.action(ran)["status"] == "PENDING"
    cancel(product, re.findall(r"--status ([A-Z]+)", section("Restore drill")))
    for _ in range(5):
        product.time.advance(minutes=10)
        product.tick()
        product.settle(lambda: not product.pump())
    assert len(product.issue_calls()) == calls
    assert {product.action(name)["status"] for name in (ran, sent)} == {"CANCELLED"}


def test_the_phones_whose_passcode_a_restored_store_does_not_know_are_in_the_logs(product: Product) -> None:
    before, after = (row["name"] for row in product.devices()[:2])
    (query,) = (each for each in log_filters(section("Restore drill")) if "$SNAPSHOT" in each)
    with told(product) as heard:
        product.until_status(product.reset(before)["name"], "DONE")
        snapshot = max(line["time"] for line in heard.lines)
        product.until_status(product.reset(after)["name"], "DONE")
    later = [line for line in heard.lines if line["time"] > snapshot]
    asked = query.replace("$SNAPSHOT", later[0]["time"])
    assert {line["device"] for line in heard.lines if matches(asked, entry_of(line))} == {after}


def test_without_the_cancelling_a_restored_store_would_send_again(product: Product) -> None:
    """Why the guide lets the timers stand still first."""
    ran = product.reset(product.devices()[0]["name"])["name"]
    kept = backup(product)
    product.until_status(ran, "DONE")
    calls = len(product.issue_calls())
    restore(product, kept)
    product.time.advance(minutes=10)
    product.tick()
    product.settle(lambda: len(product.issue_calls()) > calls)


def test_a_message_of_the_guide_is_taken_and_does_nothing_twice(product: Product) -> None:
    action = product.reset(product.devices()[0]["name"])["name"]
    product.until_status(action, "DONE")
    calls = len(product.issue_calls())
    (command,) = commands("gcloud pubsub topics publish")
    data = re.search(r'--message="(.*)"$', command)[1].replace('\\"', '"').replace("$ACTION", action)
    assert json.loads(data) == {"action": action}
    message = {"message": {"data": base64.b64encode(data.encode()).decode(), "messageId": "1"}, "subscription": "s"}
    with told(product) as heard:
        assert product.push("issue_command", message).status_code in {200, 204}
    assert [line["message"] for line in heard.lines if "names no action" in line["message"]] == []
    assert len(product.issue_calls()) == calls


def test_a_message_of_another_store_is_a_warning_and_no_alert(product: Product) -> None:
    data = base64.b64encode(json.dumps({"action": f"{ENTERPRISE}/actions/01M858YXFKFXYSK47JS06CRHDG"}).encode())
    for function in ("issue_command", "notify"):
        with told(product) as heard:
            message = {"message": {"data": data.decode(), "messageId": "1"}, "subscription": "s"}
            assert product.push(function, message).status_code in {200, 204}
        assert [(line["severity"], line["message"]) for line in heard.lines] == [("WARNING", "unknown action")]
        assert "alert" not in heard.lines[0]
    assert "*unknown action*" in section("A dead letter")


def half_an_hour(product: Product) -> list[Line]:
    """Let the timer run for half an hour; returns what was written."""
    with told(product) as heard:
        for _ in range(30):
            product.time.advance(minutes=1)
            product.tick()
            product.pump()
        return heard.lines


def fed(metric: str, lines: list[Line]) -> int:
    """Return how many lines a metric counts."""
    (chosen,) = (each for each in METRICS if each.name == metric)
    return sum(matches(chosen.filter, entry_of(line)) for line in lines)


def test_half_an_hour_of_429_is_told_by_the_alert_that_counts_and_by_no_line(product: Product) -> None:
    product.fault("issueCommand", "http_429", 1000)
    product.reset(product.devices()[0]["name"])
    lines = half_an_hour(product)
    assert [line for line in lines if "alert" in line] == []
    assert fed("passcode_reset_amapi_failures", lines) > 2
    assert fed("passcode_reset_amapi_call_seconds", lines) == 0
    product.fault("issueCommand", "http_429", 0)
    assert fed("passcode_reset_amapi_call_seconds", half_an_hour(product)) == 1


def test_half_an_hour_without_mails_is_told_by_the_alert_that_counts_and_by_no_line(product: Product) -> None:
    product.inbox.fault("http_401", 1000)
    product.until_status(product.reset(product.devices()[0]["name"])["name"], "DONE")
    lines = half_an_hour(product)
    assert [line for line in lines if "alert" in line] == []
    assert fed("passcode_reset_mail_failures", lines) > 2
    assert fed("passcode_reset_mail_call_seconds", lines) == 0


def test_resets_go_on_by_themselves_once_amapi_takes_our_account_again(product: Product) -> None:
    device = product.devices()[0]["name"]
    product.fault("issueCommand", "http_403")
    with told(product) as heard:
        action = product.reset(device)["name"]
        product.settle(product.issue_calls)
    assert {line["alert"] for line in heard.lines if "alert" in line} == {"AMAPI_UNAUTHORISED"}
    assert product.action(action)["status"] == "PENDING"
    product.time.advance(minutes=7)
    product.tick()
    product.until_status(action, "DONE")
    assert "within ten minutes" in " ".join(section("AMAPI refuses us").split())
