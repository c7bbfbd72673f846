"""Writes an archive whose bytes follow from names and contents alone."""

import io
import stat
import zipfile
from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold. Source: PKWARE APPNOTE 4.4.6, MS-DOS date."""

_UNIX = 3  # "version made by", or the modes would be read as DOS attributes
_MODE = stat.S_IFREG | 0o644


def archive(contents: Mapping[str, bytes]) -> bytes:
    """Return the zip of some files: sorted, stored, of one time and one mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            entry.compress_type = zipfile.ZIP_STORED
            target.writestr(entry, contents[name])
    return buffer.getvalue()
