"""What happens to a responder, outside any incident: each event a `Fact` or a `Decision`.

They are a responder's own stream, as an incident has one. What was entered in error is voided by
`EnteredInError`, which counts the events of the stream from 1.
"""

from __future__ import annotations

import datetime as dt
import inspect
from typing import ClassVar

import attrs

from coresponder.domain.events import Decision, EnteredInError, Event, Fact
from coresponder.domain.types import Code, Id, Instant
from coresponder.domain.vocabulary import AbsenceReason, CriticalKind, Presence, Role, Weekday
from coresponder.record import Record


def _by_the_wall(_: object, field: attrs.Attribute[dt.time], value: dt.time) -> None:
    """Take only hours and minutes of the clock on the wall: the calendar knows the time zone."""
    if value.tzinfo is not None or value.second or value.microsecond:
        raise ValueError(
            f"{field.name}: {value.isoformat()} is not hours and minutes; write it like 07:30"
        )


@attrs.frozen(kw_only=True, weakref_slot=False)
class WeeklyShift(Record):
    """Hours that come again each week, by the clock on the wall; what ends before it begins ends
    the next day.

    Attributes:
        days: on which it begins.
        on_call: not at work, but reached when needed.
        reachable: how the responder can take part in these hours.
    """

    reads_back: ClassVar[bool] = True

    days: tuple[Weekday, ...] = attrs.field(validator=attrs.validators.min_len(1))
    begins: dt.time = attrs.field(validator=_by_the_wall)
    ends: dt.time = attrs.field(validator=_by_the_wall)
    reachable: tuple[Presence, ...] = attrs.field(
        default=(Presence.IN_PERSON,), validator=attrs.validators.min_len(1)
    )
    on_call: bool = False


# --- who they are -----------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderJoined(Fact):
    """Somebody begins to respond for the agency, or comes back to it."""

    responder: Id
    role: Role
    volunteer: bool = False
    languages: tuple[Code, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class RoleChanged(Fact):
    """A responder has another role from now on."""

    responder: Id
    role: Role
    volunteer: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderLeft(Fact):
    """A responder does not respond for the agency any more."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class LanguagesRecorded(Fact):
    """Which languages a responder speaks with people, all of them; it replaces what was known."""

    responder: Id
    languages: tuple[Code, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class VettingPassed(Fact):
    """A background check was passed; it counts up to and including `expires`."""

    responder: Id
    expires: Instant | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class VettingExpired(Fact):
    """A background check does not count any more, whatever it said of its end."""

    responder: Id


# --- training ---------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingCompleted(Fact):
    """A course was completed or a license granted. Without `expires` the program says how long it
    counts.
    """

    responder: Id
    training: Id
    hours: int | None = None
    expires: Instant | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingRenewed(Fact):
    """A training that was completed before counts anew from now on, with the hours it had."""

    responder: Id
    training: Id
    expires: Instant | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingRevoked(Decision):
    """A training or license does not count any more, until it is completed again."""

    responder: Id
    training: Id


# --- when they are there ----------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftsAssigned(Decision):
    """The weekly shifts of a responder from now on, all of them; none is no shift."""

    responder: Id
    shifts: tuple[WeeklyShift, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftScheduled(Decision):
    """One shift, or one time on call, beside the weekly ones."""

    responder: Id
    begins: Instant
    ends: Instant
    reachable: tuple[Presence, ...] = attrs.field(
        default=(Presence.IN_PERSON,), validator=attrs.validators.min_len(1)
    )
    on_call: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftStarted(Fact):
    """A responder came on duty, or is on call from now on."""

    responder: Id
    reachable: tuple[Presence, ...] = attrs.field(
        default=(Presence.IN_PERSON,), validator=attrs.validators.min_len(1)
    )
    on_call: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftEnded(Fact):
    """A responder went off duty, or is not on call any more."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class AbsenceRecorded(Fact):
    """A responder cannot be sent from `begins` until `ends`; without `ends` until they return."""

    responder: Id
    reason: AbsenceReason
    begins: Instant
    ends: Instant | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderReturned(Fact):
    """A responder is back before the end of an absence, or at an end that was not known."""

    responder: Id


# --- how they are -----------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class CriticalIncidentAttended(Fact):
    """A responder was at an incident that weighs on those who were there."""

    responder: Id
    kind: CriticalKind
    incident: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class CheckInHeld(Fact):
    """Somebody asked a responder how they are; what was said is nowhere in the log."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportOffered(Fact):
    """A responder was offered support after an incident: a peer, a debriefing, a clinician."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportTaken(Fact):
    """A responder took the support that was offered; what was said is nowhere in the log."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportDeclined(Fact):
    """A responder did not want the support that was offered, which is theirs to say."""

    responder: Id


RESPONDER_EVENTS: dict[str, type[Event]] = {
    name: cls
    for name, cls in list(globals().items())
    if inspect.isclass(cls) and issubclass(cls, Event) and cls not in {Event, Fact, Decision}
}
"""Every event type of a responder's stream by its name, which is also its stored name."""

__all__ = [  # noqa: PLE0604
    "RESPONDER_EVENTS",
    "WeeklyShift",
    *(name for name, cls in RESPONDER_EVENTS.items() if cls is not EnteredInError),
]
