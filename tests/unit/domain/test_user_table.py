"""Files that people make: read for certain, or refused with a line and a reason."""

import pytest

from shared.domain import user_table
from shared.domain.device import DeviceUser
from shared.domain.user_table import Fault, TableError, UserRow, read_table, shown

HEAD = "serial_number,display_name,email,locale\n"
ANN = DeviceUser("Ann", "ann@example.com", "de")


def rows(text: str) -> tuple[UserRow, ...]:
    table = read_table(text.encode())
    assert table.faults == ()
    return table.rows


def faults(text: str) -> tuple[Fault, ...]:
    table = read_table((HEAD + text).encode())
    assert table.rows == ()
    return table.faults


def test_a_row_names_device_and_user():
    assert rows(HEAD + "S1,Ann,ann@example.com,de\n") == (UserRow(2, "S1", "", ANN),)


@pytest.mark.parametrize(
    "head",
    [
        "Serial Number,Display Name,E-Mail,Locale",
        "SERIAL,NAME,MAIL,LANGUAGE",
        " serial-no , full_name , e-mail address , language ",
        '"Serial Number","User","Email","Locale"',
    ],
)
def test_columns_are_known_by_what_people_call_them(head):
    assert rows(f"{head}\nS1,Ann,ann@example.com,de") == (UserRow(2, "S1", "", ANN),)


def test_columns_come_in_any_order_and_others_are_told():
    table = read_table("Team,email,device_id,Höhe\nred,ann@example.com,d1,7\n".encode())
    assert table.rows == (UserRow(2, "", "d1", DeviceUser("", "ann@example.com")),)
    assert table.ignored == ("'Team'", "'H\\xf6he'")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_those_of_any_spreadsheet(separator, end):
    text = (HEAD + 'S1,"Ann",ann@example.com,de\n').replace(",", separator).replace("\n", end)
    assert rows(text) == (UserRow(2, "S1", "", ANN),)


def test_a_separator_may_stand_in_quotes():
    text = 'serial;name\nS1;"Müller; Ann ""A"""\n'
    assert rows(text)[0].user == DeviceUser('Müller; Ann "A"')


@pytest.mark.parametrize("separator", [";", "|"])
def test_a_file_may_name_its_separator(separator):
    text = f"sep={separator}\r\nserial{separator}name\r\nS1{separator}a,b,c,d\r\n"
    assert rows(text) == (UserRow(3, "S1", "", DeviceUser("a,b,c,d")),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-mark"])
def test_marks_of_the_encoding_are_no_part_of_the_text(encoding):
    text = "serial,name\nS1,Zoë\n"
    content = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-mark" else text.encode(encoding)
    assert read_table(content).rows == (UserRow(2, "S1", "", DeviceUser("Zoë")),)


def test_blank_lines_and_spaces_around_cells_mean_nothing():
    text = "\n\nserial , name\n\n , \n S1 , Ann \n\n"
    assert rows(text) == (UserRow(6, "S1", "", DeviceUser("Ann")),)


def test_a_row_without_a_user_takes_an_import_back():
    assert rows(HEAD + "S1,,,\n") == (UserRow(2, "S1", "", None),)


def test_a_device_may_be_named_by_its_whole_name():
    (row,) = rows("device,name\nenterprises/LC0/devices/d1,Ann\n")
    assert row.device_id == "enterprises/LC0/devices/d1"


def test_lines_are_counted_where_a_record_begins():
    found = read_table((HEAD + 'S1,"two\nlines",,\nS2,Ann,,\nS3,,x,\n').encode())
    assert [fault.line for fault in found.faults] == [2, 5]
    assert [row.line for row in found.rows] == [4]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("S1,Ann,ann@example.com", "It has 3 cells and the first line 4."),
        ("S1,Ann,ann@example.com,de,", "It has 5 cells and the first line 4."),
        (",Ann,ann@example.com,de", "It names no device."),
        ("S1,Ann,ann@example,de", "'ann@example' is not one plain e-mail address."),
        ('S1,Ann,"ann@example.com,bob@example.com",de', "is not one plain e-mail address."),
        ("S1,Ann,Ann <ann@example.com>,de", "is not one plain e-mail address."),
        ('S1,Ann,"ann@example.com\r\nBcc: eve@example.com",de', "'ann@example.com\\r\\nBcc: eve@example.com'"),
        ('S1,"Ann\nBob",ann@example.com,de', "The name holds a line break"),
        ("S1,Ann\x1b[2J,ann@example.com,de", "or another control character"),
        (f"S1,{'n' * 201},ann@example.com,de", "The name has more than 200 characters."),
        ("S1,Ann,ann@example.com,german please", "is no language such as de or pt-BR."),
        ("S1,,,de", "It has a language and neither name nor address."),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line(row, told):
    (fault,) = faults(row + "\n")
    assert fault.line == 2
    assert told in fault.message
    assert fault.message.isprintable()


@pytest.mark.parametrize("device_id", ["../x", "enterprises/LC0/devices/d1/x", "d 1", "__x__", "d" * 129])
def test_an_id_that_is_none_is_told(device_id):
    (fault,) = read_table(f"device_id,name\n{device_id},Ann\n".encode()).faults
    assert "is no device id" in fault.message


def test_faults_of_one_row_leave_the_others():
    table = read_table((HEAD + "S1,Ann,,\nS2,Bob,wrong,\nS3,Eva,,\n").encode())
    assert [row.serial_number for row in table.rows] == ["S1", "S3"]
    assert [fault.line for fault in table.faults] == [3]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "names no column serial_number or device_id"),
        (b"\xef\xbb\xbf\n\n", "names no column serial_number or device_id"),
        (b"name,email\nAnn,a@example.com\n", "names no column serial_number or device_id"),
        (b"serial,team\nS1,red\n", "names no column display_name or email"),
        (b"S1,Ann,ann@example.com\n", "names no column serial_number or device_id"),
        (b"serial,name,full name\nS1,a,b\n", "Two columns have the same meaning."),
        ("serial,name\nS1,Zoë\n".encode("latin-1"), "not UTF-8"),
        (b"\xff\xfeodd", "not UTF-8"),
        (b"serial,name\nS1,A\0nn\n", "zero bytes"),
        (b'serial,name\nS1,Ann\nS2,"never ends\nS3,Bob\n', "breaks off at line 3"),
        (b'serial,name\nS1,"Ann"x\n', "breaks off at line 2"),
        (b"serial,name\nS1," + b"x" * 200_000 + b"\n", "field larger than field limit"),
        (b"serial," + b"x" * 200_000 + b"\nS1,Ann\n", "field larger than field limit"),
        (b'serial,"name\nS1,Ann\n', "breaks off at line 1"),
    ],
)
def test_a_file_that_cannot_be_read_for_certain_is_refused_as_a_whole(content, told):
    with pytest.raises(TableError, match=told):
        read_table(content)


def test_a_file_of_another_size_is_another_kind_of_file(monkeypatch):
    monkeypatch.setattr(user_table, "MAX_BYTES", 2**20)
    with pytest.raises(TableError, match="more than 1 MB"):
        read_table(b"x" * (2**20 + 1))


def test_foreign_text_is_told_short_and_without_control_characters():
    assert shown("a\x1b]0;x\x07é") == r"'a\x1b]0;x\x07\xe9'"
    assert shown("x" * 61) == f"'{'x' * 60}'…"
