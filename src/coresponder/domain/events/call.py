"""The call: how it came, was judged, handed on, and whom it sent."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.objects import LocalCode, Team
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (
    CallLine,
    CallSource,
    Nature,
    Presence,
    Priority,
    Role,
)

__all__ = [
    "CallReceived",
    "CallTransferAccepted",
    "CallTransferDeclined",
    "CallTransferOffered",
    "CallTriaged",
    "CallerLost",
    "CallerReached",
    "ResponderArrived",
    "ResponderCleared",
    "ResponderEnRoute",
    "ResponderRelieved",
    "SecondaryResponseRequested",
    "TeamDispatched",
    "TeamUnavailable",
]


# --- the call ------------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallReceived(Fact):
    """The agency came to know of the incident: this opens it."""

    source: CallSource
    nature: Nature
    priority: Priority | None = None
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTriaged(Fact):
    """A call taker or embedded clinician judged what it is."""

    nature: Nature
    priority: Priority | None = None
    qualifies: bool = True
    weapon: bool = False
    local: tuple[LocalCode, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferOffered(Decision):
    """Another line was asked to take the caller on.

    Attributes:
        warm: who asks stays on the line until somebody there has the caller.
    """

    to: CallLine
    warm: bool = True


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferAccepted(Fact):
    """The other line has the caller.

    Attributes:
        accepted_by: who took the call there.
    """

    to: CallLine
    accepted_by: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferDeclined(Fact):
    """The other line did not take the caller on, or the caller did not want it."""

    to: CallLine


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallerLost(Fact):
    """The call broke off before it was settled."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class CallerReached(Fact):
    """A caller who was lost is on the line again."""


@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamDispatched(Decision):
    """A team was sent."""

    team: Team

    @property
    def tier(self) -> str:
        """The staffing tier that chose the team."""
        return self.team.tier

    @property
    def responders(self) -> tuple[str, ...]:
        """Ids of the team's members."""
        return tuple(m.responder for m in self.team.members)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles of those who go in person."""
        return tuple(m.role for m in self.team.members if m.presence is Presence.IN_PERSON)

    @property
    def by_phone(self) -> tuple[Role, ...]:
        """Roles of those who take part by phone or video."""
        return tuple(m.role for m in self.team.members if m.presence is not Presence.IN_PERSON)


@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamUnavailable(Fact):
    """Nobody who was available qualified for any tier."""

    missing: tuple[Id, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderEnRoute(Fact):
    """A responder is on the way."""

    responder: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderArrived(Fact):
    """A responder is on scene. The workflow adds the `role` that the responder was sent in."""

    responder: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderCleared(Fact):
    """One responder left while others stay."""

    responder: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderRelieved(Fact):
    """Another responder, who is there or reached, took over from one who leaves: on scene, or of
    what is still to be done at the end of a shift.
    """

    responder: Id
    relieved_by: Id
    role: Role | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class SecondaryResponseRequested(Fact):
    """An officer on scene asked for a clinician or another team."""

    role: Role = Role.CLINICIAN
