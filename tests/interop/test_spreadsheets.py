"""Spreadsheets as an agency saves them: every cell has a type of its own, and is read as text."""

import datetime as dt
import os

import pytest
import xlsxwriter

from coresponder.domain import events as e
from coresponder.errors import InvalidMapping, UnreadableFile
from coresponder.interop.cad import Rejected, RowCase, read_calls
from coresponder.interop.proposal import propose_mapping
from tests.interop.exports import SAVED, mapped

CALL = dt.datetime(2026, 3, 2, 10, 0, 9)
TWO = {
    "incident": "id",
    "received": {"date": "day", "time": "hour"},
    "arrived": "there",
    "nature": "what",
}
FORMATS = {
    dt.datetime: "m/d/yyyy h:mm",
    dt.date: "m/d/yyyy",
    dt.time: "h:mm",
    dt.timedelta: "[h]:mm",
}


def sheet(tmp_path, *rows):
    """Write cells of every type; return the path."""
    path = tmp_path / "calls.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        styles = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        for i, cells in enumerate(rows):
            for j, cell in enumerate(cells):
                if type(cell) in styles:
                    page.write_datetime(i, j, cell, styles[type(cell)])
                else:
                    page.write(i, j, cell)
    os.utime(path, (SAVED, SAVED))
    return path


def test_a_day_and_a_time_of_day_in_cells_of_their_own_are_one_time(tmp_path):
    """A spreadsheet keeps a day as midnight, and a time of day as one of 1899."""
    head = ["id", "day", "hour", "there", "what"]
    path = sheet(tmp_path, head, [7.0, CALL.date(), CALL.time(), CALL.replace(hour=11), "psych"])
    (found,) = read_calls(path, mapped(columns=TWO, disposition={}))
    assert isinstance(found, RowCase)
    received, arrived = found.events
    assert (found.incident, received.approximate) == ("7", False)
    assert received.at.isoformat() == "2026-03-02T15:00:09+00:00"
    assert arrived.at.isoformat() == "2026-03-02T16:00:09+00:00"


@pytest.mark.parametrize(
    ("placeholders", "kinds"),
    [([], [e.CallReceived, e.ResponderArrived]), (["00:00:00"], [e.CallReceived])],
)
def test_a_day_alone_is_approximate_and_may_be_a_placeholder(tmp_path, placeholders, kinds):
    """It is the same cell as midnight, so it is never an exact midnight, and it is missing if the
    mapping says that midnight stands for nothing.
    """
    head = ["id", "day", "hour", "there", "what"]
    path = sheet(tmp_path, head, ["7", CALL.date(), CALL.time(), CALL.date(), "psych"])
    mapping = mapped(columns=TWO, disposition={}, file__placeholders=placeholders)
    (found,) = read_calls(path, mapping)
    assert isinstance(found, RowCase)
    assert [type(one) for one in found.events] == kinds
    assert all(one.approximate for one in found.events[1:])


def test_a_column_of_several_types_is_read(tmp_path):
    """Text under numbers far down, and a column of durations that nobody asked for."""
    head = ["id", "day", "hour", "there", "what", "spent"]
    more = [CALL.date(), CALL.time(), None, "psych", dt.timedelta(hours=30)]
    numbers = [[float(i), *more] for i in range(1_200)]
    path = sheet(tmp_path, head, *numbers, ["26-A7", *more])
    *_, last = read_calls(path, mapped(columns=TWO, disposition={}))
    assert isinstance(last, RowCase)
    assert last.incident == "26-A7"


def book(tmp_path, **sheets):
    """Write several sheets of texts; return the path."""
    path = tmp_path / "calls.xlsx"
    with xlsxwriter.Workbook(path) as made:
        for name, rows in sheets.items():
            page = made.add_worksheet(name)
            for i, cells in enumerate(rows):
                page.write_row(i, 0, cells)
    os.utime(path, (SAVED, SAVED))
    return path


PLAIN = {"incident": "id", "received": "call", "nature": "what"}
CALLS = [["id", "call", "what"], ["7", "2026-03-02T10:00:00", "psych"]]


def test_no_sheet_with_rows_is_left_out_unsaid(tmp_path):
    """If several have rows, the mapping says which one is read; an empty one is no question."""
    path = book(tmp_path, Notes=[["read me"]], Calls=CALLS)
    plain = {"columns": PLAIN, "disposition": {}}
    with pytest.raises(InvalidMapping, match=r"several sheets have rows \('Notes', 'Calls'\)"):
        list(read_calls(path, mapped(**plain)))
    with pytest.raises(InvalidMapping, match=r"no sheet 'calls'; did you mean 'Calls'"):
        list(read_calls(path, mapped(**plain, file__sheet="calls")))
    (found,) = read_calls(path, mapped(**plain, file__sheet="Calls"))
    assert found.incident == "7"
    (found,) = read_calls(book(tmp_path, Sheet1=[], Calls=CALLS), mapped(**plain))
    assert found.incident == "7"


def test_a_proposal_is_of_the_sheet_that_is_named(tmp_path):
    """And says so in the mapping, so that the same one is read."""
    path = book(tmp_path, Notes=[["read me"]], Calls=CALLS)
    with pytest.raises(InvalidMapping, match="--sheet"):
        propose_mapping(path, time_zone="America/New_York")
    found = propose_mapping(path, time_zone="America/New_York", sheet="Calls")
    assert 'sheet = "Calls"' in found.text
    assert "received = call" in found.recognized[0]


def test_a_protected_spreadsheet_says_what_to_do(tmp_path):
    """It begins like one of the old format, and cannot be opened."""
    path = tmp_path / "calls.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(UnreadableFile, match="password, save a copy without one"):
        list(read_calls(path, mapped()))


def test_texts_and_times_in_one_column_are_read_or_named(tmp_path):
    """Whichever comes first; what is no time in a declared form is rejected with its cell."""
    cells = [CALL, "03/02/2026 10:00", "2026-03-02 10:00:09", 46083.5, "unknown", None, True]
    rows = [[str(i), cell, "psych"] for i, cell in enumerate(cells)]
    forms = ["%m/%d/%Y %H:%M"]
    for turned in (rows, rows[::-1]):
        mapping = mapped(columns=PLAIN, disposition={}, file__time_formats=forms)
        found = list(read_calls(sheet(tmp_path, CALLS[0], *turned), mapping))
        used = {one.incident for one in found if isinstance(one, RowCase)}
        reasons = {one.values[0]: one.reason for one in found if isinstance(one, Rejected)}
        assert used == {"0", "1", "2"}
        assert {*reasons} == {"3", "4", "5", "6"}
        assert "no time received" in reasons["5"]
        assert all("unreadable time: call" in reasons[one] for one in "346")


def test_days_as_a_spreadsheet_counts_them_are_read_if_they_are_declared(tmp_path):
    """To the millisecond; a whole number is a day alone, and a huge one is unreadable."""
    columns = {"incident": "id", "received": "call", "nature": "what"}
    head = ["id", "call", "what"]
    texts = [46083.416770833, 46083, 3_000_000, 0.5]
    path = sheet(tmp_path, head, *([i, one, "psych"] for i, one in enumerate(texts)))
    mapping = mapped(columns=columns, disposition={}, file__time_formats=["Excel days"])
    exact, day, huge, early = read_calls(path, mapping)
    assert exact.events[0].at.isoformat() == "2026-03-02T15:00:09+00:00"
    assert (exact.events[0].approximate, day.events[0].approximate) == (False, True)
    assert all("unreadable time" in one.reason for one in (huge, early))
    undeclared = read_calls(path, mapped(columns=columns, disposition={}))
    assert all(isinstance(one, Rejected) for one in undeclared)
