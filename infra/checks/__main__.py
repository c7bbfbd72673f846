"""``python -m infra.checks``: prints what is wrong, one finding a line; 0 where nothing is."""

import os
import sys

from infra.checks.run import CHECKS, all_findings
from infra.offline.terraform import TerraformError, TerraformUnavailableError


def main() -> int:
    """Plan, check, print, and return the exit status."""
    try:
        found = all_findings()
    except TerraformUnavailableError as reason:
        sys.stderr.write(f"infra.checks: {reason}\n")
        return 1 if os.environ.get("CI") == "true" else 0
    except TerraformError as error:
        sys.stdout.write("\n".join(error.diagnostics) + "\n")
        return 1
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    sys.stderr.write(f"infra.checks: {len(found)} findings of {len(CHECKS)} checks\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
