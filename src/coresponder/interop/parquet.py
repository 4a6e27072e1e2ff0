"""Tables as Parquet, written some rows at a time."""

from __future__ import annotations

import itertools
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import polars as pl

__all__ = ["ROWS", "write_parquet"]

_R = TypeVar("_R")

ROWS = 50_000
"""As many are in memory at once."""


def write_parquet(
    rows: Iterable[_R], path: str | Path, table: Callable[[list[_R]], pl.DataFrame]
) -> int:
    """Write a table; return how many rows were written.

    Args:
        rows: what to write.
        path: the file.
        table: makes a data frame of some rows; of none it makes one with the columns.

    Raises:
        OSError: it cannot be written.
    """
    rest, count = iter(rows), 0
    with _disk_errors(), tempfile.TemporaryDirectory() as folder:
        table([]).write_parquet(f"{folder}/{0:015}.parquet")  # so that an empty one has its columns
        while some := list(itertools.islice(rest, ROWS)):
            count += len(some)
            # the parts are read again in the order of their names
            table(some).write_parquet(f"{folder}/{count:015}.parquet")
        pl.scan_parquet(f"{folder}/*.parquet").sink_parquet(path)
    return count


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Raise what the disk does not take as `OSError`; polars tells it only in words."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        said = re.search(r"\(os error (\d+)\)", str(error))
        if said is None:
            raise
        raise OSError(int(said[1]), os.strerror(int(said[1]))) from None
