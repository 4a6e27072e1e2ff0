# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import datetime as dt
from typing import ClassVar
import attrs
from coresponder.domain.events import (Decision, Event, Fact)
from coresponder.domain.types import (Code, Id, Instant)
from coresponder.domain.vocabulary import (AbsenceReason, CriticalKind, Presence, Role, Weekday)
from coresponder.record import Record

_AbsenceReason: TypeAlias = AbsenceReason | Literal[
    'illness',
    'injury',
    'vacation',
    'family_leave',
    'training',
    'court',
    'administrative_leave',
]
_CriticalKind: TypeAlias = CriticalKind | Literal[
    'death',
    'death_of_child',
    'death_of_colleague',
    'serious_injury',
    'shots_fired',
    'other',
]
_Presence: TypeAlias = Presence | Literal['in_person', 'phone', 'video']
_Role: TypeAlias = Role | Literal[
    'patrol_officer',
    'cit_officer',
    'clinician',
    'community_health_worker',
    'peer',
    'paramedic',
    'advocate',
    'supervisor',
    'tactical_officer',
    'negotiator',
]
_Weekday: TypeAlias = Weekday | Literal[
    'monday',
    'tuesday',
    'wednesday',
    'thursday',
    'friday',
    'saturday',
    'sunday',
]

def _to_absencereason(value: _AbsenceReason) -> AbsenceReason: ...
def _to_criticalkind(value: _CriticalKind) -> CriticalKind: ...
def _to_role(value: _Role) -> Role: ...
def _to_tuple_code(value: list[Code] | tuple[Code, ...]) -> tuple[Code, ...]: ...
def _to_tuple_presence(value: Sequence[_Presence]) -> tuple[Presence, ...]: ...
def _to_tuple_weekday(value: Sequence[_Weekday]) -> tuple[Weekday, ...]: ...
def _to_tuple_weeklyshift(value: Sequence[WeeklyShift]) -> tuple[WeeklyShift, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class WeeklyShift(Record):
    reads_back: ClassVar[bool] = True
    days: tuple[Weekday, ...] = attrs.field(converter=_to_tuple_weekday)
    begins: dt.time
    ends: dt.time
    reachable: tuple[Presence, ...] = attrs.field(default=(Presence.IN_PERSON,), converter=_to_tuple_presence)
    on_call: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderJoined(Fact):
    responder: Id
    role: Role = attrs.field(converter=_to_role)
    volunteer: bool = False
    languages: tuple[Code, ...] = attrs.field(default=(), converter=_to_tuple_code)

@attrs.frozen(kw_only=True, weakref_slot=False)
class RoleChanged(Fact):
    responder: Id
    role: Role = attrs.field(converter=_to_role)
    volunteer: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderLeft(Fact):
    responder: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class LanguagesRecorded(Fact):
    responder: Id
    languages: tuple[Code, ...] = attrs.field(default=(), converter=_to_tuple_code)

@attrs.frozen(kw_only=True, weakref_slot=False)
class VettingPassed(Fact):
    responder: Id
    expires: Instant | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class VettingExpired(Fact):
    responder: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingCompleted(Fact):
    responder: Id
    training: Id
    hours: int | None = None
    expires: Instant | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingRenewed(Fact):
    responder: Id
    training: Id
    expires: Instant | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class TrainingRevoked(Decision):
    responder: Id
    training: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftsAssigned(Decision):
    responder: Id
    shifts: tuple[WeeklyShift, ...] = attrs.field(default=(), converter=_to_tuple_weeklyshift)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftScheduled(Decision):
    responder: Id
    begins: Instant
    ends: Instant
    reachable: tuple[Presence, ...] = attrs.field(default=(Presence.IN_PERSON,), converter=_to_tuple_presence)
    on_call: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftStarted(Fact):
    responder: Id
    reachable: tuple[Presence, ...] = attrs.field(default=(Presence.IN_PERSON,), converter=_to_tuple_presence)
    on_call: bool = False

@attrs.frozen(kw_only=True, weakref_slot=False)
class ShiftEnded(Fact):
    responder: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class AbsenceRecorded(Fact):
    responder: Id
    reason: AbsenceReason = attrs.field(converter=_to_absencereason)
    begins: Instant
    ends: Instant | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderReturned(Fact):
    responder: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class CriticalIncidentAttended(Fact):
    responder: Id
    kind: CriticalKind = attrs.field(converter=_to_criticalkind)
    incident: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class CheckInHeld(Fact):
    responder: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportOffered(Fact):
    responder: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportTaken(Fact):
    responder: Id

@attrs.frozen(kw_only=True, weakref_slot=False)
class SupportDeclined(Fact):
    responder: Id

RESPONDER_EVENTS: dict[str, type[Event]]
