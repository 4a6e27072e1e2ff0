"""Explain why a command failed: an extra is missing, or coresponder has a bug. The report of a bug
contains none of the data that was read.
"""

from __future__ import annotations

import platform
import traceback
from pathlib import Path

from coresponder import __version__

__all__ = ["FAULT", "fault_report", "lacks_an_extra"]

FAULT = 70
"""EX_SOFTWARE of sysexits.h: neither a finding nor bad input."""
_PLACES = 12


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
