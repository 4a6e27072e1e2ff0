"""Other agencies at the scene, an incident that is handed on, and incidents that are one event."""

from __future__ import annotations

import attrs

from coresponder.domain.events.base import Decision, Fact
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import IncidentLink

__all__ = [
    "IncidentLinked",
    "IncidentMerged",
    "IncidentTransferAccepted",
    "IncidentTransferDeclined",
    "IncidentTransferOffered",
    "MutualAidRequested",
    "OtherAgencyArrived",
    "OtherAgencyCleared",
    "TransferOutcomeHeard",
]


# --- other agencies ------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class MutualAidRequested(Fact):
    """Another agency was asked for help, under an agreement of mutual aid."""

    department: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class OtherAgencyArrived(Fact):
    """A unit of another agency is on scene; it is on no roster of ours.

    Source: NENA, EIDO agency roles (Assisting).
    """

    department: Id
    unit: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class OtherAgencyCleared(Fact):
    """A unit of another agency left."""

    department: Id
    unit: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentTransferOffered(Decision):
    """Another agency was asked to take the incident on, with what is still to be done."""

    department: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentTransferAccepted(Fact):
    """The other agency has the incident: what a rule says that a transfer releases is theirs."""

    department: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentTransferDeclined(Fact):
    """The other agency did not take the incident on; it stays with whoever offered it."""

    department: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class TransferOutcomeHeard(Fact):
    """The agency that took the incident on said what came of it."""

    department: Id


# --- one event, two numbers ----------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentLinked(Fact):
    """Another incident belongs to this one; `link` says what the other is to it.

    Source: NENA, EIDO link directions (PARENT, CHILD, RELATED) and merge directions (SPLIT).
    """

    administrative = True

    other: Id
    link: IncidentLink


@attrs.frozen(kw_only=True, weakref_slot=False)
class IncidentMerged(Decision):
    """This incident is the same event as another one, which goes on under its own number.

    Its responders are free for the other one. What is owed here stays owed here until it is done.

    Source: NENA, EIDO merge directions (REPLACED); APCO 1.111.2, 22 (duplicate call).
    """

    into: Id
