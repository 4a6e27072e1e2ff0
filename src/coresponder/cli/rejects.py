"""The file of rejected rows, each complete and with its reason."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from coresponder.errors import StoreUnavailable
from coresponder.interop.cad import Rejected
from coresponder.outputs import csv_cell

__all__ = ["rejects_file"]


@contextmanager
def rejects_file(path: Path | None) -> Iterator[Callable[[Rejected], None]]:
    """Yield a function that writes a rejected row to the file, or does nothing without a path."""
    if path is None:
        yield lambda row: None
        return
    try:
        file: TextIO = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise StoreUnavailable(
            f"{path}: the rejects file cannot be written ({error.strerror})"
        ) from None
    with file:
        writer = csv.writer(file)
        writer.writerow(["row", "reason", "values"])
        yield (
            lambda row: writer.writerow(map(csv_cell, (row.row, row.reason, *row.values))) and None
        )
