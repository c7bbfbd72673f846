"""The operations guide as a tester reads it: its commands, headings and links."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "operations.md"
TEXT = GUIDE.read_text(encoding="utf-8")

_BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def lines() -> list[str]:
    """Return every line of every command block, continued ones joined, without comments at their end."""
    joined = "\n".join(block.replace("\\\n", " ") for block in _BLOCK.findall(TEXT))
    found = (re.sub(r"\s{2,}#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in found if line and not line.startswith("#")]


def commands(program: str) -> list[str]:
    """Return the commands of one program, also those inside a substitution or behind a pipe."""
    inner = [part for line in lines() for part in (*re.findall(r"\$\((.+)\)", line), *line.split("|"))]
    return [part.strip() for part in inner if part.lstrip().startswith(f"{program} ")]


def anchors() -> set[str]:
    """Return the anchors of the guide's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
