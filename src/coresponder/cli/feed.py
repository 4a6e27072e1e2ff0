"""The command that prints the feed of an agency."""

from __future__ import annotations

import sys
from typing import Any

import click

from coresponder.cli.borders import window_of
from coresponder.cli.options import AGENCY, RECEIVER, STORE, open_workflow, receiver_of, say

__all__ = ["feed"]


@click.command()
@STORE
@click.option(
    "--after",
    default="0",
    show_default=True,
    metavar="SEQUENCE[:ID]",
    help="Go on after this event: its `sequence`, or better that, a colon and its `id`. 0 begins.",
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
def feed(store: str, after: str, limit: int, roster: bool, agency: str, **to: Any) -> None:
    """Print every accepted event of an agency as a CloudEvent, one line of JSON each, in an order
    that never changes. To go on later, give --after what is told on standard error. With --for, an
    event has what the receiver sees.
    """
    from coresponder.workflow.feed import Cursor

    receiver = receiver_of(**to)
    if roster and receiver is not None:
        raise click.UsageError("--roster goes without --for: the roster has no views")
    try:
        begins = Cursor.of(after)
    except ValueError as error:
        raise click.UsageError(f"--{error}") from None
    if receiver is not None and begins.id is not None:
        raise click.UsageError("--after: with --for, give the number before the colon alone")
    with open_workflow(store, agency) as workflow:
        if receiver is not None:
            page = window_of(workflow, receiver).feed(after=begins.position, limit=limit)
        else:
            page = (workflow.roster.desk if roster else workflow).feed(after=after, limit=limit)
    say(f"--after {page.cursor}", err=True)
    for event in page:
        sys.stdout.write(event.to_json() + "\n")
