"""The benchmark says no where a bound does not hold, and measures both halves equally often."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

import bench.__main__ as program
from bench.ratio import Ratio, in_turns


def ratio(times: float) -> Ratio:
    return Ratio("the work", "the yardstick", 2.0, times, 1.0, times)


@pytest.mark.parametrize(("times", "code", "verdict"), [(1.9, 0, "ok"), (2.1, 1, "TOO SLOW")])
def test_a_bound_that_does_not_hold_fails_the_run(monkeypatch, capsys, times, code, verdict):
    def measured() -> Iterator[Ratio]:
        yield from (ratio(1.0), ratio(times))

    monkeypatch.setattr(program, "GROUPS", {"some": SimpleNamespace(ratios=measured)})

    assert program.main([]) == code
    assert capsys.readouterr().out.splitlines()[1].startswith(verdict)


def test_an_unknown_group_is_refused_before_anything_is_measured():
    with pytest.raises(SystemExit) as refused:
        program.main(["nothing"])
    assert refused.value.code == 2


def test_both_halves_are_done_in_turns_and_one_round_does_not_count(monkeypatch):
    done: list[str] = []
    clock = iter(range(100))
    monkeypatch.setattr("bench.ratio.time", SimpleNamespace(perf_counter=lambda: next(clock)))

    measured = in_turns("w", lambda: done.append("w"), "y", lambda: done.append("y"), at_most=1.0, rounds=4)

    assert done == ["w", "y", *["y", "w", "w", "y"] * 2]
    assert (measured.times, measured.holds) == (1.0, True)
