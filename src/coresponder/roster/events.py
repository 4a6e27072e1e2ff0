"""The events of a responder's own stream, outside any incident; each is a `Fact` or a `Decision`.

An event that was entered in error is voided by `EnteredInError`, which counts the events of the
stream from 1.
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
    """Accept only local hours and minutes, because the program's calendar has the time zone."""
    if value.tzinfo is not None or value.second or value.microsecond:
        raise ValueError(
            f"{field.name}: {value.isoformat()} is not hours and minutes; write it like 07:30"
        )


@attrs.frozen(kw_only=True, weakref_slot=False)
class WeeklyShift(Record):
    """A shift that recurs each week, in local time. If it ends before it begins, it ends on the
    next day.

    Attributes:
        days: the days of the week on which it begins.
        on_call: whether the responder is not at work but can be reached.
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
    """A person begins to respond for the agency, or comes back to it."""

    responder: Id
    role: Role
    volunteer: bool = False
    languages: tuple[Code, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class RoleChanged(Fact):
    """A responder changes to another role."""

    responder: Id
    role: Role
    volunteer: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderLeft(Fact):
    """A responder left the agency."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class LanguagesRecorded(Fact):
    """The complete list of languages that a responder speaks with people; it replaces the last
    one.
    """

    responder: Id
    languages: tuple[Code, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class VettingPassed(Fact):
    """A responder passed a background check, which counts up to and including `expires`."""

    responder: Id
    expires: Instant | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class VettingExpired(Fact):
    """A background check no longer counts, even if it was to expire later."""

    responder: Id


# --- training ---------------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingCompleted(Fact):
    """A responder completed a training or was granted a license. Without `expires`, the program
    says how long it counts.
    """

    responder: Id
    training: Id
    hours: int | None = None
    expires: Instant | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingRenewed(Fact):
    """A training that was completed before is renewed, with the hours it had."""

    responder: Id
    training: Id
    expires: Instant | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingRevoked(Decision):
    """A training or license was revoked and does not count until it is completed again."""

    responder: Id
    training: Id


# --- when they are there ----------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftsAssigned(Decision):
    """A responder was assigned their complete weekly shifts from now on; an empty list means
    none.
    """

    responder: Id
    shifts: tuple[WeeklyShift, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftScheduled(Decision):
    """A responder was scheduled for a single shift or time on call, in addition to the weekly
    ones.
    """

    responder: Id
    begins: Instant
    ends: Instant
    reachable: tuple[Presence, ...] = attrs.field(
        default=(Presence.IN_PERSON,), validator=attrs.validators.min_len(1)
    )
    on_call: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftStarted(Fact):
    """A responder came on duty or on call."""

    responder: Id
    reachable: tuple[Presence, ...] = attrs.field(
        default=(Presence.IN_PERSON,), validator=attrs.validators.min_len(1)
    )
    on_call: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftEnded(Fact):
    """A responder went off duty or off call."""

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
    """A responder came back from an absence, before its end or because it had no known end."""

    responder: Id


# --- how they are -----------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, weakref_slot=False)
class CriticalIncidentAttended(Fact):
    """A responder attended a critical incident, one that weighs on those who were there."""

    responder: Id
    kind: CriticalKind
    incident: Id | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class CheckInHeld(Fact):
    """Somebody checked in with a responder. What was said is not recorded."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportOffered(Fact):
    """A responder was offered support after an incident: a peer, a debriefing, a clinician."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportTaken(Fact):
    """A responder took the support that was offered. What was said is not recorded."""

    responder: Id


@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportDeclined(Fact):
    """A responder declined the support that was offered, as they may."""

    responder: Id


RESPONDER_EVENTS: dict[str, type[Event]] = {
    name: cls
    for name, cls in list(globals().items())
    if inspect.isclass(cls) and issubclass(cls, Event) and cls not in {Event, Fact, Decision}
}
"""Every event type of a responder's stream, by its stored name."""

__all__ = [  # noqa: PLE0604
    "RESPONDER_EVENTS",
    "WeeklyShift",
    *(name for name, cls in RESPONDER_EVENTS.items() if cls is not EnteredInError),
]
