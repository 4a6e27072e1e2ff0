"""The command line. It is thin: it reads options, calls the library, and prints."""

from __future__ import annotations

import gc
import sys

from coresponder.cli.faults import lacks_an_extra

__all__ = ["main"]

_GARBAGE = 200_000
"""Objects between two searches for garbage. With Python's 700, a tenth of what a short command
takes is a search through modules that stay.
"""


def main() -> None:
    """Run the command line, or name the extra that is missing."""
    gc.set_threshold(_GARBAGE)
    try:
        from coresponder.cli.commands import commands

        commands()
    except ImportError as error:
        if not lacks_an_extra(error):
            raise
        sys.stderr.write("The command line needs more packages: pip install 'coresponder[cli]'\n")
        sys.exit(2)
