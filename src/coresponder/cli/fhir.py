"""The commands `export fhir` and `import fhir`: referrals as a health system knows them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from coresponder.cli.borders import (
    AGENCY_ID,
    FILE,
    OUTPUT,
    check_by,
    check_roles,
    print_all_taken,
    read_from,
    say_given,
    say_nameless,
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
    say,
)

__all__ = ["export_fhir", "import_fhir"]


@click.command("fhir")
@STORE
@click.argument("incident")
@AGENCY
@AGENCY_ID
@click.option("--referral", help="Only this referral, with the consents of its person.")
@RECEIVER
@OUTPUT
def export_fhir(
    store: str,
    incident: str,
    agency: str,
    agency_id: str | None,
    referral: str | None,
    output: Path | None,
    **to: Any,
) -> None:
    """Write INCIDENT of STORE as a bundle of HL7 FHIR R4: encounter, consents, referrals (SDOH
    Clinical Care), follow-ups.
    """
    from coresponder.interop.fhir import bundle_of
    from coresponder.workflow.giving import give_fhir

    receiver = receiver_of(**to)
    with open_workflow(store, agency) as workflow, usage_errors():
        if receiver is None:
            bundle = bundle_of(
                workflow.case(incident), agency=agency_id or agency, referral=referral
            )
        else:
            check_roles(workflow, receiver[0].roles)
            window = workflow.as_(*receiver)
            given = give_fhir(window, incident, agency_id=agency_id, referral=referral)
            bundle = given.document
            say_given(given)
    write_document(bundle, output, incident)
    say_nameless(agency_id or agency)


@click.command("fhir")
@STORE
@FILE
@AGENCY
@AGENCY_ID
@click.option(
    "--incident", help="The incident of what names none. What names another is not recorded."
)
@click.option("--by", required=True, help="The id of who sent it, like clinic-1.")
@format_option("text", "json")
def import_fhir(
    store: str,
    file: Path,
    agency: str,
    agency_id: str | None,
    incident: str | None,
    by: str,
    form: str,
) -> None:
    """Record what a Task, a Consent or an Appointment in FILE says, or a Bundle of them. Exit 1 if
    something may be new and was not recorded.
    """
    from coresponder.documents.reading import read_json_file
    from coresponder.workflow.taking import take_fhir

    check_by(by)
    document = read_json_file(file)
    with open_workflow(store, agency) as workflow, read_from(file):
        taken = take_fhir(workflow, document, by=by, agency_id=agency_id, incident=incident)
    print_all_taken(taken, form)
    missed = any(one.refused or one.not_recorded for one in taken)
    if form == "text" and not any(one.recorded for one in taken):
        say("nothing was recorded" + ("" if missed else ": the record has all of it"))
    sys.exit(1 if missed else 0)
