"""The command line. It is thin: it reads options, calls the library, and prints."""

from __future__ import annotations

import sys

from coresponder.cli.faults import lacks_an_extra

__all__ = ["main"]


def main() -> None:
    """Run the command line, or name the extra that is missing."""
    try:
        from coresponder.cli.commands import commands

        commands()
    except ImportError as error:
        if not lacks_an_extra(error):
            raise
        sys.stderr.write("The command line needs more packages: pip install 'coresponder[cli]'\n")
        sys.exit(2)
