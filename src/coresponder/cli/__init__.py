"""The command line, thin: it reads options, calls the library, and prints."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, or say which extra is missing."""
    try:
        from coresponder.cli.commands import commands
    except ImportError as error:
        if error.name is not None and error.name.split(".")[0] not in {
            "click",
            "rich",
            "sqlalchemy",
        }:
            raise
        sys.stderr.write("The command line needs more packages: pip install 'coresponder[cli]'\n")
        sys.exit(2)
    commands()
