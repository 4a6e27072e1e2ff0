"""The files that commands write. A file is made beside its place and put there when it is whole, so
a disk that fills up leaves the earlier file as it was.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from coresponder.cli.faults import refused_by_system
from coresponder.errors import CoresponderError, StoreUnavailable

__all__ = ["NEW_FILE", "PRINTED_OR_FILE", "say_why", "whole_file"]


class _NewFile(click.Path):
    """The path of a file that a command writes, which is looked at before the work begins."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(value)
        if str(path) == "-":
            return self._printed(param, ctx)
        if not path.parent.is_dir():
            why = f"{path}: there is no folder {path.parent}; make it, or choose another"
            self.fail(why, param, ctx)
        for number, wrong in (
            (errno.EISDIR, path.is_dir()),
            (errno.EACCES, not os.access(path if path.exists() else path.parent, os.W_OK)),
        ):
            if wrong:
                self.fail(refused_by_system(OSError(number, "", path)), param, ctx)
        return path

    def _printed(self, param: click.Parameter | None, ctx: click.Context | None) -> None:
        self.fail("- means to print it, which this cannot be; name a file", param, ctx)


class _PrintedOrFile(_NewFile):
    """The path of a file; None for `-`, which is to print it."""

    def _printed(self, param: click.Parameter | None, ctx: click.Context | None) -> None:
        """Take it."""


NEW_FILE = _NewFile(dir_okay=False)
PRINTED_OR_FILE = _PrintedOrFile(dir_okay=False)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path beside a file, and put what was written to it in the file's place.

    Raises:
        StoreUnavailable: it cannot be written; the earlier file is as it was.
    """
    from coresponder.documents import writing

    with say_why(path), writing.whole_file(path) as beside:
        yield beside


@contextmanager
def say_why(path: Path) -> Iterator[None]:
    """Turn the error that a file cannot be written into one sentence: which file, why, and what to
    do.
    """
    try:
        yield
    except (CoresponderError, BrokenPipeError):
        raise
    except OSError as error:
        raise StoreUnavailable(f"not written: {refused_by_system(error, path)}") from None
