# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import datetime as dt
import functools
from collections.abc import (Iterable, Iterator, Mapping)
from typing import Any
import attrs
from coresponder.domain.objects import (Incident, Responder, Team)
from coresponder.domain.types import (Code, Id)
from coresponder.domain.vocabulary import (Nature, Presence, ResponseModel, Role, Technique)
from coresponder.policy.atoms import Guard
from coresponder.record import Record
from coresponder.roster.courses import (Courses, Needs, STANDARD)

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
    'sexual_assault',
    'victim_support',
    'traumatic_event',
    'death_notification',
    'homelessness',
    'self_harm',
    'intoxication',
    'substance_use',
    'dementia',
    'developmental_disability',
    'postpartum_crisis',
    'eviction',
    'trespass',
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
    'tactical_officer',
    'negotiator',
]
_Technique: TypeAlias = Technique | Literal[
    'active_listening',
    'open_ended_questions',
    'mirroring',
    'body_language',
    'introduce_yourself',
    'one_voice',
    'calm_tone',
    'personal_space',
    'reflect_feeling',
    'summarise',
    'paraphrase',
    'minimal_encouragers',
    'i_statements',
    'effective_pauses',
    'safety_planning',
]

def _to_presence(value: _Presence) -> Presence: ...
def _to_responsemodel(value: _ResponseModel) -> ResponseModel: ...
def _to_tuple_code(value: list[Code] | tuple[Code, ...]) -> tuple[Code, ...]: ...
def _to_tuple_id(value: list[Id] | tuple[Id, ...]) -> tuple[Id, ...]: ...
def _to_tuple_nature(value: Sequence[_Nature]) -> tuple[Nature, ...]: ...
def _to_tuple_role(value: Sequence[_Role]) -> tuple[Role, ...]: ...
def _to_tuple_seat(value: Sequence[Seat]) -> tuple[Seat, ...]: ...
def _to_tuple_technique(value: Sequence[_Technique]) -> tuple[Technique, ...]: ...
def _to_tuple_tierattempt(value: Sequence[TierAttempt]) -> tuple[TierAttempt, ...]: ...
def _to_tuple_str(value: list[str] | tuple[str, ...]) -> tuple[str, ...]: ...

@attrs.frozen(kw_only=True)
class Seat(Record):
    roles: tuple[Role, ...] = attrs.field(converter=_to_tuple_role)
    presence: Presence = attrs.field(default=Presence.IN_PERSON, converter=_to_presence)
    training: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)
    hours: int = 0
    skills: tuple[Technique, ...] = attrs.field(default=(), converter=_to_tuple_technique)
    languages: tuple[Code, ...] = attrs.field(default=(), converter=_to_tuple_code)
    vetted: bool = False
    def fits(self, responder: Responder, at: dt.datetime, courses: Courses=STANDARD) -> bool: ...
    def asks(self, courses: Courses) -> tuple[tuple[tuple[str, int], ...], ...]: ...
    def suits(
        self,
        responder: Responder,
        at: dt.datetime,
        asked: tuple[tuple[tuple[str,
        int],
        ...],
        ...],
        courses: Courses,
    ) -> bool: ...
    def lacking(
        self,
        responder: Responder,
        at: dt.datetime,
        courses: Courses=STANDARD,
    ) -> Iterator[str]: ...
    def ways(self, courses: Courses=STANDARD) -> tuple[Needs, ...]: ...

@attrs.frozen(kw_only=True)
class Tier(Record):
    id: Id
    model: ResponseModel = attrs.field(converter=_to_responsemodel)
    seats: tuple[Seat, ...] = attrs.field(converter=_to_tuple_seat)
    natures: tuple[Nature, ...] = attrs.field(default=(), converter=_to_tuple_nature)
    where: Mapping[str, Any] = ...
    title: str = ''
    authority: str = 'local choice'
    @functools.cached_property
    def guard(self) -> Guard | None: ...
    def answers(self, nature: Nature, incident: Incident | None=None) -> bool: ...
    def serves(self, nature: Nature) -> bool: ...
    @property
    def condition(self) -> str: ...

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
    incident: Incident | None=None,
    courses: Courses=STANDARD,
) -> Staffing: ...

@attrs.define
class _Crowd():
    free: list[Responder]
    at: dt.datetime
    courses: Courses
    by_role: dict[Role, list[int]] = ...
    fitting: dict[Seat, tuple[list[int], Iterator[int]]] = ...
    @classmethod
    def of(cls, responders: Iterable[Responder], at: dt.datetime, courses: Courses) -> _Crowd: ...
    def who_fit(self, seat: Seat) -> Iterator[int]: ...

def staffing_problems(tiers: Iterable[Tier], courses: Courses) -> Iterator[str]: ...
