"""Limits of an enterprise, through the true entry points."""

from tests.functions.api_routes import reason_of
from tests.functions.product import ENTERPRISE, Product


def test_one_reset_too_many_is_refused_with_a_time_to_come_back(product: Product) -> None:
    first, second = (device["name"] for device in product.devices()[:2])
    product.write(ENTERPRISE, max_resets_per_person=1)
    product.reset(first)

    answer = product.call("reset_passcode", "POST", f"/v1/{second}:resetPasscode", json={})

    assert (answer.status_code, reason_of(answer)) == (429, "TOO_MANY_RESETS")
    assert 0 < int(answer.headers["Retry-After"]) <= 600
    assert product.phone(second)["executed"] == []


def test_one_reading_too_many_shows_nothing(product: Product) -> None:
    product.write(ENTERPRISE, max_readings_per_person=1)
    action = product.reset(product.devices()[0]["name"])["name"]
    product.until_status(action, "DONE")
    shown = product.reveal(action).json["passcode"]

    answer = product.reveal(action)

    assert (answer.status_code, reason_of(answer)) == (429, "TOO_MANY_READINGS")
    assert shown not in answer.get_data(as_text=True)
    rows = [row["type"] for row in product.get(f"/v1/{action}/events")["events"]]
    assert rows.count("REVEALED") == 1
