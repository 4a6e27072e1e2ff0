"""Event logs as Parquet: one row for each event, for data frames and for an audit of them."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from coresponder.domain.events import Event
from coresponder.errors import NotFound, UnreadableFile
from coresponder.interop.event_log import History, Logged, NotUsed, fields_of, histories_of

__all__ = ["read_events", "write_events"]

_ROWS = 50_000
_COLUMNS: dict[str, pl.DataType] = {
    "incident": pl.String(),
    "record_number": pl.Int64(),
    "type": pl.String(),
    "record_version": pl.Int64(),
    "body": pl.String(),
}
"""What a log must have. `at` stands beside, for a reader; the body has the instant, too."""


def write_events(events: Iterable[Logged], path: str | Path) -> int:
    """Write a log, 50,000 rows at a time; return how many events were written.

    Args:
        events: what to write. The events of an incident come one after the other.
        path: the file.
    """
    rest, count = iter(events), 0
    with tempfile.TemporaryDirectory() as folder:
        _part([], folder, 0)  # so that a log without an event has its columns
        while rows := list(itertools.islice(rest, _ROWS)):
            count += len(rows)
            _part(rows, folder, count)
        pl.scan_parquet(f"{folder}/*.parquet").sink_parquet(path)
    return count


def _part(rows: list[Logged], folder: str, number: int) -> None:
    """Write some rows. The parts are read again in the order of their names."""
    at = pl.Series("at", [fields_of(row)["at"] for row in rows], dtype=pl.String())
    instants = at.str.to_datetime("%+", time_unit="us", time_zone="UTC")
    table = pl.DataFrame(rows, schema=_COLUMNS, orient="row").with_columns(instants)
    table.write_parquet(f"{folder}/{number:015}.parquet")


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
    begin, batch = 0, rows.head(_ROWS).collect()
    while batch.height:
        yield from map(Logged._make, batch.iter_rows())
        begin += batch.height
        batch = rows.slice(begin, _ROWS).collect()
