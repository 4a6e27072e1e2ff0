"""What became of what another system told, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from coresponder.cli.options import print_json, say

if TYPE_CHECKING:
    from coresponder.domain.events import Event
    from coresponder.workflow.taking import Taken

__all__ = ["AGENCY_ID", "print_taken"]

AGENCY_ID = click.option(
    "--agency-id",
    help="The agency's id in the world, for example police.example.org; by default --agency.",
)


def print_taken(taken: Taken, form: str) -> None:
    """Print what was recorded, refused, late and left out, as `text` or as `json`."""
    if form == "json":
        print_json(_as_json(taken))
    else:
        _print(taken)


def _as_json(taken: Taken) -> dict[str, Any]:
    return {
        "incident": taken.incident,
        "recorded": [_event(event) for event in taken.recorded],
        "refused": [_event(event) | {"why": why} for event, why in taken.refused],
        "older": taken.older,
        "left_out": taken.left_out,
    }


def _event(event: Event) -> dict[str, Any]:
    return {"type": type(event).__name__, "event": event.to_dict()}


def _print(taken: Taken) -> None:
    for event in taken.recorded:
        say(f"recorded: {type(event).__name__} {event.to_json()}")
    for event, why in taken.refused:
        say(f"refused: {type(event).__name__}: {why}")
    for said in taken.older:
        say(f"kept: {said}")
    for said in taken.left_out:
        say(f"not read: {said}")
    say(f"{taken.incident}: recorded {len(taken.recorded):,}, refused {len(taken.refused):,}")
