"""The verdicts of an audit as Parquet, for data frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from coresponder.audit.audit import Audit
from coresponder.audit.judgment import Judgment
from coresponder.audit.sources import Together, Unreadable
from coresponder.audit.verdict_rows import VerdictRow, row_of_unreadable, rows_of
from coresponder.interop.parquet import write_parquet

__all__ = ["write_verdicts"]

_INSTANT = pl.Datetime("us", "UTC")
_NAMES = pl.List(pl.String())
_BREACH = pl.Struct(
    {
        "policy": pl.String(),
        "at": _INSTANT,
        "how": pl.String(),
        "events": pl.List(pl.Int32()),
        "key": pl.String(),
        "since": _INSTANT,
    }
)
_COLUMNS: dict[str, pl.DataType] = {
    "incident": pl.String(),
    "why": pl.String(),
    "events": pl.Int32(),
    "out_of_place": pl.Int32(),
    "doubtful": pl.Int32(),
    "concerned": _NAMES,
    "violated": _NAMES,
    "undetermined": _NAMES,
    "pending": _NAMES,
    "evidence": pl.List(_BREACH),
}


def write_verdicts(audit: Audit, judged: Iterable[Judgment | Together], path: str | Path) -> int:
    """Write what an audit says of each incident; return how many incidents were written.

    The columns are those of `VerdictRow`. What cannot be judged comes last. Rows of an export that
    could not be used are in none; the audit counts them.

    Args:
        audit: the audit that judges them.
        judged: what `Audit.take` yields.
        path: the file.

    Raises:
        OSError: it cannot be written.
    """
    return write_parquet(_rows(audit, judged), path, _table)


def _rows(audit: Audit, judged: Iterable[Judgment | Together]) -> Iterator[VerdictRow]:
    for one in judged:
        yield from rows_of(one)
    for found in audit.unreadable:
        yield row_of_unreadable(Unreadable.from_dict(found))


def _table(rows: list[VerdictRow]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row")
