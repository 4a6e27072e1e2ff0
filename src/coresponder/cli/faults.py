"""Explain why a command failed: an extra is missing, or coresponder has a bug. The report of a bug
contains none of the data that was read.
"""

from __future__ import annotations

import errno
import platform
import traceback
from pathlib import Path

from coresponder import __version__

__all__ = ["FAULT", "fault_report", "lacks_an_extra", "refused_by_system"]

FAULT = 70
"""EX_SOFTWARE of sysexits.h: neither a finding nor bad input."""
_PLACES = 12


_MAY_NOT = "you may not read or write it; choose another, or ask who owns it"
_FULL = "the disk is full; make room, or choose another folder"
_REFUSED = {
    errno.ENOENT: "there is no such file or folder; check its name",
    errno.ENOTDIR: "what should be its folder is a file; check its name",
    errno.EISDIR: "this is a folder; name a file in it",
    errno.ENAMETOOLONG: "its name is too long; choose a shorter one",
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _MAY_NOT),
    **dict.fromkeys((errno.ENOSPC, errno.EFBIG, errno.EDQUOT), _FULL),
}


def refused_by_system(error: OSError, path: object = None) -> str:
    """Return which file the system refuses, why, and what to do."""
    where = path or error.filename or "the output"
    other = f"{error.strerror or error}; choose another file"
    return f"{where}: {_REFUSED.get(error.errno or 0, other)}"


def fault_report(error: BaseException) -> str:
    """Return a text that a person can paste into a bug report. The text of the error is left out,
    because it may contain names or secrets.
    """
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    places = [f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join(
        (
            (
                f"This is a bug in coresponder {__version__}, not in your input: "
                f"{type(error).__name__}"
            ),
            *places,
            (
                "Please report it with these lines and the command "
                f"(Python {platform.python_version()}, {platform.system()}); "
                "they contain none of your data."
            ),
        )
    )


def lacks_an_extra(error: BaseException) -> bool:
    """Return whether the missing package is one that the command line needs."""
    packages = {"click", "rich", "sqlalchemy"}
    return isinstance(error, ImportError) and (error.name or "").partition(".")[0] in packages
