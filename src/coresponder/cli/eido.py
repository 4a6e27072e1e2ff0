"""The commands `export eido` and `import eido`: an incident as another agency tells it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from coresponder.cli.options import AGENCY, STORE, open_workflow, say

__all__ = ["export_eido"]

AGENCY_ID = click.option(
    "--agency-id",
    help="The agency's id in the world, for example police.example.org; by default --agency.",
)


@click.command("eido")
@STORE
@click.argument("incident")
@AGENCY
@AGENCY_ID
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file.")
def export_eido(
    store: str, incident: str, agency: str, agency_id: str | None, output: Path | None
) -> None:
    """Write INCIDENT of STORE as a NENA Emergency Incident Data Object (EIDO, STA-021.1)."""
    from coresponder.interop.eido import eido_of

    with open_workflow(store, agency) as workflow:
        try:
            document = eido_of(workflow.case(incident), agency=agency_id or agency)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    text = json.dumps(document, indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
        say(f"{output}: incident {incident}")
