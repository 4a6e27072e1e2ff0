"""The command that prints the feed of an agency."""

from __future__ import annotations

import sys

import click

from coresponder.cli.options import AGENCY, STORE, open_workflow

__all__ = ["feed"]


@click.command()
@STORE
@click.option(
    "--after",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="POSITION",
    help="The position of the last event that was read.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="The most events to print.",
)
@click.option("--roster", is_flag=True, help="The events of responders instead of incidents.")
@AGENCY
def feed(store: str, after: int, limit: int, roster: bool, agency: str) -> None:
    """Print every accepted event of an agency as a CloudEvent, one line of JSON each, in an order
    that never changes. `sequence` is its position: give it as --after to go on.
    """
    with open_workflow(store, agency) as workflow:
        followed = workflow.roster.desk if roster else workflow
        for event in followed.feed(after=after, limit=limit):
            sys.stdout.write(event.to_json() + "\n")
