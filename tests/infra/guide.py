"""The operations guide as a tester reads it: its commands, headings and links."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "operations.md"
TEXT = GUIDE.read_text(encoding="utf-8")

_BLOCK = re.compile(r"^ *```[^`\n]*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(text: str = TEXT) -> list[list[str]]:
    """Return the lines of every command block, continued ones joined, without comments at their end."""
    joined = [block.replace("\\\n", " ").splitlines() for block in _BLOCK.findall(text)]
    bare = [[re.sub(r"\s{2,}#.*", "", line).strip() for line in block] for block in joined]
    return [[line for line in block if line and not line.startswith("#")] for block in bare]


def lines(text: str = TEXT) -> list[str]:
    """Return every line of every command block."""
    return [line for block in blocks(text) for line in block]


def spans(text: str = TEXT) -> list[str]:
    """Return what stands between backticks in running text, on one line each."""
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", _BLOCK.sub("", text))]


def commands(program: str) -> list[str]:
    """Return the commands of one program, also those in running text, inside a substitution, behind a pipe
    or another command."""
    told = [*lines(), *(span for span in spans() if " --" in span)]
    inner = [part for line in told for part in (*re.findall(r"\$\((.+)\)", line), *re.split(r"\||&&", line))]
    return [part.strip() for part in inner if part.lstrip().startswith(f"{program} ")]


def section(heading: str) -> str:
    """Return the text below a heading of the second level."""
    _, found, rest = TEXT.partition(f"\n## {heading}\n")
    assert found, heading
    return rest.partition("\n## ")[0]


def section_of(anchor: str) -> str:
    """Return the text that a link to an anchor leads to."""
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    (heading,) = (each for each in headings if anchor_of(each) == anchor)
    return section(heading)


def log_filters(text: str = TEXT) -> list[str]:
    """Return every filter of Cloud Logging, as ``gcloud logging read`` and the Logs Explorer are given it."""
    quoted = (re.match(r'gcloud logging read "((?:[^"\\]|\\.)*)"', line) for line in lines(text))
    read = [found[1].replace('\\"', '"') for found in quoted if found]
    return [*read, *(span for span in spans(text) if span.startswith("jsonPayload."))]


def anchors() -> set[str]:
    """Return the anchors of the guide's headings, as GitHub makes them."""
    return {anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)}


def anchor_of(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
