"""Scheduler's jobs: what calls the timers, when, and how it proves who it is."""

from collections.abc import Iterator

from infra.checks.evidence import Evidence, seconds
from infra.checks.findings import Check, Fault, check
from infra.checks.grants import uri_of
from infra.rights import TIMERS

JOB = "google_cloud_scheduler_job"
EACH_MINUTE_S = 60
APART_S = {"* * * * *": EACH_MINUTE_S, "*/5 * * * *": 300}
"""Seconds between two runs of a schedule; none other is in use."""


@check(
    "timers.schedule",
    "The timer drives every reset that a lost message left behind; infra/rights.py has the times.",
)
def schedule(evidence: Evidence) -> Iterator[Fault]:
    """Compare the Scheduler jobs with the table of timers."""
    for function, cron in TIMERS.items():
        uri = uri_of(evidence, function)
        jobs = [each for each in evidence.of(JOB) if each.block("http_target").get("uri") == uri]
        if [each.get("schedule") for each in jobs] != [cron]:
            yield function, f"is called at {[each.get('schedule') for each in jobs]}, not once at {cron}"
        for each in jobs:
            if each.get("paused"):
                yield each.address, "is paused"
            if each.block("http_target").get("http_method") != "POST":
                yield each.address, "does not POST"
            if each.get("name") != function.replace("_", "-"):
                yield (
                    each.address,
                    f"is called {each.get('name')}, and docs/operations.md calls it after {function}",
                )


@check(
    "timers.deadline", "A run ends before the next one, and the next tick is the retry of the one a minute apart."
)
def deadline(evidence: Evidence) -> Iterator[Fault]:
    """Find jobs that wait beyond their next run."""
    for each in evidence.of(JOB):
        interval = APART_S.get(str(each.get("schedule")), 0)
        waits = seconds(each.get("attempt_deadline") or "180s")
        if not 0 < waits <= interval:
            yield each.address, f"waits {waits:.0f} s, and runs every {interval} s"
        if interval == EACH_MINUTE_S and each.block("retry_config").get("retry_count"):
            yield each.address, "repeats a run that the next tick repeats anyway"


@check("timers.token", "The function must see who calls: an account of its own, audience its own address.")
def token(evidence: Evidence) -> Iterator[Fault]:
    """Find jobs that do not prove who they are to the function called."""
    for each in evidence.of(JOB):
        given = each.block("http_target", "oidc_token")
        if not given.get("service_account_email") or given.get("audience") != each.block("http_target").get("uri"):
            yield each.address, f"token is {given or 'missing'}"


CHECKS: tuple[Check, ...] = (schedule, deadline, token)
