"""What a role sees under a program, as a table for people."""

from __future__ import annotations

from typing import Any

from coresponder.cli.options import print_json, say, terminal
from coresponder.cli.tables import print_table
from coresponder.domain.spoken import say_word
from coresponder.domain.vocabulary import Purpose
from coresponder.errors import NotFound, nearest
from coresponder.policy.words import say_event
from coresponder.program import Program
from coresponder.program.viewing import View, Viewer

__all__ = ["events_of", "print_sight"]


def print_sight(program: Program, viewer: Viewer, purpose: Purpose, form: str) -> None:
    """Print the rows of a program that apply to a viewer for a purpose, those that open only in an
    emergency too; raise `NotFound` for a role of which no row speaks.
    """
    known = {role for view in program.views for role in view.roles}
    for role in viewer.roles:
        if role not in known:
            raise NotFound(f"{program.name} has no view for {role!r}; {nearest(role, known)}")
    emergency = frozenset(view.id for view in program.views if view.emergency_access)
    views = program.sight(viewer.roles, purpose, opened=emergency).views
    if form == "json":
        print_json([_as_json(view) for view in views])
        return
    roles = " and ".join(map(say_word, viewer.roles))
    if not views:
        say(f"{program.name}: {roles} sees nothing for {purpose.value}")
        return
    say(f"{program.name}: what {roles} sees for {purpose.value}; the rest is hidden")
    rows = [(events_of(view), _fields(view), view.condition_text, view.authority) for view in views]
    head = ("event", "what is seen", "only", "authority")
    print_table(terminal(), head, rows)


def events_of(view: View) -> str:
    """Return the event types of a row in words."""
    return "all" if "*" in view.events else ", ".join(map(say_event, view.events))


def _fields(view: View) -> str:
    whole = "everything" if "*" in view.whole else ", ".join(map(say_word, view.whole))
    less = f"less of {', '.join(map(say_word, view.coarse))}" if view.coarse else ""
    return "; ".join(filter(None, [whole, less]))


def _as_json(view: View) -> dict[str, Any]:
    return {
        "id": view.id,
        "events": list(view.events),
        "whole": list(view.whole),
        "coarse": list(view.coarse),
        "only": view.condition_text,
        "audiences": list(view.audiences),
        "says": view.says,
        "authority": view.authority,
    }
