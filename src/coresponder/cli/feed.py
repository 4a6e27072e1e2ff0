"""The command that prints the feed of an agency."""

from __future__ import annotations

import sys
from typing import Any

import click

from coresponder.cli.options import AGENCY, RECEIVER, STORE, open_workflow, receiver_of, say

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
@RECEIVER
def feed(store: str, after: int, limit: int, roster: bool, agency: str, **to: Any) -> None:
    """Print every accepted event of an agency as a CloudEvent, one line of JSON each, in an order
    that never changes. `sequence` is its position: give it as --after to go on. For a receiver, each
    has what the receiver sees, and the position at which the page ended is told on standard error.
    """
    receiver = receiver_of(**to)
    if roster and receiver is not None:
        raise click.UsageError("--roster goes without --for: the roster has no views")
    with open_workflow(store, agency) as workflow:
        if receiver is not None:
            page = workflow.as_(*receiver).feed(after=after, limit=limit)
            say(f"--after {page.position}", err=True)
        else:
            page = (workflow.roster.desk if roster else workflow).feed(after=after, limit=limit)
    for event in page:
        sys.stdout.write(event.to_json() + "\n")
