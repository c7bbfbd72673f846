"""Who holds which device, out of a CSV file that people made (domain layer; text in, rows and faults out).

The first line names the columns; case, spaces and signs in the names do not matter, nor does their order:

=================  ==========================================================  =================================
column             also called                                                 holds
=================  ==========================================================  =================================
``serial_number``  serial, serial no                                           of the device, as it reports it
``device_id``      device                                                      or ``enterprises/{e}/devices/{d}``
``display_name``   name, user, user name, full name                            of the person
``email``          e-mail, mail, e-mail address                                one plain address
``locale``         language                                                    such as ``de`` or ``pt-BR``
=================  ==========================================================  =================================

One of the first two is needed. Comma, semicolon, tab or bar separate, quotes are those of RFC 4180, and the text is
UTF-8 or has a byte order mark. A row without name and address takes an earlier import of that device back.

A file that cannot be read for certain is refused as a whole; a row that cannot be used is a fault with its line
number, and the others stand. A passcode may be mailed to these addresses, so nothing is guessed or repaired.

Source: RFC 4180; Excel's ``sep=`` line and its UTF-16 "Unicode text".
"""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from shared.domain.device import MAX_USER_TEXT, DeviceUser
from shared.domain.mail_address import is_plain_address
from shared.domain.resource_names import ID_PATTERN

MAX_BYTES = 64 * 1024 * 1024
"""Ten times a fleet of 100,000 with long names: more is another kind of file."""

_NAMES = {
    "serial_number": ("serialnumber", "serial", "serialno"),
    "device_id": ("deviceid", "device"),
    "display_name": ("displayname", "name", "user", "username", "fullname"),
    "email": ("email", "mail", "emailaddress"),
    "locale": ("locale", "language"),
}
_COLUMN_OF = {alias: column for column, aliases in _NAMES.items() for alias in aliases}
_SEPARATORS = ",;\t|"
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_EXCEL_SEPARATOR = re.compile(r"sep=([,;\t|])(?:\r\n|\r|\n)", re.IGNORECASE)
_NOT_PLAIN = re.compile(r"[\W_]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}")
_DEVICE = re.compile(rf"(?:enterprises/{ID_PATTERN.pattern}/devices/)?{ID_PATTERN.pattern}")


class TableError(ValueError):
    """The file as a whole cannot be read; the message says why, for the person who made it."""


@dataclass(frozen=True, slots=True)
class UserRow:
    """One usable row.

    Attributes:
        line: where it starts in the file, from 1.
        serial_number: "" where the row names the device by its id; ``device_id`` likewise.
        user: None takes an earlier import back.
    """

    line: int
    serial_number: str
    device_id: str
    user: DeviceUser | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is not used; ``message`` is English and safe to print."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class UserTable:
    """What a file holds; ``ignored`` are the columns that mean nothing here, as they are spelled."""

    rows: tuple[UserRow, ...]
    faults: tuple[Fault, ...]
    ignored: tuple[str, ...]


def read_table(content: bytes) -> UserTable:
    """Return the rows and the faults of a file.

    Raises:
        TableError: nothing of it can be used.
    """
    text, separator = _text(content)
    lines = 1 if separator else 0
    separator = separator or _separator(text)
    records = _records(text, separator, lines)
    _, head = next(records, (0, []))
    columns = _columns(head)
    found = [_row(line, cells, columns) for line, cells in records]
    rows = tuple(row for row in found if isinstance(row, UserRow))
    faults = tuple(fault for fault in found if isinstance(fault, Fault))
    return UserTable(rows, faults, tuple(shown(name) for name in head if not _column(name)))


def shown(text: str) -> str:
    """Return foreign text as it may stand in a terminal: quoted, short, without control characters."""
    return ascii(text[:60]) + ("…" if len(text) > 60 else "")  # noqa: PLR2004  # as long as a line has room


def _text(content: bytes) -> tuple[str, str]:
    """Return the text without marks, and the separator that it names itself, else ""."""
    if len(content) > MAX_BYTES:
        raise TableError(f"The file has more than {MAX_BYTES // 2**20} MB.")
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise TableError("The file is not UTF-8. In a spreadsheet, save it as “CSV UTF-8”.") from None
    if "\0" in text:
        raise TableError("The file holds zero bytes: it is no CSV file, or it is damaged.")
    named = _EXCEL_SEPARATOR.match(text)
    return (text[named.end() :], named[1]) if named else (text, "")


def _separator(text: str) -> str:
    """Return the separator under which the head names most columns."""
    head = next((line for line in text.splitlines() if line.strip()), "")

    def known(separator: str) -> int:
        try:
            return sum(bool(_column(name)) for name in next(csv.reader([head], delimiter=separator), []))
        except csv.Error:
            return 0

    return max(_SEPARATORS, key=known)


def _records(text: str, separator: str, lines_before: int) -> Iterator[tuple[int, list[str]]]:
    """Yield every record that is not blank, with the line it starts on."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    line = lines_before + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(f"The file breaks off at line {line}: {error}. Nothing of it was used.") from None
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]
        line = lines_before + reader.line_num + 1


def _column(name: str) -> str:
    return _COLUMN_OF.get(_NOT_PLAIN.sub("", name.casefold()), "")


def _columns(head: Sequence[str]) -> list[str]:
    columns = [_column(name) for name in head]
    known = [column for column in columns if column]
    if len(set(known)) != len(known):
        raise TableError("Two columns have the same meaning. Keep one of them.")
    if not {"serial_number", "device_id"} & set(known):
        raise TableError("The first line names no column serial_number or device_id.")
    if not {"display_name", "email"} & set(known):
        raise TableError("The first line names no column display_name or email.")
    return columns


def _row(line: int, cells: list[str], columns: list[str]) -> UserRow | Fault:
    if len(cells) != len(columns):
        return Fault(line, f"It has {len(cells)} cells and the first line {len(columns)}.")
    named = dict(zip(columns, cells, strict=True))
    named.pop("", None)
    serial_number, device_id = named.pop("serial_number", ""), named.pop("device_id", "")
    user = DeviceUser(**named)
    fault = _fault_of_device(serial_number, device_id) or _fault_of_user(user)
    if fault:
        return Fault(line, fault)
    return UserRow(line, serial_number, device_id, user if user.display_name or user.email else None)


def _fault_of_device(serial_number: str, device_id: str) -> str:
    if not serial_number and not device_id:
        return "It names no device."
    if device_id and not _DEVICE.fullmatch(device_id):
        return f"{shown(device_id)} is no device id."
    return ""


def _fault_of_user(user: DeviceUser) -> str:
    if user.email and not is_plain_address(user.email):
        return f"{shown(user.email)} is not one plain e-mail address."
    if len(user.display_name) > MAX_USER_TEXT:
        return f"The name has more than {MAX_USER_TEXT} characters."
    if _CONTROL.search(user.display_name):
        return "The name holds a line break or another control character; a quote may be missing."
    if user.locale and not _LOCALE.fullmatch(user.locale):
        return f"{shown(user.locale)} is no language such as de or pt-BR."
    if user.locale and not (user.display_name or user.email):
        return "It has a language and neither name nor address."
    return ""
