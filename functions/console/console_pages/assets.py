"""The files a browser fetches: our own, and Bootstrap's out of its package.

Addresses carry a hash of the content, so they may be kept for ever; all pages are ``no-store``. An ES module names
the modules it imports by plain file names; when served, these carry their hashes too (an import map would have to
be inline, which the CSP forbids). So a change of one module changes the address of all that import it.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import flask_bootstrap

OWN = Path(__file__).parent / "assets"
BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5"

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

ICONS = (
    "box-arrow-up-right",
    "caret-down-fill",
    "caret-up-fill",
    "check-circle",
    "check-circle-fill",
    "circle",
    "clock-history",
    "download",
    "envelope-exclamation-fill",
    "exclamation-triangle-fill",
    "eye-slash",
    "hourglass-split",
    "info-circle-fill",
    "lock-fill",
    "person-circle",
    "question-diamond-fill",
    "search",
    "send",
    "slash-circle",
    "wifi-off",
    "x",
    "x-octagon-fill",
)
"""The icons in use, cut out of Bootstrap's sprite of 1.1 MB."""

_IMPORT = re.compile(rb'^(import\b[^"\n]*)"\./([a-z_]+\.js)"', re.MULTILINE)
"""A static import of one of our modules, on a line of its own."""

_SYMBOL = '<symbol class="bi bi-{0}" viewBox="0 0 16 16" id="{0}">'


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent; ``version`` is a hash of its content."""

    content: bytes
    content_type: str
    version: str


def _asset(content: bytes, suffix: str) -> Asset:
    return Asset(content, f"{TYPES[suffix]}; charset=utf-8", hashlib.sha256(content).hexdigest()[:12])


@cache
def assets() -> dict[str, Asset]:
    """Return all assets by name; read once, none above a few hundred kilobytes."""
    files = {path.name: path for path in sorted(OWN.iterdir()) if path.suffix in TYPES}
    files["bootstrap.min.css"] = BOOTSTRAP / "css" / "bootstrap.min.css"
    files["bootstrap.min.js"] = BOOTSTRAP / "js" / "bootstrap.min.js"
    files["popper.min.js"] = BOOTSTRAP / "umd" / "popper.min.js"
    contents = {name: _without_map(path.read_bytes()) for name, path in files.items()}
    found: dict[str, Asset] = {}
    for name in contents:
        _add(name, contents, found)
    return found | {"icons.svg": _asset(_icons(), ".svg")}


def address(name: str) -> str:
    """Return the address of an asset, with its version; KeyError for a name there is none of."""
    return f"/assets/{name}?v={assets()[name].version}"


def _add(name: str, contents: dict[str, bytes], found: dict[str, Asset], importers: tuple[str, ...] = ()) -> Asset:
    """Add a file after the modules that it imports, because its content names their versions.

    Raises:
        KeyError: a module imports a file there is none of.
        ValueError: modules import each other in a circle, so that no version can be told.
    """
    if name in found:
        return found[name]
    if name in importers:
        raise ValueError(f"modules import each other in a circle: {' → '.join((*importers, name))}")

    def versioned(match: re.Match[bytes]) -> bytes:
        imported = _add(match[2].decode(), contents, found, (*importers, name))
        return b'%b"./%b?v=%b"' % (match[1], match[2], imported.version.encode())

    found[name] = _asset(_IMPORT.sub(versioned, contents[name]), Path(name).suffix)
    return found[name]


def _without_map(content: bytes) -> bytes:
    """Drop the pointer to a source map, which a browser's tools would ask for and not get."""
    return re.sub(rb"/[*/]# sourceMappingURL=\S+(?: \*/)?\s*$", b"", content)


def _icons() -> bytes:
    sprite = (BOOTSTRAP / "icons" / "bootstrap-icons.svg").read_text(encoding="utf-8")
    symbols = [_symbol(sprite, name) for name in ICONS]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


def _symbol(sprite: str, name: str) -> str:
    start = sprite.index(_SYMBOL.format(name))
    return sprite[start : sprite.index("</symbol>", start)] + "</symbol>"
