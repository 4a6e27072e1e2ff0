"""Findings in a temporary file, so that many of them take no memory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import attrs

from coresponder.record import Record

__all__ = ["Kept", "keeping"]


@attrs.define
class Kept:
    """Findings in a file. They can be read again and again."""

    file: IO[str]
    count: int = 0

    def add(self, finding: Record) -> None:
        """Keep one more."""
        self.file.write(finding.to_json() + "\n")
        self.count += 1

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield each finding as JSON values, in the order in which they were found."""
        self.file.seek(0)
        for line in self.file:
            yield json.loads(line)
        self.file.seek(0, 2)


@contextmanager
def keeping() -> Iterator[Kept]:
    """Yield an empty file, which is there while it is open."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        yield Kept(file)
