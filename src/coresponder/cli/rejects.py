"""The file of rejected rows, each with its reason and its cells. Of a cell that looks personal, it
says only that.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coresponder.cli.written import say_why
from coresponder.domain.personal import looks_personal
from coresponder.interop.cad import Rejected
from coresponder.outputs import csv_cell

if TYPE_CHECKING:
    import _csv

__all__ = ["rejects_file"]


@contextmanager
def rejects_file(path: Path | None) -> Iterator[Callable[[Rejected], None]]:
    """Yield a function that writes a rejected row to the file, or does nothing without a path."""
    if path is None:
        yield lambda row: None
        return
    with say_why(path), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "reason", "values"])
        yield lambda row: _write(writer, row)


def _write(writer: _csv.Writer, row: Rejected) -> None:
    """Write a row; of a cell that looks personal only what it looks like, because the file may
    leave the machine. The day of a call is not a birth date.
    """
    cells = [
        f"({found})" if (found := looks_personal(text.strip())) and i not in row.times else text
        for i, text in enumerate(row.values)
    ]
    writer.writerow(map(csv_cell, (row.row, row.reason, *cells)))
