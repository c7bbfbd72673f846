"""Reads an environment's Terraform variables, as far as they are plain texts of the file's own level."""

import re
from pathlib import Path

_TEXT = re.compile(r'^\s*([a-z_]+)\s*=\s*"([^"]*)"', re.MULTILINE)
_PIECE = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|//[^\n]*|/\*.*?\*/|[{}\[\]()]', re.DOTALL)
"""What a bracket may hide in, and brackets."""


def texts_of(file: Path) -> dict[str, str]:
    """Return variable → text; {} where there is no file.

    What stands inside an object is of that object: the ``region`` of ``ses`` is one of Amazon's. A byte order mark,
    as some editors write it, is passed over, as Terraform does.
    """
    return dict(_TEXT.findall(_outermost(file.read_text(encoding="utf-8-sig")))) if file.is_file() else {}


def _outermost(text: str) -> str:
    """Return what stands in no bracket and no comment."""
    kept, depth, end = [], 0, 0
    for piece in _PIECE.finditer(text):
        if depth == 0:
            kept.append(text[end : piece.start()])
        end = piece.end()
        if piece[0] in "{[(":
            depth += 1
        elif piece[0] in "}])":
            depth -= 1
        elif depth == 0 and piece[0].startswith('"'):
            kept.append(piece[0])
    return "".join((*kept, text[end:]))
