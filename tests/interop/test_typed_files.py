"""Exports that are no text: Parquet, and spreadsheets."""

import datetime as dt
import os

import polars as pl
import pytest

from coresponder.errors import UnreadableFile
from coresponder.interop.cad import Rejected, RowCase, read_calls
from tests.interop.exports import CALL, HEADER, SAVED, mapped, row

TIMES = ("call", "sent", "there", "left")


def table():
    """The row that is fine, twice: with times, and the second with a number that is no number of an
    incident.
    """
    good = CALL | {name: dt.datetime.fromisoformat(CALL[name]) for name in TIMES}
    return pl.DataFrame([good, good | {"id": ""}])


def write(tmp_path, name, frame):
    path = tmp_path / name
    if name.endswith("xlsx"):
        frame.write_excel(path)
    else:
        frame.write_parquet(path)
    os.utime(path, (SAVED, SAVED))
    return path


@pytest.mark.parametrize("name", ["calls.parquet", "calls.xlsx"])
def test_a_row_is_what_it_is_as_text(name, tmp_path):
    """The same incident comes of a row whatever the kind of file; a row that cannot be used is
    rejected with all its cells.
    """
    good, bad = read_calls(write(tmp_path, name, table()), mapped())
    text = tmp_path / "calls.csv"
    text.write_text(HEADER + row(), "utf-8")
    os.utime(text, (SAVED, SAVED))
    (plain,) = read_calls(text, mapped())
    assert isinstance(good, RowCase)
    assert good.events == plain.events
    assert isinstance(bad, Rejected)
    assert "psych" in bad.values


@pytest.mark.parametrize("begin", [b"PAR1", b"PK\x03\x04"])
def test_a_damaged_file_is_said(begin, tmp_path):
    """It begins as such a file, and is none."""
    path = tmp_path / "calls.bin"
    path.write_bytes(begin + b"nothing" * 9)
    with pytest.raises(UnreadableFile, match=r"^calls\.bin: it cannot be read"):
        list(read_calls(path, mapped()))
