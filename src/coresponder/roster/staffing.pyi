# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import datetime as dt
from collections.abc import Iterable
import attrs
from coresponder.domain.objects import (Responder, Team)
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (Nature, Presence, ResponseModel, Role)
from coresponder.record import Record

_Nature: TypeAlias = Nature | Literal[
    'suicide_threat',
    'suicide_attempt',
    'psychosis',
    'mental_health_crisis',
    'welfare_check',
    'disturbance',
    'overdose',
    'domestic_violence',
    'child_exposed_to_violence',
    'violent_crime',
    'victim_support',
    'traumatic_event',
    'death_notification',
    'homelessness',
    'other',
]
_Presence: TypeAlias = Presence | Literal['in_person', 'phone', 'video']
_ResponseModel: TypeAlias = ResponseModel | Literal[
    'primary_co_response',
    'secondary_co_response',
    'telehealth',
    'embedded_clinician',
    'mobile_crisis_team',
    'case_management',
    'post_incident_outreach',
    'cit_response',
    'police_response',
]
_Role: TypeAlias = Role | Literal[
    'patrol_officer',
    'cit_officer',
    'clinician',
    'community_health_worker',
    'peer',
    'paramedic',
    'advocate',
    'supervisor',
]

def _to_presence(value: _Presence) -> Presence: ...
def _to_responsemodel(value: _ResponseModel) -> ResponseModel: ...
def _to_tuple_id(value: list[Id] | tuple[Id, ...]) -> tuple[Id, ...]: ...
def _to_tuple_nature(value: Sequence[_Nature]) -> tuple[Nature, ...]: ...
def _to_tuple_role(value: Sequence[_Role]) -> tuple[Role, ...]: ...
def _to_tuple_seat(value: Sequence[Seat]) -> tuple[Seat, ...]: ...
def _to_tuple_tierattempt(value: Sequence[TierAttempt]) -> tuple[TierAttempt, ...]: ...
def _to_tuple_str(value: list[str] | tuple[str, ...]) -> tuple[str, ...]: ...

@attrs.frozen(kw_only=True)
class Seat(Record):
    roles: tuple[Role, ...] = attrs.field(converter=_to_tuple_role)
    presence: Presence = attrs.field(default=Presence.IN_PERSON, converter=_to_presence)
    training: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)
    hours: int = 0
    def fits(self, responder: Responder, at: dt.datetime) -> bool: ...

@attrs.frozen(kw_only=True)
class Tier(Record):
    id: Id
    model: ResponseModel = attrs.field(converter=_to_responsemodel)
    seats: tuple[Seat, ...] = attrs.field(converter=_to_tuple_seat)
    natures: tuple[Nature, ...] = attrs.field(default=(), converter=_to_tuple_nature)
    title: str = ''
    source: str = 'local choice'

@attrs.frozen(kw_only=True)
class TierAttempt(Record):
    tier: str
    missing: tuple[str, ...] = attrs.field(converter=_to_tuple_str)

@attrs.frozen(kw_only=True)
class Staffing(Record):
    team: Team | None = None
    attempts: tuple[TierAttempt, ...] = attrs.field(default=(), converter=_to_tuple_tierattempt)
    @property
    def reason(self) -> str: ...

def choose_team(
    tiers: Iterable[Tier],
    responders: Iterable[Responder],
    *,
    at: dt.datetime,
    nature: Nature,
) -> Staffing: ...
