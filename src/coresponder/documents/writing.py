"""Write a file whole or not at all: it is made beside its place and put there when it is complete."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["whole_file"]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path beside a file, and put what was written to it in the file's place, with the mode
    that the earlier file had. If anything is raised meanwhile, the earlier file stays as it was. A
    device or a pipe is written directly, because it is never replaced.
    """
    place = path.resolve()  # a link stays one
    if place.exists() and not place.is_file():
        yield place
        return
    beside = place.with_name(f".coresponder-{secrets.token_hex(8)}.part")
    try:
        yield beside
        if place.exists():
            shutil.copymode(place, beside)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
