"""Responders whom the record of an incident names and who are not on the roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from coresponder.domain.events import Event
from coresponder.errors import nearest
from coresponder.program import Case
from coresponder.roster.service import Finding, Service

__all__ = ["strangers_in"]


def strangers_in(case: Case, known: Mapping[str, Service]) -> Iterator[Finding]:
    """Yield the first event of each responder of an incident who is not on the roster, or was not
    with the agency then. Without a roster there is nothing to compare.

    Args:
        case: the incident.
        known: the responders on the roster, by id.
    """
    said: set[tuple[str, str]] = set()
    for entry in case.entries():
        for id in _named(entry.event) if known and entry.happened else ():
            what = _strange(id, entry.event.at, known)
            if what is not None and (id, what) not in said:
                said.add((id, what))
                yield Finding(responder=id, event=entry.number, at=entry.event.at, what=what)


def _strange(id: str, at: dt.datetime, known: Mapping[str, Service]) -> str | None:
    """Return why a responder is a stranger; None if they are not."""
    if id not in known:
        return f"is not on the roster; {nearest(id, list(known))}"
    if known[id].post(at) is not None:
        return None
    joined = any(post.begins <= at for post in known[id].posts)
    return "had left the agency" if joined else "had not joined the agency yet"


def _named(event: Event) -> tuple[str, ...]:
    """Return the ids of the responders whom an event names."""
    one = [getattr(event, name, None) for name in ("responder", "relieved_by")]
    team = getattr(event, "responders", ())
    return tuple(dict.fromkeys(id for id in (*one, *team) if isinstance(id, str)))
