"""The command line, thin: it reads options, calls the library, and prints."""

from __future__ import annotations

import sys

__all__ = ["lacks_an_extra", "main"]


def main() -> None:
    """Run the command line, or say which extra is missing."""
    try:
        from coresponder.cli.commands import commands

        commands()
    except ImportError as error:
        if not lacks_an_extra(error):
            raise
        sys.stderr.write("The command line needs more packages: pip install 'coresponder[cli]'\n")
        sys.exit(2)


def lacks_an_extra(error: BaseException) -> bool:
    """Tell whether what is missing is a package that the command line needs."""
    packages = {"click", "rich", "sqlalchemy"}
    return isinstance(error, ImportError) and (error.name or "").partition(".")[0] in packages
