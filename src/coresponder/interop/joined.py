"""Gather the rows of each incident of a file of any size, in a temporary database on disk, so that
memory stays flat.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager

import attrs

from coresponder.interop.sheet import Line

__all__ = ["Gathered", "gathering"]

_TABLES = """
create table one (incident text primary key, number integer) without rowid;
create table line (number integer primary key, incident text, cells text);
"""
_LINES = """
select first, number, cells
from (select number, cells, min(number) over (partition by incident) as first from line)
order by first, number
"""


@attrs.define
class Gathered:
    """Rows by the number of their incident as it is written."""

    _db: sqlite3.Connection

    def first(self, incident: str, number: int) -> int:
        """Return the number of the first row with an incident: this row's, if no earlier one had
        it.
        """
        put = "insert or ignore into one values (?, ?)"
        if self._db.execute(put, (incident, number)).rowcount:
            return number
        asked = self._db.execute("select number from one where incident = ?", (incident,))
        return int(asked.fetchone()[0])

    def all_new(self, rows: Sequence[tuple[str, int]]) -> bool:
        """Return whether each of these rows is the first with its incident."""
        put = "insert or ignore into one values (?, ?)"
        return self._db.executemany(put, rows).rowcount == len(rows)

    def keep(self, rows: Iterable[tuple[str, Line]]) -> None:
        """Keep rows, each with its incident, until all rows are read."""
        kept = ((line.number, incident, json.dumps(list(line.cells))) for incident, line in rows)
        self._db.executemany("insert into line values (?, ?, ?)", kept)

    def incidents(self) -> Iterator[tuple[Line, ...]]:
        """Yield the rows of each incident in the order of the file."""
        rows = self._db.execute(_LINES)
        for _, found in itertools.groupby(rows, key=lambda row: row[0]):
            yield tuple(Line(number, json.loads(cells)) for _, number, cells in found)


@contextmanager
def gathering() -> Iterator[Gathered]:
    """Yield an empty gathering of rows; rows that do not fit into memory go to a temporary file."""
    with closing(sqlite3.connect("")) as db:
        db.executescript(_TABLES)
        yield Gathered(db)
