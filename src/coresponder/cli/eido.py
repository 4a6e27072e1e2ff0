"""The commands `export eido` and `import eido`: an incident as another agency tells it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from coresponder.cli.borders import (
    AGENCY_ID,
    FILE,
    OUTPUT,
    print_taken,
    read_from,
    say_given,
    usage_errors,
    write_document,
)
from coresponder.cli.options import (
    AGENCY,
    RECEIVER,
    STORE,
    format_option,
    open_workflow,
    receiver_of,
)

__all__ = ["export_eido", "import_eido"]


@click.command("eido")
@STORE
@click.argument("incident")
@AGENCY
@AGENCY_ID
@RECEIVER
@OUTPUT
def export_eido(
    store: str, incident: str, agency: str, agency_id: str | None, output: Path | None, **to: Any
) -> None:
    """Write INCIDENT of STORE as a NENA Emergency Incident Data Object (EIDO, STA-021.1)."""
    from coresponder.interop.eido import eido_of
    from coresponder.workflow.giving import give_eido

    receiver = receiver_of(**to)
    with open_workflow(store, agency) as workflow, usage_errors():
        if receiver is None:
            document = eido_of(workflow.case(incident), agency=agency_id or agency)
        else:
            given = give_eido(workflow.as_(*receiver), incident, agency_id=agency_id)
            document = given.document
            say_given(given)
    write_document(document, output, incident)


@click.command("eido")
@STORE
@FILE
@AGENCY
@AGENCY_ID
@click.option(
    "--incident", help="Which incident of STORE it is about; by default the one with the EIDO's id."
)
@click.option(
    "--program",
    help="The program of a new incident: a shipped name or a file; by default that of the"
    " agency's newest incident.",
)
@format_option("text", "json")
def import_eido(
    store: str,
    file: Path,
    agency: str,
    agency_id: str | None,
    incident: str | None,
    program: str | None,
    form: str,
) -> None:
    """Record what the EIDO in FILE tells: it opens an incident, or adds what is new. Exit 1 if the
    program refused a decision.
    """
    from coresponder.documents.reading import read_json_file
    from coresponder.workflow.taking import take_eido

    document = read_json_file(file)
    with open_workflow(store, agency, program=program) as workflow, read_from(file):
        taken = take_eido(workflow, document, agency_id=agency_id, incident=incident)
    print_taken(taken, form)
    sys.exit(1 if taken.refused else 0)
