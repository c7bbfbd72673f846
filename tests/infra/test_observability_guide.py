"""The guide's tables of metrics and alerts say what the code's tables say."""

from pathlib import Path

from infra.metrics import METRICS
from shared.domain.alerts import ALERTS

GUIDE = (Path(__file__).parents[2] / "docs" / "observability.md").read_text(encoding="utf-8")


def rows_below(heading: str) -> list[str]:
    """Return the rows of the table of a section, without its head."""
    section = GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def test_the_guide_lists_every_metric_as_it_is():
    expected = [
        f"| `{each.name}` | {'count' if each.value is None else each.unit} "
        f"| {', '.join(each.labels) or 'none'} | {each.description} |"
        for each in METRICS
    ]
    assert rows_below("Metrics") == expected


def test_the_guide_lists_every_alert_as_it_is():
    expected = [
        f"| `{code}` | {kind.severity} | {kind.summary} | [{kind.runbook}](operations.md#{kind.runbook}) |"
        for code, kind in sorted(ALERTS.items())
    ]
    assert rows_below("Alerts") == expected
