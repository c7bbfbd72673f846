"""What can be taken away again: Google deletes nothing that something else still names."""

from collections.abc import Iterator

from infra.checks.evidence import Evidence
from infra.checks.findings import Check, Fault, check
from infra.checks.sources import lifecycles

NAMED = frozenset({"google_monitoring_notification_channel", "google_compute_security_policy"})
"""What a change of the variables takes away while policies, or backends, stay."""
UPTIME, POLICY = "google_monitoring_uptime_check_config", "google_monitoring_alert_policy"


@check(
    "leaving.named",
    "Terraform deletes first and changes afterwards what named it, and Google refuses: write lifecycle { "
    "create_before_destroy = true }, and at an uptime check's policy replace_triggered_by.",
)
def named(evidence: Evidence) -> Iterator[Fault]:
    """Find what could never leave: every deployment that tries would fail."""
    written = lifecycles(evidence.terraform)
    for each in evidence.configured():
        found = written.get((each.type, str(each.source["name"])), {})
        if each.type in NAMED and found.get("create_before_destroy") is not True:
            yield each.path, "is deleted before what names it lets go of it"
        watches = each.type == POLICY and UPTIME in repr(each.source.get("expressions"))
        if watches and not any(UPTIME in str(name) for name in found.get("replace_triggered_by", ())):
            yield each.path, "stays when its uptime check is replaced"


CHECKS: tuple[Check, ...] = (named,)
