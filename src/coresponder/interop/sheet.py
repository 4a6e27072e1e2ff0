"""Read the rows of an exported table in flat memory: CSV, plain or gzipped, and with the extra
`history` also Parquet and spreadsheets. A row that does not have the shape of the table is reported
as a whole.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import itertools
import re
import zlib
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

import attrs

from coresponder.errors import InvalidMapping, NotFound, UnreadableFile, nearest

__all__ = [
    "DELIMITERS",
    "Kind",
    "Line",
    "Sheet",
    "check_decoded",
    "first_rows",
    "next_row",
    "open_sheet",
    "title_of",
]

_TITLE_ROWS = 50
"""The number of first rows among which the header is looked for."""
_LONGEST_CELL = 1_000_000
_FEW = 4
"""Fewer delimiters than this in a line may be chance."""
DELIMITERS = {";": ";", "\t": "\\t", "|": "|", ",": ","}
"""The characters between the cells of an export, each as a person writes it."""
_UNDECODED = re.compile("[\udc80-\udcff]")
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


Kind = Literal["text", "parquet", "spreadsheet"]
"""What a table was. Of the last two, typed times are read as ISO 8601. A spreadsheet does not tell
midnight from a day alone.
"""
_Cut = tuple[Sequence[str], str | None]


class Line(NamedTuple):
    """A row below the header: its number from 1, its cells, and what is wrong with its shape."""

    number: int
    cells: Sequence[str]
    problem: str | None = None


@attrs.frozen(kw_only=True)
class Sheet:
    """A table whose columns are known."""

    columns: dict[str, int]
    lines: Iterator[Line]
    kind: Kind = "text"


def title_of(text: str) -> str:
    """Return the name of a column in one line."""
    return " ".join(text.removeprefix("\ufeff").split())


@contextmanager
def open_sheet(
    path: str | Path,
    wanted: Collection[str],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    sheet: str | None = None,
) -> Iterator[Sheet]:
    """Open a table, and find the header, which names the wanted columns; rows above it are a title.
    Of a spreadsheet, `sheet` is the one to read.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: the file is empty, truncated, or of another kind.
        InvalidMapping: a wanted column is missing, or occurs twice; or it is not known which sheet
            is meant.
        MissingExtra: the file is Parquet or a spreadsheet, and `history` is not installed.
    """
    with _rows_of(Path(path), encoding, delimiter, sheet) as (rows, kind):
        yield _sheet(Path(path).name, rows, wanted, encoding, delimiter, kind=kind)


def first_rows(
    path: str | Path, *, encoding: str = "utf-8", delimiter: str = ",", sheet: str | None = None
) -> tuple[Kind, list[tuple[int, Sequence[str]]]]:
    """Return what a table is, and its first rows, one of which names the columns, each with its
    number. Raise as `open_sheet` does.
    """
    with _rows_of(Path(path), encoding, delimiter, sheet) as (found, kind):
        return kind, list(itertools.islice(_titles(found.rows), _TITLE_ROWS))


def _titles(rows: Iterator[_Cut]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of which one may name the columns, those that are not blank, by number."""
    numbered = enumerate((cells for cells, _ in rows), 1)
    return ((number, cells) for number, cells in numbered if any(cell.strip() for cell in cells))


@contextmanager
def _rows_of(
    file: Path, encoding: str, delimiter: str, sheet: str | None
) -> Iterator[tuple[_Rows, Kind]]:
    """Open a table of any kind, and yield its rows."""
    if not file.is_file():
        raise NotFound(f"{file}: there is no such file")
    with file.open("rb") as raw:
        begin = raw.read(8)
    if begin.startswith((b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        from coresponder.interop.columnar import typed_rows

        kind: Kind = "parquet" if begin.startswith(b"PAR1") else "spreadsheet"
        yield _Rows(typed_rows(file, begin, sheet)), kind
        return
    try:
        with _opened(file, begin, _codec(encoding)) as text:
            yield _Csv(text, delimiter), "text"
    except UnicodeError as error:
        raise UnreadableFile(
            f"{file.name}: this is not {encoding} ({error}); set [file] encoding in the mapping"
        ) from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise UnreadableFile(
            f"{file.name}: the compressed file is cut off or damaged; fetch it again"
        ) from None


def _codec(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise InvalidMapping(
            f"[file] encoding = {encoding!r} is not known; try 'utf-8', 'utf-16' or 'cp1252'"
        ) from None
    return "utf-8-sig" if name == "utf-8" else name


def _opened(file: Path, begin: bytes, codec: str) -> TextIO:
    """Open a text file so that a byte that cannot be decoded is reported with its row."""
    errors = "replace" if codec.startswith(("utf-16", "utf-32")) else "surrogateescape"
    if begin.startswith(b"\x1f\x8b"):
        return gzip.open(file, "rt", encoding=codec, errors=errors, newline="")
    return file.open(encoding=codec, errors=errors, newline="")


# --- CSV: a row that cannot be cut into cells is one line, and the file goes on -------------------


class _Lines:
    """The lines of a text; lines can be given back and read again."""

    def __init__(self, text: TextIO) -> None:
        self._text, self._again = iter(text), deque[str]()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._text)
        self.taken.append(line)
        return line

    def again(self) -> bool:
        """Begin a new row; return True."""
        self.taken.clear()
        return True

    def give_back(self, lines: Sequence[str]) -> None:
        """Give lines back, to be read again."""
        self._again.extendleft(reversed(lines))


@attrs.define
class _Rows:
    """Rows of cells, each with what is wrong with it; `width` is set once it is known."""

    rows: Iterator[_Cut]
    width: int = 0


class _Csv(_Rows):
    def __init__(self, text: TextIO, delimiter: str) -> None:
        super().__init__(self._cut(_Lines(text), delimiter))

    def _cut(self, lines: _Lines, delimiter: str) -> Iterator[_Cut]:
        first = next(lines, "")
        if said := _SEP.fullmatch(first):
            delimiter = said[1]
        elif first:
            lines.give_back([first])
        while lines.again():
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            try:
                while (cells := next_row(reader)) is not None:
                    if len(lines.taken) > 1:
                        _check_swallowed(cells, delimiter, self.width)
                    yield cells, None
                    lines.taken.clear()
            except csv.Error as error:
                begun, *after = lines.taken
                lines.give_back(after)
                cells = begun.rstrip("\r\n").split(delimiter)
                yield cells, f"not CSV: {error}; a quote may be missing, or one too many"
            else:
                return


def _check_swallowed(cells: list[str], delimiter: str, width: int) -> None:
    """Refuse a cell that contains other rows because of stray quotes."""
    if width < _FEW:
        return
    lines = (line for cell in cells for line in re.split("[\r\n]+", cell)[1:-1])
    inner = any(line.count(delimiter) == width - 1 for line in lines)
    place = max((i for i, cell in enumerate(cells) if "\n" in cell or "\r" in cell), default=0)
    begun = re.split("[\r\n]+", cells[place])[-1].count(delimiter) == place >= _FEW
    if inner or begun:
        raise csv.Error("a cell has other rows in it")


def next_row(reader: Iterator[list[str]]) -> list[str] | None:
    """Return the next row. Python's limit on the size of a cell is global, so it is restored."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(before)


# --- the shape of a table -------------------------------------------------------------------------


def _sheet(
    name: str,
    found: _Rows,
    wanted: Collection[str],
    encoding: str = "utf-8",
    delimiter: str = ",",
    *,
    kind: Kind = "text",
) -> Sheet:
    rows, seen = found.rows, list[Sequence[str]]()
    titles, sought = itertools.islice(_titles(rows), _TITLE_ROWS), set(map(title_of, wanted))
    while not seen or not sought <= set(map(title_of, seen[-1])):
        more = next(titles, None)
        if more is None:
            raise _no_header(name, seen, wanted, encoding, delimiter)
        seen.append(more[1])
    header = [title_of(cell) for cell in seen[-1]]
    found.width = len(header)
    twice = [title for title in sorted(sought) if header.count(title) > 1]
    if twice:
        raise InvalidMapping(
            "\n".join(f"[columns] the file has {title!r} twice; rename one" for title in twice)
        )
    columns = {title: header.index(title) for title in header}
    used = [(title, columns[title]) for title in sorted(sought)]
    return Sheet(columns=columns, lines=_lines(rows, header, used, encoding), kind=kind)


def _no_header(
    name: str, seen: list[Sequence[str]], wanted: Collection[str], encoding: str, delimiter: str
) -> Exception:
    """Raise because no row names the wanted columns, judged by the row that names the most."""
    if not seen:
        return UnreadableFile(f"{name}: the file is empty; the first row must name the columns")
    header = max(seen, key=lambda row: sum(title_of(one) in row for one in wanted))
    whole = delimiter.join(header)
    if "\x00" in whole or (whole.startswith("\ufffd") and len(seen) == 1):
        return UnreadableFile(
            f"{name}: this is not {encoding}, perhaps utf-16; set [file] encoding in the mapping"
        )
    check_decoded(name, header, encoding)
    for other, written in DELIMITERS.items():
        cut = {title_of(cell.strip('"')) for cell in whole.split(other)}
        if other != delimiter and set(map(title_of, wanted)) <= cut:
            return InvalidMapping(
                f"{name}: the cells are separated by {written!r}, not by {delimiter!r};"
                f' set [file] delimiter = "{written}" in the mapping'
            )
    titles = [title_of(cell) for cell in header]
    missing = [one for one in wanted if title_of(one) not in titles]
    return InvalidMapping(
        "\n".join(
            f"[columns] the file has no column {one!r}; {nearest(one, titles)}"
            for one in dict.fromkeys(missing)
        )
    )


def check_decoded(name: str, cells: Sequence[str], encoding: str) -> None:
    """Raise `UnreadableFile` if the names of the columns are in another encoding."""
    if found := _UNDECODED.search("".join(cells)):
        raise UnreadableFile(_not_decoded(name, found[0], encoding))


def _not_decoded(where: str, found: str, encoding: str) -> str:
    return (
        f"{where}: byte 0x{ord(found) - 0xDC00:02x} is not {encoding}; set [file] encoding in the"
        " mapping (--encoding of coresponder map), for example 'cp1252' or 'utf-16'"
    )


def _lines(
    rows: Iterator[_Cut],
    header: list[str],
    used: list[tuple[str, int]],
    encoding: str,
) -> Iterator[Line]:
    for number, (cells, uncut) in enumerate(rows, start=1):
        whole = "".join(cells)
        if whole and not whole.isspace():
            yield Line(number, cells, uncut or _problem(cells, whole, header, used, encoding))


def _problem(
    cells: Sequence[str], whole: str, header: list[str], used: list[tuple[str, int]], encoding: str
) -> str | None:
    if len(cells) != len(header):
        return _misshapen(len(cells), len(header))
    if not whole.isascii() and (undecoded := _undecoded(cells, used, encoding)):
        return undecoded
    if cells[0].strip() == header[0] and _again(cells, header):
        return "the header again: this row names the columns"
    return None


def _misshapen(cells: int, width: int) -> str:
    if cells < width:
        return f"row too short: {cells} cells, the header has {width}"
    return (
        f"row too long: {cells} cells, the header has {width};"
        " put a cell with a delimiter in it in quotes"
    )


def _undecoded(cells: Sequence[str], used: list[tuple[str, int]], encoding: str) -> str | None:
    for title, place in used:
        if found := _UNDECODED.search(cells[place]):
            return _not_decoded(f"wrong encoding: {title}", found[0], encoding)
    return None


def _again(cells: Sequence[str], header: list[str]) -> bool:
    return [title_of(cell) for cell in cells] == header
