"""The commands `export` and `import`: what goes to and comes from the systems around an agency, each
standard with its own options.
"""

from __future__ import annotations

import click

from coresponder.cli.anchors import export_consistency, export_inclusion
from coresponder.cli.calendar import export_calendar, import_calendar
from coresponder.cli.eido import export_eido, import_eido
from coresponder.cli.event_logs import COMMANDS as EVENT_LOGS
from coresponder.cli.fhir import export_fhir, import_fhir
from coresponder.cli.use_of_force import export_use_of_force

__all__ = ["export", "import_"]


@click.group()
def export() -> None:
    """Write what a store contains for another system."""


@click.group("import")
def import_() -> None:
    """Read what another system wrote."""


_BOTH_WAYS = (
    (export_calendar, import_calendar),
    (export_eido, import_eido),
    (export_fhir, import_fhir),
    *EVENT_LOGS,
)
for _out, _back in _BOTH_WAYS:
    export.add_command(_out)
    import_.add_command(_back)
for _out in (export_inclusion, export_consistency, export_use_of_force):
    export.add_command(_out)
