"""Read Parquet and spreadsheets with Polars, as rows of text. A time becomes ISO 8601."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from coresponder.errors import InvalidMapping, MissingExtra, UnreadableFile, nearest

try:
    import fastexcel
    import polars as pl
except ImportError:
    raise MissingExtra("history", "reading Parquet and spreadsheets") from None

__all__ = ["typed_rows"]

_ROWS = 10_000
_OLD = b"\xd0\xcf\x11\xe0"
_PROTECTED = "; if it opens with a password, save a copy without one"
"""A protected spreadsheet begins like one of the old format (.xls)."""
_TIME_OF_DAY = re.compile(r"(?:1899-12-3[01]|1904-01-01) (\d\d:\d\d:\d\d(?:\.\d+)?)", re.ASCII)
"""A cell that has only a time of day: a spreadsheet counts from such a day."""
_DAY = re.compile(r"(\d{4}-\d\d-\d\d) 00:00:00", re.ASCII)


def typed_rows(
    path: Path, begin: bytes, sheet: str | None
) -> Iterator[tuple[Sequence[str], str | None]]:
    """Yield the rows of a file, the first with the names of the columns."""
    try:
        yield from _parquet(path) if begin.startswith(b"PAR1") else _spreadsheet(path, sheet)
    except (
        pl.exceptions.PolarsError,
        pl.exceptions.PanicException,
        fastexcel.FastExcelError,
    ) as error:
        may_be = _PROTECTED if begin.startswith(_OLD) else ""
        raise UnreadableFile(
            f"{path.name}: it cannot be read ({_first_line(error)}){may_be}"
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _parquet(path: Path) -> Iterator[tuple[Sequence[str], None]]:
    table = pl.scan_parquet(path)
    yield table.collect_schema().names(), None
    for batch in table.collect_batches(chunk_size=_ROWS):
        for row in batch.iter_rows():
            yield tuple(map(_text, row)), None


def _spreadsheet(path: Path, sheet: str | None) -> Iterator[tuple[Sequence[str], None]]:
    """Read a sheet as plain rows, because a title may be above the names of the columns, and every
    cell as text, because a column may have cells of several types.
    """
    table = pl.read_excel(
        path,
        sheet_name=_sheet_of(path, sheet),
        has_header=False,
        drop_empty_rows=False,
        raise_if_empty=False,
        read_options={"dtypes": "string"},
    )
    for row in table.iter_rows():
        yield tuple(map(_written, row)), None


def _sheet_of(path: Path, sheet: str | None) -> str:
    """Return the name of the sheet that is meant: the one with rows, if nobody names it."""
    book = fastexcel.read_excel(path)
    names = book.sheet_names
    if sheet is not None:
        if sheet not in names:
            raise InvalidMapping(
                f"[file] sheet: {path.name} has no sheet {sheet!r}; {nearest(sheet, names)}"
            )
        return sheet
    filled = [one for one in names if len(names) == 1 or _has_rows(book, one)]
    if len(filled) > 1:
        raise InvalidMapping(
            f"{path.name}: several sheets have rows ({', '.join(map(repr, filled))}); say which one"
            " is read: [file] sheet in the mapping (--sheet of coresponder map)"
        )
    return filled[0] if filled else names[0]


def _has_rows(book: fastexcel.ExcelReader, name: str) -> bool:
    found = book.load_sheet(name, header_row=None, n_rows=1, dtypes="string")
    return found.total_height > 0


def _written(text: str | None) -> str:
    """Return a cell of a spreadsheet, in which a day is midnight, and a time of day is one of 1899."""
    if text is None:
        return ""
    found = _TIME_OF_DAY.fullmatch(text) or _DAY.fullmatch(text)
    return found[1] if found else text


def _text(value: Any) -> str:
    """Return a cell as an export would write it: 7, not 7.0."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return str(value)
