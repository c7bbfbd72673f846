"""Which versions of Terraform will do, for all that run it (deployment tooling)."""

import re

MINIMUM = (1, 11)
"""Write-only arguments and ephemeral variables, by which no secret is in plan or state.

Source: Terraform 1.11 upgrade notes.
"""

NEEDED = f"{'.'.join(map(str, MINIMUM))} or newer"
"""In words."""


def is_enough(version: str) -> bool:
    """Tell whether a version such as ``1.11.4`` or ``1.12.0-rc1`` will do; no text that is none does."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) >= MINIMUM
