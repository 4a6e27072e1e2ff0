"""Who leads the scene, what is closed off, who went in, and who is cut off."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Fact
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import EntryGround, LeadService, Perimeter, Presence

__all__ = [
    "CommandTaken",
    "CommandTransferred",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionRestored",
    "EntryMade",
    "PerimeterSet",
    "SubjectBarricaded",
]


# --- command, perimeter, entry -------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class SubjectBarricaded(Fact):
    """A person has shut themselves in, alone or with others, and does not come out."""

    person: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class PerimeterSet(Fact):
    """A perimeter around the scene is held."""

    perimeter: Perimeter


@attrs.frozen(kw_only=True, weakref_slot=False)
class CommandTaken(Fact):
    """Somebody is the incident commander: the first one, or one who steps in.

    Source: FEMA, IS-200, incident command.

    Attributes:
        commander: who leads; it need not be somebody of the program's own roster.
        service: of whom the commander is; that service leads the scene.
    """

    commander: Id
    service: LeadService = LeadService.POLICE


@attrs.frozen(kw_only=True, weakref_slot=False)
class CommandTransferred(Fact):
    """The incident commander handed the scene on to another one.

    Source: FEMA, IS-200, transfer of command: face to face, with a complete briefing.

    Attributes:
        commander: who leads from now on.
        service: of whom the new commander is; that service leads the scene.
        briefed: whether the new commander was told what is going on.
    """

    commander: Id
    service: LeadService = LeadService.POLICE
    briefed: bool = True


@attrs.frozen(kw_only=True, weakref_slot=False)
class EntryMade(Fact):
    """Responders went in though the person did not let them in.

    Attributes:
        forced: whether a door or window was broken or opened by force.
    """

    ground: EntryGround
    person: Id | None = None
    forced: bool = False


# --- a clinician by phone or video ---------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConnectionFailed(Fact):
    """Somebody tried to reach a responder by phone or video, and did not."""

    responder: Id
    presence: Presence = Presence.VIDEO


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConnectionLost(Fact):
    """A responder who took part by phone or video is cut off."""

    responder: Id
    presence: Presence = Presence.VIDEO


@attrs.frozen(kw_only=True, weakref_slot=False)
class ConnectionRestored(Fact):
    """A responder who was cut off takes part again; `presence` says how, which may be another way."""

    responder: Id
    presence: Presence = Presence.VIDEO
