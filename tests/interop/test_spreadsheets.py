"""Spreadsheets as an agency saves them: every cell has a type of its own, and is read as text."""

import datetime as dt
import os

import pytest
import xlsxwriter

from coresponder.domain import events as e
from coresponder.interop.cad import Rejected, RowCase, read_calls
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
