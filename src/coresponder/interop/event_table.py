"""Event logs as Parquet: one row for each event, for data frames and for an audit of them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from coresponder.domain.events import Event
from coresponder.errors import NotFound, UnreadableFile
from coresponder.interop.event_log import (
    History,
    Logged,
    NotUsed,
    SeenRow,
    fields_of,
    histories_of,
)
from coresponder.interop.parquet import ROWS, write_parquet

__all__ = ["read_events", "write_events", "write_seen_events"]

_COLUMNS: dict[str, pl.DataType] = {
    "incident": pl.String(),
    "record_number": pl.Int64(),
    "type": pl.String(),
    "record_version": pl.Int64(),
    "body": pl.String(),
}
"""What a log must have. `at` stands beside, for a reader; the body has the instant, too."""
_SEEN: dict[str, pl.DataType] = {
    "incident": pl.String(),
    "number": pl.Int64(),
    "type": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "day": pl.Date(),
    "approximate": pl.Boolean(),
    "void": pl.Boolean(),
    "says": pl.String(),
    "fields": pl.String(),
}
"""What a log for a receiver has. `at` is empty where only the day is seen."""


def write_events(events: Iterable[Logged], path: str | Path) -> int:
    """Write a log, 50,000 rows at a time; return how many events were written.

    Args:
        events: what to write. The events of an incident come one after the other.
        path: the file.

    Raises:
        OSError: it cannot be written.
    """
    return write_parquet(events, path, _table)


def write_seen_events(events: Iterable[SeenRow], path: str | Path) -> int:
    """Write a log for a receiver, as `write_events` does. It has other columns than the agency's
    own, and cannot be read in again.
    """
    return write_parquet(events, path, _seen_table)


def _table(rows: list[Logged]) -> pl.DataFrame:
    at = pl.Series("at", [fields_of(row)["at"] for row in rows], dtype=pl.String())
    instants = at.str.to_datetime("%+", time_unit="us", time_zone="UTC")
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row").with_columns(instants)


def _seen_table(rows: list[SeenRow]) -> pl.DataFrame:
    said = [
        (
            *row[:3],
            None if row.day else row.at,
            *row[4:-1],
            json.dumps(row.fields, ensure_ascii=False),
        )
        for row in rows
    ]
    return pl.DataFrame(said, schema=_SEEN, orient="row")


def read_events(
    path: str | Path, vocabulary: Mapping[str, type[Event]]
) -> Iterator[History | NotUsed]:
    """Yield each incident of a log. Memory grows with the ids of the incidents alone.

    Args:
        path: the file. The rows of an incident stand together.
        vocabulary: the event types of the program, by name.

    Raises:
        NotFound: there is no such file.
        UnreadableFile: it is no Parquet file, a column is missing, or the rows of an incident do
            not stand together.
    """
    file = Path(path)
    if not file.is_file():
        raise NotFound(f"{path}: there is no such file")
    try:
        yield from histories_of(_together(file), vocabulary)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        said = str(error).partition("\n")[0]
        raise UnreadableFile(f"{file.name}: it cannot be read ({said})") from None


def _together(file: Path) -> Iterator[tuple[str, list[Logged]]]:
    """Yield each incident with its rows."""
    seen: set[str] = set()
    for incident, rows in itertools.groupby(_rows(file), key=lambda row: row.incident):
        if incident in seen:
            raise UnreadableFile(
                f"{file.name}: the rows of incident {incident} do not stand together; sort the file"
                " by incident"
            )
        seen.add(incident)
        yield incident, list(rows)


def _rows(file: Path) -> Iterator[Logged]:
    table = pl.scan_parquet(file)
    missing = _COLUMNS.keys() - set(table.collect_schema().names())
    if missing:
        raise UnreadableFile(
            f"{file.name}: there is no column {', '.join(sorted(missing))}; a log of events has"
            f" {', '.join(_COLUMNS)}"
        )
    rows = table.select(*_COLUMNS).cast(pl.Schema(_COLUMNS))
    begin, batch = 0, rows.head(ROWS).collect()
    while batch.height:
        yield from map(Logged._make, batch.iter_rows())
        begin += batch.height
        batch = rows.slice(begin, ROWS).collect()
