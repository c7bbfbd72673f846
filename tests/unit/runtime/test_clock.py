"""The real clock."""

import time
from datetime import UTC, timedelta

import pytest

from shared.runtime.clock import SystemClock


def test_the_time_is_aware_and_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)
    assert SystemClock().now().tzinfo is UTC


def test_the_boot_clock_goes_on_and_counts_suspension_where_the_platform_can():
    clock = SystemClock()
    first = clock.boot_s()
    boot = getattr(time, "CLOCK_BOOTTIME", None)

    assert clock.boot_s() >= first
    assert first == pytest.approx(time.monotonic() if boot is None else time.clock_gettime(boot), abs=5)


def test_without_a_boot_clock_the_monotonic_one_must_do(monkeypatch):
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)

    assert SystemClock().boot_s() == pytest.approx(time.monotonic(), abs=5)


def test_a_pause_lasts(monkeypatch):
    pauses = []
    monkeypatch.setattr(time, "sleep", pauses.append)

    SystemClock().sleep(0.05)

    assert pauses == [0.05]
