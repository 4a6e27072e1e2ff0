"""The commands `export` and `import`: what goes to and comes from the systems around an agency, each
standard with its own options.
"""

from __future__ import annotations

import click

from coresponder.cli.calendar import export_calendar, import_calendar
from coresponder.cli.eido import export_eido, import_eido

__all__ = ["export", "import_"]


@click.group()
def export() -> None:
    """Write what a store contains for another system."""


@click.group("import")
def import_() -> None:
    """Read what another system wrote."""


export.add_command(export_calendar)
export.add_command(export_eido)
import_.add_command(import_calendar)
import_.add_command(import_eido)
