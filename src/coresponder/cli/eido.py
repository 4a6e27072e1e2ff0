"""The commands `export eido` and `import eido`: an incident as another agency tells it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.borders import (
    AGENCY_ID,
    FILE,
    OUTPUT,
    check_by,
    override_of,
    print_taken,
    read_from,
    say_given,
    say_nameless,
    usage_errors,
    window_of,
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
    say_wrapped,
)

if TYPE_CHECKING:
    from coresponder.workflow.taking import Taken

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
            given = give_eido(window_of(workflow, receiver), incident, agency_id=agency_id)
            document = given.document
            say_given(given)
    write_document(document, output, incident)
    say_nameless(agency_id or agency)


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
    " agency's newest incident. It is needed for an agency's first incident in a store in which"
    " others have some.",
)
@click.option(
    "--override",
    metavar="REASON",
    help="Record what the program refuses, for example to close, for this reason.",
)
@click.option(
    "--not",
    "wrong",
    metavar="INCIDENT",
    help="The EIDO's incident was taken for this one by mistake: record that it is not, then take it"
    " again.",
)
@click.option("--by", help="The id of who says --override or --not, like sergeant-1.")
@format_option("text", "json")
def import_eido(
    store: str,
    file: Path,
    agency: str,
    agency_id: str | None,
    incident: str | None,
    program: str | None,
    override: str | None,
    wrong: str | None,
    by: str | None,
    form: str,
) -> None:
    """Record what the EIDO in FILE tells: it opens an incident, or adds what is new. Exit 1 if
    something was refused, or may be new and was not recorded.
    """
    import attrs

    from coresponder.documents.reading import read_json_file
    from coresponder.workflow.taking import take_eido, untie_eido

    _check_wrong(wrong, incident, by)
    anyway = override_of(override, by) if wrong is None or override is not None else None
    document = read_json_file(file)
    begins = program is not None
    with (
        open_workflow(store, agency, program=program, begins=begins) as workflow,
        read_from(file),
    ):
        done: tuple[str, ...] = ()
        if wrong is not None and by is not None:
            done = (
                untie_eido(workflow, document, wrong, by=by, into=incident, agency_id=agency_id),
            )
        taken = take_eido(
            workflow, document, agency_id=agency_id, incident=incident, override=anyway
        )
    taken = attrs.evolve(taken, says=(*done, *taken.says))
    print_taken(taken, form)
    if taken.overridable and form == "text":
        named = {"--agency": agency, "--agency-id": agency_id, "--incident": incident}
        given = [text for name, value in named.items() if value for text in (name, value)]
        _say_next(taken, ["coresponder", "import", "eido", store, str(file), *given])
    sys.exit(1 if taken.refused or taken.not_recorded else 0)


def _check_wrong(wrong: str | None, incident: str | None, by: str | None) -> None:
    """Check what goes with `--not`."""
    if wrong is None:
        return
    if by is None:
        raise click.UsageError("--not and --by go together; --by is missing")
    check_by(by)
    if wrong == incident:
        raise click.UsageError(f"--not and --incident are both {wrong}; one of them is wrong")


def _say_next(taken: Taken, command: Sequence[str]) -> None:
    """Say what a person can do about the decisions that were refused."""
    from coresponder.domain.vocabulary import OverrideReason

    names = ", ".join(type(event).__name__ for event in taken.overridable)
    reasons = ", ".join(one.value for one in OverrideReason)
    say_wrapped(
        f"next: record what is missing and take the EIDO again; if a unit is still there, take the"
        f" one that says it left. If it cannot wait, this records {names} all the same and counts"
        f" the override; against the lifecycle, the incident stays in its state (REASON: {reasons}):",
        indent=6,
    )
    say(f"      {shlex.join(command)} --override REASON --by YOUR-ID")
