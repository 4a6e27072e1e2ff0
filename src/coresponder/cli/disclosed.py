"""The command `disclosures`: who was shown what of a person, or what somebody was shown."""

from __future__ import annotations

import click

from coresponder.cli.options import (
    AGENCY,
    STORE,
    format_option,
    open_workflow,
    parse_now,
    print_json,
    say,
    say_wrapped,
)

__all__ = ["disclosures"]


@click.command()
@STORE
@click.option("--person", help="What was shown of the person with this id.")
@click.option("--viewer", help="What this viewer was shown.")
@click.option("--since", help="Only what was shown at this time or later.")
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="How many to list."
)
@click.option("--after", help="List what follows the page that ended with this cursor.")
@AGENCY
@format_option("text", "json")
def disclosures(
    store: str,
    person: str | None,
    viewer: str | None,
    since: str | None,
    limit: int,
    after: str | None,
    agency: str,
    form: str,
) -> None:
    """List who was shown what of a person, for an accounting, or what a viewer was shown."""
    begin = parse_now(since, "--since")
    if (person is None) is (viewer is None):
        raise click.UsageError("give --person or --viewer: whose accounting it is, or who looked")
    with open_workflow(store, agency) as workflow:
        log, zone = workflow.disclosures, workflow.program.calendar.time_zone
        if person is not None:
            found = log.of_person(person, since=begin, limit=limit, after=after)
        else:
            found = log.by_viewer(str(viewer), since=begin, limit=limit, after=after)
    if form == "json":
        print_json({"disclosures": [one.to_dict() for one in found], "next": found.next})
        return
    for one in found:
        say_wrapped(one.say(zone))
    if not found:
        say("Nothing was shown.")
    if found.next is not None:
        say(f"More follow: --after {found.next}")
