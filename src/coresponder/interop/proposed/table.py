"""Find out how the cells of an export are separated, and which row names the columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from coresponder.errors import UnreadableFile
from coresponder.interop.sheet import DELIMITERS, check_decoded, first_rows, title_of

__all__ = ["Table", "find_table"]


@attrs.frozen(kw_only=True)
class Table:
    """How a file is written.

    Attributes:
        header: the names of the columns.
        recognized: what was recognized, each with the reason.
        open: the questions that a person has to decide.
    """

    encoding: str
    delimiter: str
    sheet: str | None
    header: Sequence[str]
    recognized: list[str]
    open: list[str]

    @property
    def once(self) -> list[str]:
        """The names that are not empty and come once, so that a mapping may use them."""
        return [one for one in self.header if one and self.header.count(one) == 1]


def find_table(path: str | Path, encoding: str, delimiter: str | None, sheet: str | None) -> Table:
    """Look at the first rows of a file. Without a delimiter, take the one that makes the widest
    table.
    """
    kind, first = first_rows(path, encoding=encoding, delimiter=delimiter or ",", sheet=sheet)
    recognized, asked = list[str](), list[str]()
    found = delimiter or ","
    if kind == "text" and delimiter is None:
        tried = {one: first_rows(path, encoding=encoding, delimiter=one)[1] for one in _ORDER}
        found = max(_ORDER, key=lambda one: _width([cells for _, cells in tried[one]]))
        first = tried[found]
    rows = [cells for _, cells in first]
    place, name = _place(rows), Path(path).name
    header = [title_of(cell) for cell in rows[place]] if rows else []
    if not any(header):
        raise UnreadableFile(f"{name}: the file is empty; one row must name the columns")
    check_decoded(name, header, encoding)
    if found != ",":
        written = DELIMITERS.get(found, found)
        recognized.append(f"delimiter = '{written}': with it, the table has {len(header)} columns")
    if place:
        recognized.append(f"row {first[place][0]} names the columns; what is above it is a title")
    if len(header) == 1:
        asked.append("the file has one column; if its cells are separated, give --delimiter")
    asked += [
        f"{one!r} is the name of {header.count(one)} columns; rename them to use them"
        for one in dict.fromkeys(header)
        if one and header.count(one) > 1
    ]
    return Table(
        encoding=encoding,
        delimiter=found,
        sheet=sheet if kind == "spreadsheet" else None,
        header=header,
        recognized=recognized,
        open=asked,
    )


_ORDER = (",", *(one for one in DELIMITERS if one != ","))


def _place(rows: Sequence[Sequence[str]]) -> int:
    """Return the index of the row that names the columns: the first that has the most words."""
    return max(range(len(rows)), key=lambda i: _words(rows[i]), default=0)


def _words(cells: Sequence[str]) -> int:
    """Return how many different cells begin as a name does, and not with a digit."""
    return len({cell for cell in map(title_of, cells) if cell and not cell[0].isdecimal()})


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Return how many columns the table has; 0 if most rows below the header have other cells."""
    if not rows:
        return 0
    header, *below = rows[_place(rows) :]
    filled = [row for row in below if any(cell.strip() for cell in row)]
    same = sum(len(row) == len(header) for row in filled)
    return len(header) if same * 2 >= len(filled) else 0
