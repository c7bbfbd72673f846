"""Writes ``docs/iam.md`` out of the plan: ``python -m infra.iam_matrix --write`` (deployment tooling).

Without ``--write`` the document is printed. Nothing in it is taken from the table of what should be: what Terraform
would grant is what is told.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

from infra.checks.evidence import REPOSITORY, Evidence, Resource
from infra.checks.grants import Grant, agent, functions, grants, invoker_accounts, runtime_member
from infra.checks.rights import AMAPI_ROLE, INVOKER_ROLE, subject, writer_role
from infra.rights import AMAPI_PUBLISHER

DOCUMENT = REPOSITORY / "docs" / "iam.md"

HEAD = """# Who may do what

Made from Terraform's plan by `python -m infra.iam_matrix --write`; `make check` holds it to the plan. Names are
those of the example values. Each function runs as an account of its own, and nothing is granted to the public.

| function | passcodes' key | this database | AMAPI | publishes to | secrets | called by |
|---|---|---|---|---|---|---|
"""

NOTES = """
- **AMAPI** has one permission, `androidmanagement.enterprises.manage`, for everything: who may read a device may
  also **wipe any phone of any enterprise of the project**. There is no reading role. So the function that takes
  requests from the internet has none, and an environment is a project of its own.
- **Key**: nobody can both seal and open a passcode. No right on keys or secrets is granted on the project.
- **Database**: each right is bound to the one database by a condition; roles of Firestore cannot be cut by
  collection. No account may delete documents: a passcode is destroyed by overwriting it, documents go by their
  expiry time.
- Functions write logs to standard output, which needs no right.

## Other accounts
| account | may | on |
|---|---|---|
"""

TAIL = """
- **IAP's agent** calls the web functions for people. Who passes IAP is `console_members`; what they may do in the
  product is decided by its own members.
- **Pub/Sub's agent** moves dead letters, and makes the token that a push bears: without these rights neither
  happens, and nothing says so.
- **Monitoring's agent** asks the console for `/health` past IAP; every other route wants IAP's assertion.
- **The apply account** may act as each function's account and put code into it, so in the end it may do what they
  may. Its workflow runs for tags alone, after an approval. **The plan account** reads settings and no data.
"""


def text(evidence: Evidence) -> str:
    """Return the whole document; the same plan gives the same bytes."""
    given = grants(evidence)
    rows = [_row(evidence, given, name, each) for name, each in sorted(functions(evidence).items())]
    others = [f"| {who} | {role} | {what} |" for who, role, what in _others(evidence, given)]
    return HEAD + "\n".join(rows) + "\n" + NOTES + "\n".join(others) + "\n" + TAIL


def _row(evidence: Evidence, given: Sequence[Grant], name: str, function: Resource) -> str:
    own = [grant for grant in given if grant.member == runtime_member(function)]
    cells = [f"`{name}`"]
    for about in ("key", "store", "amapi", "publish", "secret"):
        found = [_cell(evidence, grant) for grant in own if subject(evidence, grant) == about]
        cells.append(", ".join(dict.fromkeys(found)) or "–")  # noqa: RUF001 - an empty cell
    callers = [grant for grant in given if grant.role == INVOKER_ROLE and grant.target == function.get("name")]
    cells.append(", ".join(_caller(evidence, grant.member) for grant in callers) or "nobody")
    return f"| {' | '.join(cells)} |"


def _cell(evidence: Evidence, grant: Grant) -> str:
    words = {
        "roles/cloudkms.cryptoKeyEncrypter": "encrypt",
        "roles/cloudkms.cryptoKeyDecrypter": "decrypt",
        "roles/datastore.viewer": "read",
        writer_role(evidence): "read, create, update",
        AMAPI_ROLE: "**all, wiping too**",
    }
    return words.get(grant.role) or f"`{grant.target.rpartition('/')[2]}`"


def _caller(evidence: Evidence, member: str) -> str:
    if member == agent(evidence, "iap"):
        return "IAP's agent"
    email = member.partition(":")[2]
    if email in invoker_accounts(evidence):
        return f"`{email.partition('@')[0]}`"
    return "Monitoring's agent (uptime check)" if "gcp-sa-monitoring" in member else f"`{member}`"


def _others(evidence: Evidence, given: Sequence[Grant]) -> Iterator[tuple[str, str, str]]:
    functions_own = {runtime_member(each) for each in functions(evidence).values()}
    by_target: dict[tuple[str, tuple[str, str]], set[str]] = {}
    for grant in given:
        if grant.member not in functions_own:
            key = _account(evidence, grant.member), _target(grant)
            by_target.setdefault(key, set()).add(_role(grant))
    alike: dict[tuple[str, str, str], list[str]] = {}
    for (who, (kind, name)), roles in sorted(by_target.items()):
        alike.setdefault((who, kind, ", ".join(sorted(roles))), []).append(name)
    yield from ((who, roles, f"{kind} {', '.join(names)}".strip()) for (who, kind, roles), names in alike.items())


def _role(grant: Grant) -> str:
    name = grant.role.removeprefix("roles/").rpartition("/")[2]
    return f"`{name}`" + (" (with a condition)" if grant.condition else "")


def _target(grant: Grant) -> tuple[str, str]:
    if grant.kind == "project":
        return "the project", ""
    words = grant.target.split("/")
    name = words[-2] if words[-1] in {"name", "id"} else words[-1]
    return grant.kind.replace("_", " "), f"`{name.partition('@')[0]}`"


def _account(evidence: Evidence, member: str) -> str:
    agents = {
        agent(evidence, "iap"): "IAP's agent",
        agent(evidence, "pubsub"): "Pub/Sub's agent",
        AMAPI_PUBLISHER: "AMAPI (`android-cloud-policy@system`)",
    }
    made = {
        str(each.get("member")): f"`{each.get('account_id')}`" for each in evidence.of("google_service_account")
    }
    for found in (agents.get(member), made.get(member)):
        if found:
            return found
    if member in set(evidence.variables.get("console_members") or ()):
        return "people of `console_members`"
    if member.startswith("principalSet://"):
        return f"GitHub workflows, stage `{member.rpartition('/')[2]}`"
    return "Monitoring's agent" if "gcp-sa-monitoring" in member else f"`{member}`"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the document, or write it."""
    from infra.checks.run import planned  # noqa: PLC0415 - its checks compare this document

    parser = argparse.ArgumentParser(prog="python -m infra.iam_matrix", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/iam.md")
    chosen = parser.parse_args(arguments)
    made = text(planned())
    if chosen.write:
        DOCUMENT.write_text(made, encoding="utf-8")
    else:
        sys.stdout.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
