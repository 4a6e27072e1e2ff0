"""The state of each responder with an incident, in terms of EIDO's secondary unit status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import attrs

from coresponder.domain import events as e
from coresponder.domain.objects import TeamMember
from coresponder.program import Entry

__all__ = ["ENDS", "LEFT", "MOVES", "Standing", "counts", "standings"]

MOVES: Mapping[type[e.Event], str] = {
    e.ResponderEnRoute: "EnRoute",
    e.ResponderArrived: "OnScene",
    e.ResponderCleared: "Cleared",
    e.ResponderRelieved: "Cleared",
    e.ResponderBackInService: "Cleared",
    e.PersonTransported: "Transporting",
}
LEFT = frozenset({"Cleared", "Transporting"})
"""The statuses of a unit that is no longer at the scene."""
ENDS = (e.IncidentClosed, e.IncidentCancelled, e.IncidentReopened)
"""What closes an incident, and what opens it again."""


@attrs.frozen(kw_only=True)
class Standing:
    """One responder: the status, since when, and who recorded it. The role is None until an event
    has it.
    """

    member: TeamMember | None
    status: str
    at: dt.datetime
    by: str


def counts(entry: Entry) -> bool:
    """Return whether an event happened. An end that is out of place has ended nothing."""
    return entry.happened and not (entry.out_of_place and isinstance(entry.event, ENDS))


def standings(happened: Iterable[e.Event]) -> dict[str, Standing]:
    """Return each responder who was sent or came, as they are after these events."""
    found: dict[str, Standing] = {}
    for event in happened:
        if isinstance(event, e.TeamDispatched):
            _send(found, event)
        elif isinstance(event, e.SceneCleared):
            for id in [id for id, one in found.items() if one.status not in LEFT]:
                _put(found, id, "Cleared", event)
        elif (responder := getattr(event, "responder", None)) and type(event) in MOVES:
            _put(found, responder, MOVES[type(event)], event)
    return found


def _send(found: dict[str, Standing], event: e.TeamDispatched) -> None:
    """Add the responders who were sent; those already on the way or on scene stay as they are."""
    for member in event.team.members:
        known = found.get(member.responder)
        if known is None or known.status not in {"EnRoute", "OnScene"}:
            found[member.responder] = Standing(
                member=member, status="Dispatched", at=event.at, by=event.by
            )
        elif known.member is None:
            found[member.responder] = attrs.evolve(known, member=member)


def _put(found: dict[str, Standing], id: str, status: str, event: e.Event) -> None:
    role = getattr(event, "role", None)
    member = found[id].member if id in found else None
    if member is None and role is not None:
        member = TeamMember(responder=id, role=role)
    if status == "Cleared" and id in found and found[id].status == status:
        found[id] = attrs.evolve(found[id], member=member)  # it left before, and did not come again
        return
    found[id] = Standing(member=member, status=status, at=event.at, by=event.by)
