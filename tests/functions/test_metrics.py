"""Every metric is fed by lines that the functions really write: a renamed field breaks a test, not a dashboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.metrics import METRICS, Metric
from shared.adapters.local_bus import LocalBus
from shared.adapters.sqlite import SqliteStore
from shared.domain.errors import TransientError
from tests.functions.product import Product, running
from tests.functions.told import Line, told
from tests.infra.logging_query import entry_of, extracted, matches


def failing_once(patch: pytest.MonkeyPatch, owner: type, method: str, reason: str) -> None:
    """Let the next call of a method fail."""
    real = getattr(owner, method)

    def call(*arguments: object) -> object:
        patch.setattr(owner, method, real)
        raise TransientError(reason, "once")

    patch.setattr(owner, method, call)


def eventful_day(product: Product) -> None:
    """Run resets through everything that a metric counts."""
    first, second, third = (row["name"] for row in product.devices()[:3])
    product.inbox.fault("http_500")
    with pytest.MonkeyPatch.context() as patch:
        failing_once(patch, LocalBus, "publish", "PUBLISH_FAILED")
        done = product.reset(first, notifyUser=True)["name"]
    product.call("reset_passcode", "POST", f"/v1/{first}:resetPasscode", json={})
    product.time.advance(seconds=61)
    product.tick()
    product.waiting += product.take()
    with pytest.MonkeyPatch.context() as patch:
        failing_once(patch, SqliteStore, "get_many", "STORE_UNAVAILABLE")
        product.pump("issue_command")
    product.until_status(done, "DONE")
    product.settle(product.inbox.letters)
    assert product.reveal(done).status_code == 200
    product.fault("issueCommand", "http_400_echo")
    product.until_status(product.reset(second)["name"], "FAILED")
    product.set_phone(third, online=False)
    waiting = product.reset(third)["name"]
    product.until_status(waiting, "ISSUED")
    assert product.call("reset_passcode", "POST", f"/v1/{waiting}:cancel", json={}).status_code == 200
    product.until_status(waiting, "CANCELLED")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Line]]:
    """What an eventful day prints."""
    folder: Path = tmp_path_factory.mktemp("day")
    with running(folder) as product, told(product) as heard:
        eventful_day(product)
        yield heard.lines


def fed_by(metric: Metric, lines: list[Line]) -> list[dict[str, object]]:
    return [dict(entry_of(line)) for line in lines if matches(metric.filter, entry_of(line))]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_fed_and_every_extractor_finds_its_fact(metric: Metric, lines: list[Line]) -> None:
    entries = fed_by(metric, lines)
    assert entries
    for label, extractor in metric.labels.items():
        assert any(extracted(extractor, entry) for entry in entries), f"{label} is never told"
    if metric.value:
        values = [float(extracted(metric.value, entry) or "nan") for entry in entries]
        assert all(0 <= value < 86400 for value in values), values


def test_how_resets_end_is_told_apart(lines: list[Line]) -> None:
    ended = next(metric for metric in METRICS if metric.name == "passcode_reset_ended")
    statuses = [extracted(ended.labels["status"], entry) for entry in fed_by(ended, lines)]
    assert sorted(statuses, key=str) == ["CANCELLED", "DONE", "FAILED"]


def test_a_metrics_labels_have_few_values(lines: list[Line]) -> None:
    for metric in METRICS:
        for extractor in metric.labels.values():
            found = [extracted(extractor, entry) or "" for entry in fed_by(metric, lines)]
            assert all(len(text) <= 60 for text in found), (metric.name, extractor)


def test_no_fact_is_null(lines: list[Line]) -> None:
    """What an extractor makes of a null is written nowhere: a label could read "null"."""
    assert [line for line in lines if None in line.values()] == []


def test_every_line_about_a_reset_bears_it(lines: list[Line]) -> None:
    """The one filter finds all: what does not bear an action is about none."""
    stray = {line["message"] for line in lines if "action" not in line}
    assert stray <= {"polled", "device gone", "synced", "notification ignored", "refused"}, stray
    assert all("device" in line for line in lines if line["message"] == "refused")


def test_metrics_have_names_of_their_own() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    assert all((metric.value is None) == (metric.buckets is None) for metric in METRICS)
    assert all(list(metric.buckets or ()) == sorted(metric.buckets or ()) for metric in METRICS)
