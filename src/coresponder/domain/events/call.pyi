# Made by docs/stubs.py from the module beside it; do not edit.

from collections.abc import Sequence
from typing import Literal, TypeAlias

import attrs
from coresponder.domain.events.base import (Decision, Fact)
from coresponder.domain.objects import (LocalCode, Team)
from coresponder.domain.types import Id
from coresponder.domain.vocabulary import (CallLine, CallSource, Nature, Priority, Role)

_CallLine: TypeAlias = CallLine | Literal[
    '911',
    '988',
    'veterans_crisis_line',
    'local_crisis_line',
    '211',
]
_CallSource: TypeAlias = CallSource | Literal[
    '911',
    '988',
    'non_emergency_line',
    'officer_initiated',
    'walk_in',
    'hospital',
    'school',
    'family',
    'outreach',
    'other_agency',
]
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
_Priority: TypeAlias = Priority | Literal['emergency', 'urgent', 'routine']
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

def _to_callline(value: _CallLine) -> CallLine: ...
def _to_callsource(value: _CallSource) -> CallSource: ...
def _to_nature(value: _Nature) -> Nature: ...
def _to_priority_none(value: _Priority | None) -> Priority | None: ...
def _to_role(value: _Role) -> Role: ...
def _to_role_none(value: _Role | None) -> Role | None: ...
def _to_tuple_id(value: list[Id] | tuple[Id, ...]) -> tuple[Id, ...]: ...
def _to_tuple_localcode(value: Sequence[LocalCode]) -> tuple[LocalCode, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallReceived(Fact):
    source: CallSource = attrs.field(converter=_to_callsource)
    nature: Nature = attrs.field(converter=_to_nature)
    priority: Priority | None = attrs.field(default=None, converter=_to_priority_none)
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTriaged(Fact):
    nature: Nature = attrs.field(converter=_to_nature)
    priority: Priority | None = attrs.field(default=None, converter=_to_priority_none)
    qualifies: bool = True
    weapon: bool = False
    local: tuple[LocalCode, ...] = attrs.field(default=(), converter=_to_tuple_localcode)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferOffered(Decision):
    to: CallLine = attrs.field(converter=_to_callline)
    warm: bool = True

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferAccepted(Fact):
    to: CallLine = attrs.field(converter=_to_callline)
    accepted_by: Id | None = None

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallTransferDeclined(Fact):
    to: CallLine = attrs.field(converter=_to_callline)

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallerLost(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class CallerReached(Fact):
    ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamDispatched(Decision):
    team: Team
    @property
    def tier(self) -> str: ...
    @property
    def responders(self) -> tuple[str, ...]: ...
    @property
    def roles(self) -> tuple[Role, ...]: ...
    @property
    def by_phone(self) -> tuple[Role, ...]: ...

@attrs.frozen(kw_only=True, weakref_slot=False)
class TeamUnavailable(Fact):
    missing: tuple[Id, ...] = attrs.field(default=(), converter=_to_tuple_id)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderEnRoute(Fact):
    responder: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderArrived(Fact):
    responder: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderCleared(Fact):
    responder: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class ResponderRelieved(Fact):
    responder: Id
    relieved_by: Id
    role: Role | None = attrs.field(default=None, converter=_to_role_none)

@attrs.frozen(kw_only=True, weakref_slot=False)
class SecondaryResponseRequested(Fact):
    role: Role = attrs.field(default=Role.CLINICIAN, converter=_to_role)
